"""Text for Slack: what people typed made harmless, and times in the reader's zone."""

import html
import re
import unicodedata
from datetime import UTC, datetime

ENTITY = re.compile(r"<([^<>]*)>")
BLANKS = re.compile(r"[ \t]+")
MEANT = ("<fraction>", "<super>", "<sub>")  # forms of a digit that make another number of it
# Letters, marks and symbols that show nothing: fillers, blank Braille, selectors of a variant.
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]")
COMBINING = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
PILED = re.compile(f"({COMBINING}{{2}}){COMBINING}+")
# A character without width: after a mark, it keeps Slack from reading *bold*, _italics_, ~strike~ and `code` into the
# text.
JOINER = "\u2060"


def plain(text: str) -> str:
    """Return what a person typed, as they typed it.

    Slack's escapes and the bot's own are undone, and there are no control characters or line breaks.
    """
    unmarked = ENTITY.sub(lambda match: _entity(match[1]), text.replace(JOINER, ""))
    kept = "".join(c if c.isprintable() else " " for c in html.unescape(unmarked))
    return BLANKS.sub(" ", kept).strip()


def legible(text: str) -> str:
    """Return what a person typed as others may safely read it.

    Look-alike forms of a character become the character itself, but ½ and ² keep what they mean. What shows nothing
    becomes a blank, and marks cannot be piled up over the lines around them.
    """
    same = unicodedata.normalize("NFC", "".join(map(_folded, plain(text))))
    return BLANKS.sub(" ", PILED.sub(r"\1", UNSEEN.sub(" ", same))).strip()


def _folded(character: str) -> str:
    kept = character == "…" or unicodedata.decomposition(character).startswith(MEANT)
    return character if kept else unicodedata.normalize("NFKC", character)


def _entity(inside: str) -> str:
    target, _, label = inside.partition("|")
    if target[:1] in "@#!":
        return (target[:1] if target[:1] != "!" else "@") + (label.lstrip("@#") or target[1:].removeprefix("subteam^"))
    return label or target


def esc(text: str) -> str:
    """Return text that Slack shows as it is, without making a mention, a link or markup of it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([*_~`])", rf"\1{JOINER}", text)


def when(moment: datetime, form: str = "{time}") -> str:
    """Return a time that Slack shows in the reader's zone, to the minute unless `form` asks for more."""
    moment = moment.astimezone(UTC)
    plain = f"{moment:%H:%M:%S}" if "secs" in form else f"{moment:%H:%M}"
    return f"<!date^{int(moment.timestamp())}^{form}|{plain} UTC>"


def age(then: datetime, now: datetime) -> str:
    """Return how long ago something was, in words."""
    seconds = (now - then).total_seconds()
    return "just now" if seconds < 1 else f"{span(seconds)} ago"


def span(seconds: float) -> str:
    """Return a duration in seconds as words, in two units where one would round too much."""
    seconds = max(0, seconds)
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} days {hours % 24} h" if hours % 24 else f"{hours // 24} days"
