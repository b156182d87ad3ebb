"""What a command printed, made harmless: bounded, no control characters, no secrets."""

import re
from collections.abc import Iterable

KEEP = 64 * 1024
MARK = "••••••"
SHORTEST_PART = 3

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # titles; never over a line's end: text must not vanish
    r"|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_GAP = r"[\s\-]*"


def clean(text: str) -> str:
    """The text without escapes and control characters; a carriage return begins a line."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)


class Mask:
    """Hides secrets, in any case, and with blanks and hyphens put in or left out."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        letters = [_letters(secret) for secret in secrets if secret]
        letters.sort(key=len, reverse=True)
        self.longest = 4 * max(map(len, letters), default=0)
        self._whole = re.compile("|".join(map(_spaced, letters)), re.IGNORECASE) if letters else None
        parts = (found[:size] for found in letters for size in range(len(found) - 1, SHORTEST_PART - 1, -1))
        self._parts = [re.compile(_spaced(part) + _GAP + r"\Z", re.IGNORECASE) for part in parts]

    def hide(self, text: str) -> str:
        """The text with every secret masked, also one whose end is not here yet."""
        if self._whole is None:
            return text
        text = self._whole.sub(MARK, text)
        for part in self._parts:
            text = part.sub(MARK, text, count=1)
        return text


def _letters(secret: str) -> str:
    return re.sub(r"[\s\-]", "", secret) or secret


def _spaced(letters: str) -> str:
    return _GAP.join(map(re.escape, letters))


class Transcript:
    """The first and the last 64 Ki characters of what was printed."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        # More than is shown is kept, so that a secret lying over the cut is seen whole before it is cut.
        self._room = KEEP + mask.longest
        self._head = ""
        self._tail = ""
        self._lost = 0

    def add(self, text: str) -> None:
        space = self._room - len(self._head)
        self._head += text[:space]
        rest = self._tail + text[space:]
        self._lost += max(0, len(rest) - self._room)
        self._tail = rest[-self._room :]

    def text(self) -> str:
        """All of it, masked; where the middle was cut, a line says how much is missing."""
        if not self._lost:
            return self._mask.hide(clean(self._head + self._tail))
        margin = self._mask.longest
        head = self._mask.hide(clean(self._head))
        tail = self._mask.hide(clean(self._tail))
        note = f"\n[… {self._lost + 2 * margin} characters left out …]\n"
        return head[: len(head) - margin] + note + tail[margin:]
