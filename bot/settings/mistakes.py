"""Mistakes in the settings, in words: where, what, and the remedy."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST = 40  # characters of a wrong value that are shown at most


class SettingsError(Exception):
    """What is wrong with the settings: one sentence per mistake, each with its place and its remedy."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Mistake:
    """A mistake at a place.

    `words` continue after it: "pairs.london.primary.port" "is 0: give a port from 1 to 65535.".
    """

    place: str
    words: str

    def hides(self, other: "Mistake") -> bool:
        """Whether the other mistake only follows from this one: it concerns the same key, or a key below it."""
        return other.place == self.place or other.place.startswith((f"{self.place}.", f"{self.place}["))


def show(value: Any) -> str:
    """Return a value as it is written in the file, cut if it is long."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + (value if len(value) <= LONGEST else value[: LONGEST - 1] + "…") + '"'
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
        case _:
            return str(value)


def either(words: Iterable[str], last: str = "or") -> str:
    """Return the words with commas between them, and `last` before the last one."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Say that a word is not known, and suggest the most similar one, or all that are known."""
    known = list(known)
    if near := difflib.get_close_matches(word, known, 1):
        return f"is no {what} that I know. Did you mean {near[0]}?"
    return f"is no {what} that I know. There {'is' if len(known) == 1 else 'are'} {either(known, 'and')}."
