"""The READMEs say what is so."""

import re
from pathlib import Path

import click
import pytest

from bot.__main__ import cli
from bot.registry import load_commands
from bot.settings import Settings
from tests.readme import README, ROOMS, TABLE, drawn, whole_text
from tests.support.checkout import ROOT

TEXT = whole_text()
LONGEST, WIDEST = 200, 120  # lines, and characters in one
LINK = re.compile(r"(?:\]\(|^\[\w+\]: )(?!https?:)([^)\s#]*)(?:#([^)\s]+))?", re.M)


def by_name(room: Path) -> str:
    return room.relative_to(ROOT).as_posix()


def heads(room: Path) -> set[str]:
    """The headings of a README, as links name them."""
    lines = re.findall(r"^#+ (.*)$", room.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def test_the_first_one_is_read_in_minutes() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST
    assert [line for line in lines if len(line) > WIDEST] == []


def test_the_tables_are_what_the_data_says() -> None:
    assert len(TABLE.findall(TEXT)) == 7
    assert drawn(TEXT) == TEXT


def test_every_slash_command_and_every_command_line_is_told_of() -> None:
    for command in load_commands().values():
        assert f"`/{command.name}" in TEXT, command.name
    assert isinstance(cli, click.Group)
    for name in cli.commands:
        assert f"`pairkeeper {name}" in TEXT, name


@pytest.mark.parametrize("room", ROOMS, ids=by_name)
def test_every_link_inside_leads_somewhere(room: Path) -> None:
    for path, head in LINK.findall(room.read_text(encoding="utf-8")):
        target = (room.parent / path).resolve() if path else room
        assert target.exists(), path
        assert not head or head in heads(target), head


def test_every_room_is_led_to() -> None:
    first = README.read_text(encoding="utf-8")
    assert [room for room in map(by_name, ROOMS[1:]) if f"({room})" not in first] == []


def test_every_variable_of_the_environment_is_told_of() -> None:
    names = {str(variable.validation_alias) for variable in Settings.model_fields.values()}
    assert len(names) >= 6
    for name in names:
        assert f"`{name}`" in TEXT, name


def test_what_shows_a_threat_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", (ROOT / "bot" / "THREATS.md").read_text(encoding="utf-8"))
    assert len(named) >= 10
    assert [path for path in named if not (ROOT / path).is_file()] == []
