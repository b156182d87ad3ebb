"""The tables as Markdown, drawn from the data that decides: for the README, the terminal and the tests."""

from bot.drawn.cells import Cell, cells
from bot.drawn.diagram import diagram
from bot.drawn.keys import settings
from bot.drawn.tables import actions, cells_table, grid, runbooks, situations
from bot.drawn.worlds import World, seen_as, worlds

__all__ = [
    "Cell",
    "World",
    "actions",
    "cells",
    "cells_table",
    "diagram",
    "grid",
    "runbooks",
    "seen_as",
    "settings",
    "situations",
    "worlds",
]
