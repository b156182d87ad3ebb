"""Pictures of what happened. The plotting library is imported when one is drawn, not before."""

from bot.pictures.calendar import Day, calendar, days, described_calendar
from bot.pictures.incident import described, ribbon
from bot.pictures.recoveries import Recovery, described_recoveries, recoveries
from bot.pictures.ribbons import ribbons
from bot.pictures.rows import Mark, Ribbon, Window
from bot.pictures.sheet import NoPictures, Undrawable, missing, undrawable
from bot.pictures.words import described_ribbons

__all__ = [
    "Day",
    "Mark",
    "NoPictures",
    "Recovery",
    "Ribbon",
    "Undrawable",
    "Window",
    "calendar",
    "days",
    "described",
    "described_calendar",
    "described_recoveries",
    "described_ribbons",
    "missing",
    "recoveries",
    "ribbon",
    "ribbons",
    "undrawable",
]
