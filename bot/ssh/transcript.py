"""Makes a command's output harmless: limited in length, without control characters and without secrets."""

import re
from collections.abc import Iterable

KEEP = 64 * 1024
MARK = "••••••"
SHORTEST_PART = 3

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # titles; never across a line's end, so that no text vanishes
    r"|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_GAP = r"[\s\-]*"


def clean(text: str) -> str:
    """Return the text without escapes and control characters. A carriage return becomes a line break."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)


class Mask:
    """Hides secrets, in upper or lower case, and also with blanks and hyphens added or left out."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        letters = [_letters(secret) for secret in secrets if secret]
        letters.sort(key=len, reverse=True)
        self.longest = 4 * max(map(len, letters), default=0)
        self._whole = re.compile("|".join(map(_spaced, letters)), re.IGNORECASE) if letters else None
        parts = (
            letter_run[:size] for letter_run in letters for size in range(len(letter_run) - 1, SHORTEST_PART - 1, -1)
        )
        self._parts = [re.compile(_spaced(part) + _GAP + r"\Z", re.IGNORECASE) for part in parts]

    def hide(self, text: str) -> str:
        """Return the text with every secret masked, also a secret that is cut off at the text's end."""
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
    """The first and the last 64 Ki characters of a command's output."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        # More is kept than is shown, so that a secret across the cut is masked as a whole before the text is cut.
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
        """Return the masked output. Where the middle was cut, a line says how many characters are missing."""
        if not self._lost:
            return self._mask.hide(clean(self._head + self._tail))
        margin = self._mask.longest
        head = self._mask.hide(clean(self._head))
        tail = self._mask.hide(clean(self._tail))
        note = f"\n[… {self._lost + 2 * margin} characters left out …]\n"
        return head[: len(head) - margin] + note + tail[margin:]
