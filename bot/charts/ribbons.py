"""A ribbon per pair: how users were served, and the states of both servers, over time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from bot.charts.bands import DENSE, ROOMY, Bands, Size, lanes, marks, paint, ticks, words_in
from bot.charts.legend import Entry, legend
from bot.charts.rows import Ribbon, Row, counted, rows, served
from bot.charts.sheet import BODY, EDGE, SMALL, TITLE, WIDTH, Box, Sheet, sheet
from bot.charts.theme import MARKS, SERVINGS, STATES, USERS, said
from bot.charts.times import Axis, minute, period
from bot.domain.timeline import Serving
from bot.views.wording import term

NAMES = 302.0  # points for the text left of the bands
FEW = 8  # up to so many pairs are drawn with words in the bands
MANY = 24  # with more than this, pairs that are healthy now are not drawn in full
ALWAYS = 3  # up to so many pairs are drawn in full even if they are healthy
BRACKET = 30.0  # points for a line of words below a bracket
MOST_LINES = 3


def ribbons(found: Sequence[Ribbon], start: datetime, until: datetime, zone: tzinfo, dark: bool = False) -> bytes:
    """Return a PNG of all pairs between two moments, in the order given: the worst first. Raises NoPictures."""
    known = rows(found, start, until)
    full, slim = parted(known)
    size = ROOMY if len(full) <= FEW else DENSE
    with sheet(dark) as card:
        _title(card, known, start, until, zone)
        if full:
            _full(card, full, Axis(start, until, zone, EDGE + NAMES, WIDTH - 2 * EDGE - NAMES), size)
        if slim:
            _slim(card, slim, Axis(start, until, zone, 0, 0), bool(full))
        _legend(card, full, slim)
        return card.png()


def parted(known: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return the pairs to draw in full, and those for which a thin line is enough.

    With many pairs, all that are healthy now get a thin line.
    """
    full = [one for one in known if not one.quiet or len(known) <= ALWAYS]
    if len(full) > MANY:
        full = [one for one in full if one.serving is not Serving.FULL]
    return full, [one for one in known if one not in full]


def _title(card: Sheet, rows_drawn: Sequence[Row], start: datetime, until: datetime, zone: tzinfo) -> None:
    card.lines(counted(rows_drawn, minute(until, zone)), TITLE, bold=True)
    card.lines(period(start, until, zone), muted=True)
    card.y += 10


def _full(card: Sheet, rows_drawn: Sequence[Row], axis: Axis, size: Size) -> None:
    heights = [_height(card, one, axis, size) for one in rows_drawn]
    ticks(card, axis, sum(heights))
    tops = [card.y + sum(heights[:place]) for place in range(len(rows_drawn))]
    placed = [(one, lanes(top, size)) for one, top in zip(rows_drawn, tops, strict=True)]
    paint(card, axis, [(one.stretches, bands) for one, bands in placed], size)
    for one, bands in placed:
        _named(card, one, bands[0], size)
        if size.words:
            words_in(card, one.stretches, axis, bands, size)
        marks(card, one.marks, axis, bands, size)
        _windows(card, one, axis, bands, size)
    card.y += sum(heights)


def _height(card: Sheet, row: Row, axis: Axis, size: Size) -> float:
    bands = size.users + 2 * size.band + 2 * size.between
    lines = max((line + 1 for line, *_ in _brackets(card, row, axis)), default=0)
    return bands + size.below + lines * BRACKET


def _named(card: Sheet, row: Row, top: float, size: Size) -> None:
    room = NAMES - 16
    now = term(row.now) if row.now else "not looked at"
    card.text(EDGE, top + 13, card.cut(row.pair, BODY, room, True), BODY, bold=True)
    if size.words:
        card.text(EDGE, top + 44, card.cut(now, SMALL, room), SMALL)
        share = served(row)
        share = share if card.wide(share, SMALL) <= room else share.removeprefix("served ")
        card.text(EDGE, top + 74, card.cut(share, SMALL, room), SMALL, muted=True)
    else:
        card.text(EDGE, top + 41, card.cut(now, SMALL, room), SMALL, muted=True)


def _brackets(card: Sheet, row: Row, axis: Axis) -> list[tuple[int, float, str]]:
    """Return where the words of each maintenance go: on which line, from where on, and the words."""
    brackets: list[tuple[int, float, str]] = []
    taken: list[float] = []
    for window in sorted(row.windows, key=lambda window: window.start):
        words = card.cut(window.words, SMALL, axis.width)
        wide = card.wide(words, SMALL)
        begin = max(min(axis.x(window.start), axis.left + axis.width - wide), axis.left)
        line = next((line for line, right in enumerate(taken) if right <= begin), len(taken))
        if line == MOST_LINES:
            continue
        taken[line:] = [begin + wide + 24, *taken[line + 1 :]]
        brackets.append((line, begin, words))
    return brackets


def _windows(card: Sheet, row: Row, axis: Axis, bands: Bands, size: Size) -> None:
    """Draw a bracket below the bands for each maintenance, with its words below it."""
    top = bands[2] + size.band + 5
    for window in row.windows:
        left, width = axis.across(window.start, window.end)
        card.line([left, left, left + width, left + width], [top, top + 6, top + 6, top], wide=3)
    for line, x, words in _brackets(card, row, axis):
        card.text(x, top + 21 + line * BRACKET, words, SMALL)


def _slim(card: Sheet, rows_drawn: Sequence[Row], whole: Axis, more: bool) -> None:
    """Draw pairs that need little: two beside each other, each with one line that shows how users were served."""
    if more:
        card.y += 6
        always = all(row.quiet for row in rows_drawn)
        when = "the whole time" if always else f"at {minute(whole.until, whole.zone)}"
        card.lines(f"Healthy {when}: {len(rows_drawn)}", bold=True)
    half = (WIDTH - 2 * EDGE - 30) / 2
    deep = -(-len(rows_drawn) // 2)
    boxes: dict[Serving, list[Box]] = {kind: [] for kind in SERVINGS}
    for place, row in enumerate(sorted(rows_drawn, key=lambda row: row.pair)):
        left, y = EDGE + (place // deep) * (half + 30), card.y + (place % deep) * 36 + 18
        axis = replace(whole, left=left + 200, width=half - 200)
        card.text(left, y, card.cut(row.pair, BODY, 188), BODY)
        card.line([axis.left, axis.left + axis.width], [y, y], style=":", wide=3)
        for stretch in row.stretches:
            x, width = axis.across(stretch.start, stretch.end)
            high = 24 * SERVINGS[stretch.serving][1]
            boxes[stretch.serving].append((x, y - high / 2, width, high))
    for kind, found_boxes in boxes.items():
        card.fill(SERVINGS[kind][0], found_boxes)
    card.y += deep * 36 + 6


def _legend(card: Sheet, full: Sequence[Row], slim: Sequence[Row]) -> None:
    seen = [stretch for one in full for stretch in one.stretches]
    has = {stretch.serving for one in [*full, *slim] for stretch in one.stretches}
    states = {state for one in seen for state in (one.primary, one.secondary)}
    kinds = {mark.kind for one in full for mark in one.marks}
    entries = [Entry(f"users {USERS[kind]}", SERVINGS[kind][0], SERVINGS[kind][1]) for kind in SERVINGS if kind in has]
    entries += [Entry(said(state), STATES[state]) for state in STATES if state in states]
    entries += [Entry(kind, mark=mark) for kind, mark in MARKS.items() if kind in kinds]
    if any(one.blind for one in [*full, *slim]):
        entries.append(Entry("nobody looked"))
    if full:
        card.y += 4
        bracket = (
            " A bracket marks time that is not counted, such as maintenance."
            if any(one.windows for one in full)
            else ""
        )
        card.lines(f"For each pair: what users had, then Primary and Secondary.{bracket}", SMALL, muted=True)
    legend(card, entries)
