"""The tables as Markdown, made from the data that the bot decides by: for the READMEs and the tests."""

from collections.abc import Callable, Mapping

from bot.domain.command import Action
from tests.reference.cells import Cell, cells
from tests.reference.diagram import diagram
from tests.reference.keys import environment, settings
from tests.reference.tables import actions, cells_table, grid, runbooks, situations
from tests.reference.worlds import World, seen_as, worlds

__all__ = [
    "Cell",
    "World",
    "actions",
    "cells",
    "cells_table",
    "diagram",
    "draw",
    "grid",
    "runbooks",
    "seen_as",
    "situations",
    "worlds",
]


def draw(name: str, known: Mapping[str, Action]) -> str:
    """Return one of the tables by its name. Raises KeyError for an unknown name."""
    draws: dict[str, Callable[[], str]] = {
        "situations": situations,
        "runbooks": lambda: runbooks(known),
        "actions": lambda: actions(known),
        "grid": lambda: grid(known),
        "settings": settings,
        "environment": environment,
        "diagram": lambda: f"```mermaid\n{diagram(known)}```\n",
    }
    return draws[name]()
