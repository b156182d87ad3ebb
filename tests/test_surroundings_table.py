"""The table of surroundings in tests/README.md names tests that there are, each once."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROW = re.compile(r"^\| (.+?) \| (.+?) \| `(tests/[\w/]+\.py)::(\w+)` \|$", re.MULTILINE)
ROWS = ROW.findall((HERE / "README.md").read_text(encoding="utf-8"))


def test_every_row_is_read() -> None:
    lines = [line for line in (HERE / "README.md").read_text(encoding="utf-8").splitlines() if "`tests/" in line]
    assert len(ROWS) == len([line for line in lines if line.startswith("|")]) >= 40


@pytest.mark.parametrize(("surroundings", "result", "file", "name"), ROWS)
def test_the_test_of_a_row_exists(surroundings: str, result: str, file: str, name: str) -> None:
    assert surroundings
    assert result
    assert re.search(rf"^def {name}\(", (HERE.parent / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_no_row_stands_there_twice() -> None:
    assert len({(surroundings, name) for surroundings, _, _, name in ROWS}) == len(ROWS)
