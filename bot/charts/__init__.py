"""Pictures of what happened. The plotting library is imported only when a picture is drawn."""

from bot.charts.calendar import Day, calendar, days, described_calendar
from bot.charts.incident import described, ribbon
from bot.charts.recoveries import Recovery, described_recoveries, recoveries
from bot.charts.ribbons import ribbons
from bot.charts.rows import Mark, Ribbon, Window
from bot.charts.sheet import NoPictures, Undrawable, missing, undrawable
from bot.charts.words import described_ribbons

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
