"""What a pair showed over time: stretches of one situation, and for how long users were served."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from bot.domain.situation import SITUATIONS, SPLIT, Severity, SituationCode
from bot.domain.status import State

Span = tuple[datetime, datetime]
ZERO = timedelta(0)


class Serving(StrEnum):
    """What users have of a pair in a situation. UNKNOWN time counts neither for the pair nor against it."""

    FULL = "with_standby"
    ALONE = "without_standby"
    NONE = "not_served"
    UNKNOWN = "unknown"


SERVED = (Serving.FULL, Serving.ALONE)
SERVED_BY = {
    Severity.HEALTHY: Serving.FULL,
    Severity.DEGRADED: Serving.ALONE,
    Severity.CRITICAL: Serving.NONE,
    Severity.UNKNOWN: Serving.UNKNOWN,
}


def serving(name: SituationCode) -> Serving:
    """Return what users have in this situation. In a split brain they are served, but nothing is replicated."""
    if name in SPLIT:
        return Serving.ALONE
    return SERVED_BY[SITUATIONS[name].severity]


@dataclass(frozen=True)
class Stretch:
    """A time in which a pair showed the same thing. `primary` and `secondary` are the states that counted."""

    start: datetime
    end: datetime
    situation: SituationCode
    primary: State
    secondary: State

    @property
    def serving(self) -> Serving:
        return serving(self.situation)


def joined(seen: Sequence[Stretch], gap: timedelta, until: datetime) -> list[Stretch]:
    """Extend each stretch until the next one, or until `gap` after its last observation has passed.

    Observations are moments, and nobody knows when, between two of them, an outage began. It counts from the last
    observation before it, so that the time in which users were served is a lower bound.
    """
    begins = [stretch.start for stretch in seen]
    for number, (stretch, following) in enumerate(pairwise(seen), 1):
        if stretch.serving in SERVED and following.serving is Serving.NONE and following.start - stretch.end <= gap:
            begins[number] = stretch.end
    return [
        replace(
            stretch, start=start, end=following if following - stretch.end <= gap else min(stretch.end + gap, following)
        )
        for stretch, start, following in zip(seen, begins, [*begins[1:], until][: len(seen)], strict=True)
    ]


def clipped(stretches: Iterable[Stretch], start: datetime, end: datetime) -> list[Stretch]:
    """Return the parts of the stretches that lie between two moments."""
    within = [
        stretch for stretch in stretches if stretch.start < end and start < stretch.end and stretch.start < stretch.end
    ]
    return [replace(stretch, start=max(stretch.start, start), end=min(stretch.end, end)) for stretch in within]


def without(stretch: Stretch, spans: Iterable[Span]) -> list[Stretch]:
    """Return the parts of a stretch that lie in none of these spans."""
    parts = [stretch]
    for start, end in spans:
        parts = [
            piece
            for part in parts
            for piece in (replace(part, end=min(part.end, start)), replace(part, start=max(part.start, end)))
            if piece.end > piece.start
        ]
    return parts


@dataclass(frozen=True)
class Availability:
    """For how long the state of a pair was known, users were served, and were served with a standby (`backed`)."""

    known: timedelta = ZERO
    served: timedelta = ZERO
    backed: timedelta = ZERO

    def __add__(self, other: "Availability") -> "Availability":
        return Availability(self.known + other.known, self.served + other.served, self.backed + other.backed)

    @property
    def availability(self) -> float | None:
        """Return the part of the known time in which users were served, from 0 to 1; None where nothing is known."""
        return self.served / self.known if self.known else None

    @property
    def alone(self) -> timedelta:
        """Return for how long users were served without a standby."""
        return self.served - self.backed


def share(stretches: Iterable[Stretch], start: datetime, end: datetime, spans: Sequence[Span] = ()) -> Availability:
    """Return what users had of a pair between two moments, leaving out maintenance (`spans`)."""
    total = Availability()
    for whole in clipped(stretches, start, end):
        for stretch in without(whole, spans):
            length, has = stretch.end - stretch.start, stretch.serving
            known = ZERO if has is Serving.UNKNOWN else length
            served = length if has in SERVED else ZERO
            total += Availability(known, served, length if has is Serving.FULL else ZERO)
    return total
