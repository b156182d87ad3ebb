"""A time in which a pair is worked on: it is looked at, and nobody is alerted."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
SPAN = re.compile(r"(\d{1,4})\s*(m|h|d)[a-z]*")
WINDOW = re.compile(r"(?:for\s+(?P<span>\d.*?))?(?:\s*\bbecause\b\s*(?P<why>.*))?", re.IGNORECASE)
LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class MaintenanceView:
    """A maintenance window as the store has it; times are aware, UTC. `ended_at` is set once it is over.

    `replaced` is whether the pair is in another one since.
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
    """`for 2h because …` as how long and why.

    None where the first is missing, not understood, nothing or over a week; an empty why where that is missing.
    """
    match = WINDOW.fullmatch(text.strip())
    return (_lasts(match["span"] or ""), match["why"] or "") if match else (None, "")


def _lasts(said: str) -> timedelta | None:
    spans = SPAN.findall(said.lower())
    if SPAN.sub("", said.lower()).strip():
        return None
    lasts = sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in spans), timedelta())
    return lasts if timedelta() < lasts <= LONGEST else None
