"""The README's tables are drawn from the data: `python -m tests.readme` writes them anew."""

import re
from pathlib import Path

from bot.drawn import draw
from bot.registry import actions_of, load_commands

README = Path(__file__).resolve().parents[1] / "README.md"
TABLE = re.compile(r"<!-- table: (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def drawn(text: str) -> str:
    """The README with every table as the data has it now."""
    actions = actions_of(load_commands())
    return TABLE.sub(lambda m: f"<!-- table: {m[1]} -->\n{draw(m[1], actions)}<!-- end -->", text)


if __name__ == "__main__":
    README.write_text(drawn(README.read_text(encoding="utf-8")), encoding="utf-8")
