"""The ribbon of one incident: both servers' states from its beginning to its end, and what was done."""

from datetime import UTC, datetime, timedelta, tzinfo

from bot.charts.bands import ROOMY, Size, lanes, marks, paint, ticks, words_in
from bot.charts.legend import Entry, legend
from bot.charts.rows import Mark
from bot.charts.sheet import BODY, EDGE, TITLE, WIDTH, Sheet, sheet
from bot.charts.theme import MARKS, STATES, said
from bot.charts.times import Axis, period
from bot.charts.words import shortened
from bot.domain.incident import Report
from bot.domain.situation import SituationCode
from bot.domain.status import State
from bot.domain.timeline import Stretch

LEFT = 142.0
SIZE = Size(users=0, band=56, between=ROOMY.between, below=20, words=True)


def ribbon(report: Report, until: datetime, zone: tzinfo = UTC, dark: bool = False) -> bytes:
    """Return a PNG: a band of states per server, with requests, approvals and runs marked. Raises NoPictures."""
    stretches = _stretches(report, until)
    with sheet(dark) as card:
        card.lines(f"{report.incident.pair}: incident {report.incident.id}", TITLE, bold=True)
        if stretches:
            start, end = stretches[0].start, stretches[-1].end
            card.lines(period(start, end, zone), muted=True)
            _bands(card, report, stretches, Axis(start, end, zone, EDGE + LEFT, WIDTH - 2 * EDGE - LEFT))
        else:
            card.lines("Nothing was seen in it.", muted=True)
        return card.png()


def _stretches(report: Report, until: datetime) -> list[Stretch]:
    """Return the states as they were recorded. The last one lasts at least a second, so that it can be seen."""
    starts = [at for at, *_ in report.states]
    if not starts:
        return []
    ends = [*starts[1:], max(until, starts[-1] + timedelta(seconds=1))]
    spans = zip(report.states, ends, strict=True)
    return [
        Stretch(at, end, SituationCode.UNKNOWN, State(primary), State(secondary))
        for (at, primary, secondary), end in spans
        if end > at
    ]


def _bands(card: Sheet, report: Report, stretches: list[Stretch], axis: Axis) -> None:
    card.y += 10
    ticks(card, axis, 2 * SIZE.band)
    bands = lanes(card.y, SIZE)
    # Without how users were served: a report knows only the servers' states.
    paint(card, axis, [(stretches, bands)], SIZE)
    words_in(card, stretches, axis, bands, SIZE)
    for role, y in (("Primary", bands[1]), ("Secondary", bands[2])):
        card.text(EDGE, y + SIZE.band / 2, role, BODY)
    done = [Mark(line.at, line.kind) for line in report.timeline if line.kind in MARKS]
    marks(card, done, axis, bands, SIZE)
    card.y = bands[2] + SIZE.band + SIZE.below
    seen = {state for stretch in stretches for state in (stretch.primary, stretch.secondary)}
    entries = [Entry(said(state), STATES[state]) for state in STATES if state in seen]
    legend(
        card, [*entries, *(Entry(kind, mark=mark) for kind, mark in MARKS.items() if kind in {m.kind for m in done})]
    )


def described(report: Report) -> str:
    """Return the same in words, for people who cannot see the picture."""
    states = [
        f"{at.astimezone(UTC):%H:%M} Primary {said(State(primary))}, Secondary {said(State(secondary))}."
        for at, primary, secondary in report.states
    ]
    counts = {kind: sum(line.kind == kind for line in report.timeline) for kind in MARKS}
    done = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    first = f"States of {report.incident.pair} over time, in UTC" + (f"; marked: {done}." if done else ".")
    return shortened([first, *states])
