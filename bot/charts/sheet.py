"""A card to draw on, measured from its top left corner. This is the one module that knows the plotting library."""

import io
import os
import re
import threading
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

from bot.charts.theme import Fill, Theme, theme
from bot.charts.times import SCALE, sharp

WIDTH = 900  # the width of a picture; all lengths are in points
EDGE = 24
SMALL, BODY, TITLE = 23, 25, 30  # in points; 28 pixels and more, as most phones show a picture at a third of its width
PATTERN = 7.0  # points that a box needs for its pattern to be recognisable
FONT = "DejaVu Sans"  # it comes with the plotting library, so a picture is the same on every machine

# Unicode categories that are left out: joiners, marks and characters that are not letters
UNDRAWN = ("Cf", "Cc", "Mn", "Me", "Sk", "Cs", "Co", "Cn")

INSTALL = "pip install 'pairkeeper[pictures]'"

Box = tuple[float, float, float, float]  # left, top, width, height

# the library's fonts are shared by all threads, and can only be used by one at a time
_one_at_a_time = threading.RLock()


class NoPictures(Exception):
    """Why there is no picture, in a sentence: the plotting library is not installed."""


class Undrawable(NoPictures):
    """The plotting library is installed, but fails on this machine."""


def missing() -> str:
    """Return the command that installs the plotting library. Empty if it is installed."""
    return "" if find_spec("matplotlib") else INSTALL


@contextmanager
def sheet(dark: bool) -> Iterator["Sheet"]:
    """Yield a new card. Raises NoPictures for any error of the plotting library."""
    with _one_at_a_time:
        try:
            yield Sheet(theme(dark))
        except NoPictures:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise Undrawable(f"No picture can be drawn where I run ({type(error).__name__}: {reason}).") from error


def undrawable() -> str:
    """Return why nothing can be drawn on this machine although the library is installed. Empty if it can, or is not."""
    try:
        with sheet(dark=False) as card:
            card.lines("Pairkeeper")
            card.png()
    except Undrawable as error:
        return str(error)
    except NoPictures:
        pass
    return ""


class Sheet:
    """One picture. `y` is how far down it is drawn, and `png` ends it there."""

    def __init__(self, looks: Theme) -> None:
        os.environ.pop("MPLBACKEND", None)  # a value left by a notebook's image would keep the library from loading
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
            from matplotlib.font_manager import FontProperties
        except ImportError:
            if not missing():
                raise
            raise NoPictures(f"Pictures need one more package: {INSTALL}") from None
        self.theme = looks
        self.y = float(EDGE)
        self._figure = Figure(dpi=72 * SCALE, facecolor=looks.card)
        self._canvas: Any = FigureCanvasAgg(self._figure)
        self._axes: Any = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._font = FontProperties
        self._drawn = 2  # the drawing order: later parts lie above earlier ones

    def wide(self, words: str, size: float, bold: bool = False) -> float:
        """Return how wide a text would be."""
        font = self._font(family=FONT, size=size, weight="bold" if bold else "normal")
        width, _, _ = self._canvas.get_renderer().get_text_width_height_descent(drawable(words), font, False)
        return float(width) / SCALE

    def cut(self, words: str, size: float, most: float, bold: bool = False) -> str:
        """Return the text, shortened with an ellipsis if it is wider than `most`."""
        words = drawable(words)
        if self.wide(words, size, bold) <= most:
            return words
        kept = bisect_right(range(1, len(words)), most, key=lambda end: self.wide(words[:end] + "…", size, bold))
        return words[:kept].rstrip() + "…"

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = BODY,
        *,
        bold: bool = False,
        muted: bool = False,
        align: str = "left",
        on: Fill | None = None,
    ) -> None:
        """Write one line with its middle at `y`. `on` is the colour behind it."""
        ink = on.ink if on else self.theme.muted if muted else self.theme.ink
        under = {"facecolor": on.colour, "edgecolor": "none", "pad": 2.5} if on and on.hatch else None
        self._axes.text(
            x, y, drawable(words), fontsize=size, fontfamily=FONT, fontweight="bold" if bold else "normal", color=ink,
            ha=align, va="center_baseline", parse_math=False, bbox=under, zorder=self._next(),
        )  # fmt: skip

    def lines(self, words: str, size: float = BODY, *, bold: bool = False, muted: bool = False) -> None:
        """Write as many lines as needed, and move on below them."""
        for line in self.wrapped(words, size, WIDTH - 2 * EDGE, bold):
            self.text(EDGE, self.y + size * 0.65, line, size, bold=bold, muted=muted)
            self.y += size * 1.4

    def wrapped(self, words: str, size: float, most: float, bold: bool = False) -> list[str]:
        """Return the text in lines that are at most `most` wide."""
        lines = [""]
        for word in drawable(words).split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.wide(longer, size, bold) > most:
                lines.append(self.cut(word, size, most, bold))
            else:
                lines[-1] = longer if lines[-1] else self.cut(word, size, most, bold)
        return lines

    def fill(self, look: Fill, boxes: Sequence[Box]) -> None:
        """Fill boxes with a colour, and with its pattern where they are wide enough to show one."""
        self._fill(boxes, look.colour)
        if look.hatch:
            self._fill([box for box in boxes if box[2] >= PATTERN], look.colour, hatch=look.hatch, hatchcolor=look.ink)

    def frame(self, boxes: Sequence[Box]) -> None:
        """Draw only the outline of boxes."""
        self._fill(boxes, "none", edgecolor=self.theme.line)

    def _fill(self, boxes: Sequence[Box], colour: str, **how: Any) -> None:
        """Draw all boxes as one path: thousands cost little more than one."""
        if boxes:
            from matplotlib.patches import PathPatch
            from matplotlib.path import Path

            edges = [(sharp(x), sharp(y), sharp(x + w), sharp(y + h)) for x, y, w, h in boxes]
            corners = [[(x, y), (right, y), (right, low), (x, low), (x, y)] for x, y, right, low in edges]
            codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(boxes)
            path = Path([point for one in corners for point in one], codes)
            how = {"edgecolor": "none", "linewidth": 1, "zorder": self._next()} | how
            self._axes.add_artist(PathPatch(path, facecolor=colour, **how))

    def line(
        self, xs: Sequence[float], ys: Sequence[float], *, style: str = "-", wide: float = 2, faint: bool = False
    ) -> None:
        """Draw a line from point to point. A `faint` one belongs to a grid and lies under everything."""
        colour = self.theme.shade if faint else self.theme.line
        self._axes.plot(xs, ys, style, color=colour, linewidth=wide, zorder=1 if faint else self._next(),
                        solid_capstyle="butt")  # fmt: skip

    def marks(self, mark: str, points: Sequence[tuple[float, float]], size: float = 15, colour: str = "") -> None:
        """Draw marks in the ink's colour, with a rim in the card's colour.

        With `colour`, the marks have that colour and the rim has the ink's.
        """
        if points:
            xs, ys = zip(*points, strict=True)
            inside, rim = (colour, self.theme.ink) if colour else (self.theme.ink, self.theme.card)
            self._axes.plot(xs, ys, mark, markersize=size, color=inside, markeredgecolor=rim, markeredgewidth=2,
                            linestyle="none", zorder=self._next())  # fmt: skip

    def png(self) -> bytes:
        """Return the picture. Its bytes depend only on what is drawn."""
        height = round((self.y + EDGE) * SCALE) / SCALE
        self._figure.set_size_inches(WIDTH / 72, height / 72)
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self.frame([(1, 1, WIDTH - 2, height - 2)])
        out = io.BytesIO()
        self._figure.savefig(out, format="png", dpi=72 * SCALE, metadata={"Software": None})
        return out.getvalue()

    def _next(self) -> int:
        self._drawn += 1
        return self._drawn


def drawable(words: str) -> str:
    """Return what the font can draw of a text that people typed.

    Emoji are left out, line breaks become blanks, and letters that the font lacks become Latin ones.
    """
    kept = (_letter(letter) for letter in unicodedata.normalize("NFC", words))
    return " ".join("".join(kept).split())


@cache
def _known() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties(family=FONT))).get_charmap())


def _letter(letter: str) -> str:
    if letter.isspace():
        return " "
    kind = unicodedata.category(letter)
    if kind in UNDRAWN or (kind == "So" and letter > "\u2000"):
        return ""
    return letter if ord(letter) in _known() else _in_latin(letter)


def _in_latin(letter: str) -> str:
    """Return a letter that the font lacks in Latin letters, so that names in any script can be told apart.

    It is the letter's sound if its Unicode name has that (한 is han), otherwise its number (東 is u6771).
    """
    name = unicodedata.name(letter, "")
    spoken = re.fullmatch(r"(?:HANGUL SYLLABLE|\w+(?: \w+)? LETTER(?: SMALL)?) (\w+)", name)
    return spoken[1].lower() if spoken else f"u{ord(letter):x}"
