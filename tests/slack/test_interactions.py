"""The table of buttons and forms: each is whole, and whatever the views draw is in it."""

import ast

import pytest

from bot.slack.interaction import Interaction
from bot.slack.interactions import UNKNOWN, load_interactions
from tests.support.checkout import ROOT

TABLE = load_interactions()


def drawn() -> set[str]:
    """The ids of all the buttons that a view draws, up to their colon."""
    found = set()
    for file in (ROOT / "bot" / "views").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "button":
                id = node.args[1]
                first = id.values[0] if isinstance(id, ast.JoinedStr) else id
                assert isinstance(first, ast.Constant), f"{file}: the id of a button begins with what it is"
                name, colon, _ = str(first.value).partition(":")
                found.add(name + colon)
    return found


def test_every_button_that_is_drawn_has_its_interaction() -> None:
    assert drawn() == {found.id + (":" if found.takes_argument else "") for found in TABLE.values()}


@pytest.mark.parametrize("interaction", TABLE.values(), ids=list(TABLE))
def test_a_button_does_exactly_one_thing(interaction: Interaction) -> None:
    ways = [interaction.opens, interaction.does, interaction.shows]
    assert sum(way is not None for way in ways) == 1
    assert interaction.opens or not interaction.sent, "a form is opened by its button"


def test_a_button_that_there_is_no_more_is_answered() -> None:
    assert UNKNOWN.does
    assert UNKNOWN.id not in TABLE
