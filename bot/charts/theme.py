"""How pictures look: colours by Okabe and Ito, each with a pattern of its own, on a light or a dark card."""

from dataclasses import dataclass

from bot.domain.status import State
from bot.domain.timeline import Serving


@dataclass(frozen=True)
class Fill:
    """A colour and the pattern on it, so that nobody has to tell colours apart."""

    colour: str
    hatch: str = ""

    @property
    def ink(self) -> str:
        """Return the ink for words and patterns on this colour: black or white, whichever can be read better."""
        return max(("#000000", "#FFFFFF"), key=lambda ink: contrast(ink, self.colour))


@dataclass(frozen=True)
class Theme:
    """The colours of the card under a picture.

    A picture brings its own background, as Slack shows the same picture to every reader.
    """

    card: str
    ink: str
    muted: str
    line: str
    shade: str


LIGHT = Theme(card="#FFFFFF", ink="#1D1C1D", muted="#55534F", line="#77746F", shade="#EDEBE7")
DARK = Theme(card="#1A1D21", ink="#F4F3F1", muted="#B9B7B2", line="#8F8D89", shade="#2E3238")

GREEN, ORANGE, VERMILION, GREY = "#009E73", "#E69F00", "#D55E00", "#B5B5B5"

# From the best to the worst: later states are drawn over earlier ones.
STATES = {
    State.ACTIVE: Fill("#0072B2"),
    State.STANDBY: Fill("#56B4E9", "//"),
    State.STANDALONE: Fill(GREEN, "oo"),
    State.UNPAIRED: Fill("#F0E442", "oo"),
    State.DEMOTED: Fill("#F0E442", "\\\\"),
    State.UNSEEN: Fill("#DADADA", ".."),
    State.UNASKED: Fill("#DADADA", "**"),
    State.UNKNOWN: Fill("#CC79A7", "++"),
    State.CONFLICT: Fill("#CC79A7", "||"),
    State.SILENT: Fill(GREY, "--"),
    State.FAILED: Fill(VERMILION, "xx"),
}
SAID = {State.SILENT: "no answer", State.UNSEEN: "out of my sight", State.UNKNOWN: "not understood"}
SAID |= {State.CONFLICT: "views conflict", State.UNASKED: "not asked"}

# How users were served, and how thick the line is drawn for it, as a part of its lane: the worse, the thicker.
SERVINGS = {
    Serving.FULL: (Fill(GREEN), 0.25),
    Serving.UNKNOWN: (Fill(GREY, ".."), 0.6),
    Serving.ALONE: (Fill(ORANGE, "//"), 0.6),
    Serving.NONE: (Fill(VERMILION, "xx"), 1.0),
}

USERS = {
    Serving.FULL: "served, with a standby",
    Serving.ALONE: "served, without a standby",
    Serving.NONE: "not served",
    Serving.UNKNOWN: "not known",
}

MARKS = {"asked": "o", "approved": "^", "run": "s"}


def theme(dark: bool) -> Theme:
    return DARK if dark else LIGHT


def said(state: State) -> str:
    """Return a server's state in the words of a legend."""
    return SAID.get(state, state.value)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as defined by WCAG."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
