"""Maintenance: a time in which people work on a pair. The bot still observes it, but alerts nobody."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
SPAN = re.compile(r"(\d{1,4})\s*(m|h|d)[a-z]*")
WINDOW = re.compile(r"(?:for\s+(?P<span>\d.*?))?(?:\s*\bbecause\b\s*(?P<why>.*))?", re.IGNORECASE)
LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class MaintenanceView:
    """A maintenance window as it is stored. Times are aware, in UTC. `ended_at` is set once it is over.

    `replaced` is set where the pair has been put into another window since.
    """

    id: int
    pair: str
    channel: str
    by: str
    because: str
    begins_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    replaced: bool = False


def read_window(text: str) -> tuple[timedelta | None, str]:
    """Read `for 2h because …` as (how long, why).

    The first is None where it is missing, not understood, zero or over a week. The second is empty where it is missing.
    """
    match = WINDOW.fullmatch(text.strip())
    return (_lasts(match["span"] or ""), match["why"] or "") if match else (None, "")


def typed_length(text: str) -> str:
    """Return how long `for 2h because …` says, as it was typed: `2h`. Empty where `read_window` finds no length."""
    match = WINDOW.fullmatch(text.strip())
    return match["span"].strip() if match and match["span"] and _lasts(match["span"]) else ""


def _lasts(length: str) -> timedelta | None:
    spans = SPAN.findall(length.lower())
    if SPAN.sub("", length.lower()).strip():
        return None
    lasts = sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in spans), timedelta())
    return lasts if timedelta() < lasts <= LONGEST else None
