"""Builds an example text for a regular expression. If the expression does not match it, it can never match anything."""

import re
from collections.abc import Iterable
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from bot.domain.status import clean, label_pattern

BRANCHES = 8
ROWS = ("primary", "secondary", "floating_ip", "health", "share")


def never_matches(name: str, pattern: str) -> bool:
    """Whether this label's pattern can match no line that is read. False where that is hard to tell."""
    row = label_pattern(pattern) if name in ROWS else re.compile(pattern, re.IGNORECASE)
    parsed = _parser.parse(pattern, re.IGNORECASE)
    try:
        lines = [clean(_example(parsed, which)) for which in range(BRANCHES)]
    except ValueError:
        return False
    return not any("\n" not in line and row.search(line) for line in lines)


def _example(parsed: Iterable[tuple[Any, Any]], which: int) -> str:
    """Return a text that the expression should match, taking this one of its branches.

    Raises ValueError if a part is too complicated.
    """
    return "".join(_part(code, value, which) for code, value in parsed)


def _part(code: Any, value: Any, which: int) -> str:
    match code:
        case _constants.LITERAL:
            return chr(value)
        case _constants.AT:
            return ""
        case _constants.ANY:
            return "x"
        case _constants.IN:
            return _member(value)
        case _constants.MAX_REPEAT | _constants.MIN_REPEAT | _constants.POSSESSIVE_REPEAT:
            least, _, inner = value
            return _example(inner, which) * int(least)
        case _constants.SUBPATTERN:
            return _example(value[-1], which)
        case _constants.BRANCH:
            return _example(value[1][min(which, len(value[1]) - 1)], which)
    raise ValueError(code)


def _member(value: Any) -> str:
    """Return one character of a set. Raises ValueError if the set is too complicated."""
    code, inner = value[0]
    match code:
        case _constants.LITERAL:
            return chr(inner)
        case _constants.RANGE:
            return chr(inner[0])
        case _constants.CATEGORY:
            found = {_constants.CATEGORY_SPACE: " ", _constants.CATEGORY_DIGIT: "1", _constants.CATEGORY_WORD: "x"}
            if inner in found:
                return str(found[inner])
    raise ValueError(code)
