"""A time in which a pair is worked on: it is looked at, and nobody is alerted."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
SPAN = re.compile(r"(\d{1,4})\s*(m|h|d)[a-z]*")
WINDOW = re.compile(r"for\s+(?P<span>\d.*?)\s+because\s+(?P<why>\S.*)", re.IGNORECASE)
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


def read_window(text: str) -> tuple[timedelta, str] | None:
    """`for 2h because …` as how long and why; None where it is not written so, or lasts nothing or over a week."""
    match = WINDOW.fullmatch(text.strip())
    if match is None:
        return None
    spans = SPAN.findall(match["span"].lower())
    if SPAN.sub("", match["span"].lower()).strip():
        return None
    lasts = sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in spans), timedelta())
    return (lasts, match["why"]) if timedelta() < lasts <= LONGEST else None
