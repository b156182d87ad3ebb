"""The tables in the READMEs are drawn from the data: `python -m tests.readme` writes them anew."""

import re

from bot.registry import actions_of, load_commands
from tests.reference import draw
from tests.support.checkout import ROOT

README = ROOT / "README.md"
ROOMS = [README, *(ROOT / name / "README.md" for name in ("bot", "commands", "tests"))]
ROOMS += sorted(ROOT.glob("bot/*/README.md"))
TABLE = re.compile(r"<!-- table: (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def whole_text() -> str:
    """What all READMEs say."""
    return "\n".join(room.read_text(encoding="utf-8") for room in ROOMS)


def drawn(text: str) -> str:
    """A README with every table as the data has it now."""
    actions = actions_of(load_commands())
    return TABLE.sub(lambda m: f"<!-- table: {m[1]} -->\n{draw(m[1], actions)}<!-- end -->", text)


if __name__ == "__main__":
    for room in ROOMS:
        room.write_text(drawn(room.read_text(encoding="utf-8")), encoding="utf-8")
