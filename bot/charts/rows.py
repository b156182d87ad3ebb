"""What a ribbon shows of one pair, and the facts that are written beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.charts.theme import MARKS
from bot.charts.times import lasted, percent
from bot.domain.situation import SituationCode
from bot.domain.timeline import Availability, Serving, Stretch, clipped, share

ZERO = timedelta(0)


@dataclass(frozen=True)
class Mark:
    """Something that people or the bot did. `kind` is asked, approved or run."""

    at: datetime
    kind: str


@dataclass(frozen=True)
class Window:
    """A period of maintenance, and the reason for it."""

    start: datetime
    end: datetime
    words: str


@dataclass(frozen=True)
class Ribbon:
    """One pair over time, oldest first. Nobody probed the pair at a time that is in no stretch."""

    pair: str
    stretches: Sequence[Stretch]
    marks: Sequence[Mark] = ()
    windows: Sequence[Window] = ()


@dataclass(frozen=True)
class Row:
    """A ribbon cut to the picture's time, with what follows from it.

    `now` is the situation at the end, or None if nobody probes the pair then, and `since` is when it began. `share` is
    for how long users were served, and `blind` for how long nobody probed.
    """

    pair: str
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    windows: tuple[Window, ...]
    now: SituationCode | None
    since: datetime | None
    share: Availability
    blind: timedelta

    @property
    def serving(self) -> Serving:
        return self.stretches[-1].serving if self.now else Serving.UNKNOWN

    @property
    def quiet(self) -> bool:
        """Whether a thin line shows everything there is."""
        healthy = all(stretch.serving is Serving.FULL for stretch in self.stretches)
        return self.now is not None and healthy and not self.marks and not self.windows


def row(ribbon: Ribbon, start: datetime, until: datetime) -> Row:
    """Return one pair between two moments. `now` is None if nobody probes it at the end."""
    seen = tuple(clipped(ribbon.stretches, start, until))
    last = seen[-1] if seen and seen[-1].end >= until else None
    windows = tuple(w for w in ribbon.windows if w.start < until and w.end > start)
    return Row(
        pair=ribbon.pair,
        stretches=seen,
        marks=tuple(mark for mark in ribbon.marks if mark.kind in MARKS and start <= mark.at <= until),
        windows=windows,
        now=last.situation if last else None,
        since=_since(seen) if last else None,
        share=share(seen, start, until, [(w.start, w.end) for w in windows]),
        blind=(until - start) - sum((one.end - one.start for one in seen), ZERO),
    )


def rows(ribbons: Iterable[Ribbon], start: datetime, until: datetime) -> list[Row]:
    """Return every pair, in the same order."""
    return [row(one, start, until) for one in ribbons]


def _since(seen: Sequence[Stretch]) -> datetime:
    """Return when the last situation began. The servers' states may have changed since then."""
    begun = seen[-1].start
    for one in reversed(seen):
        if one.situation is not seen[-1].situation or one.end < begun:
            break
        begun = one.start
    return begun


def served(one: Row) -> str:
    """Say for how much of the time users were served, and of how much time that is known unless it is nearly all."""
    if one.share.availability is None:
        return ""
    length = one.stretches[-1].end - one.stretches[0].start + one.blind
    part = f" of {lasted(one.share.known)}" if one.share.known < 0.99 * length else ""
    return f"served {percent(one.share.availability)}{part}"


def counted(rows_counted: Sequence[Row], at: str) -> str:
    """Say how many pairs are in which condition at that time."""
    if not rows_counted:
        return "No pairs."
    split = sum(one.now is SituationCode.SPLIT_BRAIN for one in rows_counted)
    kinds = [(one.serving, one.now) for one in rows_counted if one.now is not SituationCode.SPLIT_BRAIN]
    counts = [
        (sum(now is not None and has is Serving.NONE for has, now in kinds), "not served"),
        (split, "in split brain"),
        (sum(now is not None and has is Serving.UNKNOWN for has, now in kinds), "not known"),
        (sum(now is None for _, now in kinds), "not looked at"),
        (sum(has is Serving.ALONE for has, _ in kinds), "without a standby"),
        (sum(has is Serving.FULL for has, _ in kinds), "healthy"),
    ]
    total = "1 pair" if len(rows_counted) == 1 else f"{len(rows_counted)} pairs"
    told = ", ".join(f"{count} {words}" if len(rows_counted) > 1 else words for count, words in counts if count)
    if len(rows_counted) > 1 and counts[-1][0] == len(rows_counted):
        told = "all healthy"
    return f"{total} at {at}: {told}"
