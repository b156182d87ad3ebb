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
    for entry in entries:
        length = wide + 12 + card.wide(entry.words, SMALL) + 30
        if x > EDGE and x + length - 30 > WIDTH - EDGE:
            x, card.y = float(EDGE), card.y + 36
        middle = card.y + 18
        _sample(card, entry, x, middle)
        card.text(x + wide + 12, middle, entry.words, SMALL)
        x += length
    if x > EDGE:
        card.y += 36


def _sample(card: Sheet, entry: Entry, x: float, middle: float) -> None:
    wide, high = SAMPLE
    if entry.mark:
        card.marks(entry.mark, [(x + wide / 2, middle)], 17)
    elif entry.look:
        box = (x, middle - high * entry.high / 2, wide, high * entry.high)
        card.fill(entry.look, [box])
        card.frame([box])
    else:
        card.line([x, x + wide], [middle, middle], style=entry.line, wide=3)
