"""The legend: what the colours, patterns and marks of a picture mean."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.charts.sheet import EDGE, SMALL, WIDTH, Sheet
from bot.charts.theme import Fill

SAMPLE = (46.0, 24.0)


@dataclass(frozen=True)
class Entry:
    """The meaning of a colour with its pattern, of a mark, or of a line.

    `look` and `high` are for a colour, `mark` is for a mark. If neither is given, it is a line in the style `line`,
    dotted by default.
    """

    words: str
    look: Fill | None = None
    high: float = 1.0
    mark: str = ""
    line: str = ":"


def legend(card: Sheet, entries: Iterable[Entry]) -> None:
    """Write the meanings beside samples, in as many lines as needed."""
    x = float(EDGE)
    wide, _ = SAMPLE
    for one in entries:
        length = wide + 12 + card.wide(one.words, SMALL) + 30
        if x > EDGE and x + length - 30 > WIDTH - EDGE:
            x, card.y = float(EDGE), card.y + 36
        middle = card.y + 18
        _sample(card, one, x, middle)
        card.text(x + wide + 12, middle, one.words, SMALL)
        x += length
    if x > EDGE:
        card.y += 36


def _sample(card: Sheet, one: Entry, x: float, middle: float) -> None:
    wide, high = SAMPLE
    if one.mark:
        card.marks(one.mark, [(x + wide / 2, middle)], 17)
    elif one.look:
        box = (x, middle - high * one.high / 2, wide, high * one.high)
        card.fill(one.look, [box])
        card.frame([box])
    else:
        card.line([x, x + wide], [middle, middle], style=one.line, wide=3)
