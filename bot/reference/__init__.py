"""The tables as Markdown, made from the data that the bot decides by: for the README, the terminal and the tests."""

from collections.abc import Callable, Mapping

from bot.domain.command import Action
from bot.reference.cells import Cell, cells
from bot.reference.diagram import diagram
from bot.reference.tables import actions, cells_table, grid, runbooks, situations
from bot.reference.worlds import World, seen_as, worlds

TABLES = ("situations", "runbooks", "actions", "grid", "cells", "settings", "environment", "diagram")

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
    "situations",
    "worlds",
]


def draw(name: str, known: Mapping[str, Action]) -> str:
    """Return one of the tables by its name. Raises KeyError for an unknown name."""
    if name in ("settings", "environment"):
        from bot.reference.keys import environment, settings  # what reads the settings takes a while to import

        return settings() if name == "settings" else environment()
    draws: dict[str, Callable[[], str]] = {
        "situations": situations,
        "runbooks": lambda: runbooks(known),
        "actions": lambda: actions(known),
        "grid": lambda: grid(known),
        "cells": lambda: cells_table(cells(known)),
        "diagram": lambda: f"```mermaid\n{diagram(known)}```\n",
    }
    return draws[name]()
