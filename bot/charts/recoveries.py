"""How long incidents took to detect, acknowledge, decide and recover, compared with the period before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from statistics import median

from bot.charts.bands import ticks
from bot.charts.legend import Entry, legend
from bot.charts.sheet import BODY, EDGE, SMALL, TITLE, WIDTH, Sheet, sheet
from bot.charts.theme import Fill
from bot.charts.times import Axis, lasted, period
from bot.charts.words import shortened
from bot.domain.incident import Durations

HIGH = 170.0
LEFT = 110.0  # points: the width of the column to the left of each panel, which shows durations
KINDS = {
    "detect": ("Detected in", "o", Fill("#0072B2")),
    "acknowledge": ("Acknowledged in", "^", Fill("#E69F00")),
    "decide": ("Decided in", "s", Fill("#CC79A7")),
    "recover": ("Recovered in", "D", Fill("#009E73")),
}
NO_FIGURE = {  # what is said of an incident without a figure
    "detect": "not known",
    "acknowledge": "never",
    "decide": "never",
    "recover": "not yet",
}
CROWD = 60  # with more marks than this, they are drawn smaller
LENGTHS = (1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400)  # seconds at which a panel has a line


@dataclass(frozen=True)
class Recovery:
    """One incident: when it opened, and how long each part took in seconds."""

    pair: str
    at: datetime
    took: Durations


def recoveries(
    now: Sequence[Recovery],
    before: Sequence[Recovery],
    start: datetime,
    until: datetime,
    zone: tzinfo,
    dark: bool = False,
) -> bytes:
    """Return a PNG with a panel per part of a recovery. Raises NoPictures.

    `now` are the incidents from `start` to `until`, and `before` those of the period before. Each panel has a mark for
    each incident of `now` with a figure, the median, and the median of the period before. A part without a figure has
    no panel.
    """
    with sheet(dark) as card:
        card.lines(headline(now, before), TITLE, bold=True)
        card.lines(f"{title(now, before)}. {period(start, until, zone)}.", muted=True)
        axis = Axis(start, until, zone, EDGE + LEFT, WIDTH - 2 * EDGE - LEFT - 10)
        kinds = [kind for kind in KINDS if taken(now, kind)]
        for kind in kinds:
            _panel(card, kind, now, before, axis)
        if kinds:
            card.y += 6
            ticks(card, axis, 0)
            card.y += 6
            legend(card, _entries(before))
        return card.png()


def title(now: Sequence[Recovery], before: Sequence[Recovery]) -> str:
    past = f"{len(before) or 'none'} in the time before"
    return f"{len(now)} incident{'s' if len(now) > 1 else ''}, {past}" if now else past.capitalize()


def headline(now: Sequence[Recovery], before: Sequence[Recovery]) -> str:
    """Return how long recovery took, and in the time before; or that nothing had to recover, or nothing has yet."""
    if not now:
        return "No incidents"
    return compared("recover", now, before)[0] if taken(now, "recover") else "Nothing has recovered yet"


def taken(recoveries: Sequence[Recovery], kind: str) -> list[float]:
    """Return the seconds that this part took in each incident that has a figure for it."""
    return [seconds for recovery in recoveries if (seconds := getattr(recovery.took, kind)) is not None]


def compared(kind: str, now: Sequence[Recovery], before: Sequence[Recovery]) -> tuple[str, str]:
    """Return two texts for one part of the recoveries: its median, with that of the time before, and the rest.

    The rest is the longest, and how many incidents have no figure.
    """
    words, these, those = KINDS[kind][0], taken(now, kind), taken(before, kind)
    first = _length(median(these)) if these else "(no figures)"
    was = _length(median(those)) if those else ""
    if was.split()[1:] == first.split()[1:2]:
        was = was.split()[0]  # in the same unit, which is said once
    rest = [f"longest {_length(max(these))}"] if len(these) > 1 else []
    rest += [f"{len(now) - len(these)} {NO_FIGURE[kind]}"] if len(these) < len(now) else []
    return f"{words} {first}" + (f" (was {was})" if was else ""), ", ".join(rest)


def _length(seconds: float) -> str:
    return lasted(timedelta(seconds=seconds))


def _panel(card: Sheet, kind: str, now: Sequence[Recovery], before: Sequence[Recovery], axis: Axis) -> None:
    _, mark, look = KINDS[kind]
    card.y += 16
    first, rest = compared(kind, now, before)
    first = "Recovery" if kind == "recover" else first  # the rest of it is the headline
    card.text(EDGE, card.y + 14, first, BODY, bold=True)
    left = EDGE + card.wide(first, BODY, True) + 16
    card.text(left, card.y + 14, card.cut(rest, SMALL, WIDTH - EDGE - left), SMALL, muted=True)
    card.y += 40
    top, these, those = card.y, taken(now, kind), taken(before, kind)
    low, high = _range([*these, *those])

    def y(seconds: float) -> float:
        part = (math.log(max(seconds, 1)) - math.log(low)) / (math.log(high) - math.log(low))
        return top + HIGH - 12 - part * (HIGH - 24)

    last = math.inf
    for length in LENGTHS:
        if low <= length <= high:
            card.line([axis.left, axis.left + axis.width], [y(length)] * 2, faint=True)
            if abs(y(length) - last) >= SMALL:
                card.text(axis.left - 12, y(length), _length(length), SMALL, muted=True, align="right")
                last = y(length)
    card.frame([(axis.left, top, axis.width, HIGH)])
    points = [(axis.x(recovery.at), y(took)) for recovery in now if (took := getattr(recovery.took, kind)) is not None]
    card.marks(mark, points, 17 if len(points) <= CROWD else 11, colour=look.colour)
    if those:
        card.line([axis.left, axis.left + axis.width], [y(median(those))] * 2, style="--", wide=3)
    card.line([axis.left, axis.left + axis.width], [y(median(these))] * 2, wide=4)
    card.y += HIGH


def _range(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the durations at the bottom and the top of a panel, with two or more LENGTHS within, or the longest."""
    low = max((length for length in LENGTHS if length <= min(seconds, default=60)), default=LENGTHS[0])
    above = LENGTHS[LENGTHS.index(low) + 1] if low != LENGTHS[-1] else low * 10
    high = min((length for length in LENGTHS if length >= max(seconds, default=600)), default=10 * LENGTHS[-1])
    return low, max(high, above)


def _entries(before: Sequence[Recovery]) -> list[Entry]:
    entries = [Entry("an incident, when it opened", mark="o"), Entry("median", line="-")]
    return entries + ([Entry("median before that", line="--")] if before else [])


def described_recoveries(now: Sequence[Recovery], before: Sequence[Recovery]) -> str:
    """Return in words what the picture of `recoveries` shows."""
    parts = [f"{headline(now, before)}.", f"{title(now, before)}."]
    if now or before:
        told = (", ".join(filter(None, compared(kind, now, before))) for kind in KINDS if kind != "recover")
        parts += ["Each first figure is a median.", *(f"{one}." for one in told)]
    for one in sorted(now, key=lambda one: -(math.inf if one.took.recover is None else one.took.recover)):
        recovered = f"recovered in {_length(one.took.recover)}" if one.took.recover is not None else "not recovered"
        parts.append(f"{one.pair}, {one.at.day} {one.at:%b}: {recovered}.")
    return shortened(parts)
