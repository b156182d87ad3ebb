"""The tables as Markdown, drawn from the data that decides: for the README, the terminal and the tests."""

from collections.abc import Callable, Mapping

from bot.domain.command import Action
from bot.drawn.cells import Cell, cells
from bot.drawn.diagram import diagram
from bot.drawn.keys import settings
from bot.drawn.tables import actions, cells_table, grid, runbooks, situations
from bot.drawn.worlds import World, seen_as, worlds

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
    """One of the tables by its name; raises KeyError for another."""
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
