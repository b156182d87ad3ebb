"""Print every cell, and pin it: `python -m tests.domain.golden` writes golden.md, which a test holds."""

from pathlib import Path

from bot.registry import actions_of, load_commands
from tests.reference import cells, cells_table

GOLDEN = Path(__file__).with_name("golden.md")


def text() -> str:
    """Every (Primary × Secondary) cell times every command: the situation, the verdict, its words."""
    found = cells(actions_of(load_commands()))
    open_cells = sum(cell.answer != "refused" for cell in found)
    return (
        f"# {len(found)} cells\n\n"
        f"{sum(cell.verdict.allowed for cell in found)} are allowed, {open_cells} are allowed or need a statement. "
        "Written by `python -m tests.domain.golden`.\n\n" + cells_table(found)
    )


if __name__ == "__main__":
    GOLDEN.write_text(text(), encoding="utf-8")
    print(text())
