"""Mistakes in the settings, in words: where, what, and the remedy."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 40  # characters of a wrong value that are shown at most
# What is wished for instead of a value of another type, by the kind of pydantic's error.
WISHES = {
    "string_type": "give text, in quotes.",
    "int_type": "give a whole number, without quotes.",
    "float_type": "give a number, without quotes.",
    "finite_number": "give a number, without quotes.",
    "bool_type": "give true or false, without quotes.",
    "tuple_type": "give a list, in square brackets.",
    "dict_type": "write a table for each command, [{place}.ha-failover].",
    "model_type": "write it as a table, [{place}].",
    "enum": "give {expected}.",
    "literal_error": "give {expected}.",
}


@dataclass(frozen=True)
class Mistake:
    """A place, as in `pairs.london.primary.port`, and the words after it: `is 0: give a port from 1 to 65535.`"""

    place: str
    words: str

    def hides(self, other: "Mistake") -> bool:
        """Whether the other mistake only follows from this one: it concerns the same key, or a key below it."""
        return other.place == self.place or other.place.startswith((f"{self.place}.", f"{self.place}["))


def worded(error: Mapping[str, Any], place: str) -> str:
    """Return the words for one of pydantic's errors. A rule of our own has its words with it."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    expected = str(context.get("expected")).replace("'", '"')
    return f"is {show(error['input'])}: {WISHES[kind].format(place=place, expected=expected)}"


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
