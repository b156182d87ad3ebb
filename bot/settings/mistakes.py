"""What can be wrong with the settings, in words: where, what, and the remedy."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST = 40  # characters of a wrong value that are shown


class SettingsError(Exception):
    """What is wrong with the settings: one sentence per mistake, each with its place and its remedy."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Mistake:
    """`words` go on after the place: "pairs.london.primary.port" "is 0: give a port from 1 to 65535."."""

    place: str
    words: str

    def hides(self, other: "Mistake") -> bool:
        """Whether the other one only follows from this one: it is about the same key, or one below it."""
        return other.place == self.place or other.place.startswith((f"{self.place}.", f"{self.place}["))


def show(value: Any) -> str:
    """A value as it stands in the file, cut where it is long."""
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
    """Words with commas, and an "or" before the last."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """A word that nothing reads, with the one that was probably meant, or all that there are."""
    known = list(known)
    if near := difflib.get_close_matches(word, known, 1):
        return f"is no {what} that I know. Did you mean {near[0]}?"
    return f"is no {what} that I know. There {'is' if len(known) == 1 else 'are'} {either(known, 'and')}."
