"""The tables as Markdown, made from the data that the bot decides by: for the README, the terminal and the tests."""

from collections.abc import Callable, Mapping

from bot.domain.command import Action
from bot.reference.cells import Cell, cells
from bot.reference.diagram import diagram
from bot.reference.keys import settings
from bot.reference.tables import actions, cells_table, grid, runbooks, situations
from bot.reference.worlds import World, seen_as, worlds

TABLES = ("situations", "runbooks", "actions", "grid", "cells", "settings", "diagram")

__all__ = [
    "TABLES",
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
    "settings",
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
        "cells": lambda: cells_table(cells(known)),
        "settings": settings,
        "diagram": lambda: f"```mermaid\n{diagram(known)}```\n",
    }
    return draws[name]()
