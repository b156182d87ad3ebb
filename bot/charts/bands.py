"""Draws a pair's states over time: a band for each server, how users were served above, and marks for what was done."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.charts.rows import Mark
from bot.charts.sheet import SMALL, Box, Sheet
from bot.charts.theme import MARKS, SERVINGS, STATES, said
from bot.charts.times import Axis
from bot.domain.status import State
from bot.domain.timeline import Serving, Stretch

# the tops of the line that shows how users were served, and of the bands of Primary and Secondary
Bands = tuple[float, float, float]


@dataclass(frozen=True)
class Size:
    """The heights of the parts of a row, in points. `words` is whether the bands have room for words."""

    users: float
    band: float
    between: float
    below: float
    words: bool


ROOMY, DENSE = Size(14, 32, 4, 26, True), Size(10, 16, 3, 14, False)


def ticks(card: Sheet, axis: Axis, depth: float) -> None:
    """Write the times above the bands, and draw their lines down through the next `depth` points."""
    right = -1e9
    for x, words in axis.ticks():
        half = card.wide(words, SMALL) / 2
        at = min(max(x, axis.left + half), axis.left + axis.width - half)
        if at - half > right:
            card.text(at, card.y + 14, words, SMALL, muted=True, align="center")
            right = at + half + 14
        card.line([x, x], [card.y + 30, card.y + 30 + depth], faint=True)
    card.y += 36


def lanes(top: float, size: Size) -> Bands:
    """Return where the bands are in a row that begins at `top`."""
    first = top + size.users + size.between
    return top, first, first + size.band + size.between


def paint(card: Sheet, axis: Axis, rows: Sequence[tuple[Sequence[Stretch], Bands]], size: Size) -> None:
    """Fill the bands of all rows, the worst states on top. Where nobody probed, a dotted line remains visible."""
    servings: dict[Serving, list[Box]] = {kind: [] for kind in SERVINGS}
    states: dict[State, list[Box]] = {state: [] for state in STATES}
    empty = [(axis.left, y, axis.width, size.band) for _, bands in rows for y in bands[1:]]
    for stretches, bands in rows:
        for stretch in stretches:
            left, width = axis.across(stretch.start, stretch.end)
            high = SERVINGS[stretch.serving][1] * size.users
            servings[stretch.serving].append((left, bands[0] + (size.users - high) / 2, width, high))
            states[stretch.primary].append((left, bands[1], width, size.band))
            states[stretch.secondary].append((left, bands[2], width, size.band))
    for x, y, w, h in empty:
        card.line([x, x + w], [y + h / 2, y + h / 2], style=":", wide=3)
    for kind, boxes in servings.items():
        card.fill(SERVINGS[kind][0], boxes if size.users else [])
    for state, boxes in states.items():
        card.fill(STATES[state], boxes)
    card.frame(empty)


def words_in(card: Sheet, stretches: Sequence[Stretch], axis: Axis, bands: Bands, size: Size) -> None:
    """Write the states into the bands where there is room, once for as long as a state lasts."""
    for y, states in (
        (bands[1], [stretch.primary for stretch in stretches]),
        (bands[2], [stretch.secondary for stretch in stretches]),
    ):
        place = 0
        while place < len(states):
            last = place
            while last + 1 < len(states) and states[last + 1] is states[place] and _meets(stretches, last):
                last += 1
            left, right = axis.x(stretches[place].start), axis.x(stretches[last].end)
            if right - left > card.wide(said(states[place]), SMALL) + 16:
                middle = y + size.band / 2
                card.text(
                    (left + right) / 2, middle, said(states[place]), SMALL, align="center", on=STATES[states[place]]
                )
            place = last + 1


def _meets(stretches: Sequence[Stretch], place: int) -> bool:
    return stretches[place].end >= stretches[place + 1].start


def marks(card: Sheet, entries: Sequence[Mark], axis: Axis, bands: Bands, size: Size) -> None:
    """Mark what was asked, approved and run, in this order from left to right even if it was done at once."""
    middle, wide = bands[2] - size.between / 2, 17 if size.words else 14
    ordered = sorted(entries, key=lambda one: one.at)
    places = beside([axis.x(one.at) for one in ordered], wide + 2, axis.left + axis.width)
    for kind, mark in MARKS.items():
        own = [(x, middle) for one, x in zip(ordered, places, strict=True) if one.kind == kind]
        card.marks(mark, own, wide)


def beside(places: Sequence[float], apart: float, end: float) -> list[float]:
    """Return the places from left to right, moved a little where one would hide another, and none beyond the end."""
    moved: list[float] = []
    for place in places:
        moved.append(min(max(place, moved[-1] + apart), place + 2 * apart) if moved else place)
    for back, place in enumerate(reversed(moved)):
        moved[-1 - back] = min(place, max(end - back * apart, end - 3 * apart))
    return moved
