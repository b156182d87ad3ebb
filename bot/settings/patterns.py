"""The rules for regular expressions: they must match what they stand for, and nothing else.

Whether one can match at all is tried with an example text that is built from the expression itself.
"""

import re
from collections.abc import Iterable
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from pydantic import ValidationInfo

from bot.domain.status import clean, label_pattern
from bot.settings.mistakes import show

ABSENT = ("unpaired", "floating_ip", "share")  # labels that may be "", for what a pair does not print
BARE = ("", "x", "?", ":", ">", "[y/N]", "[y/N]: ", "(yes/no)? ")  # texts that no pattern for a question may match

BRANCHES = 8
CATEGORIES = {_constants.CATEGORY_SPACE: " ", _constants.CATEGORY_DIGIT: "1", _constants.CATEGORY_WORD: "x"}
UNKNOWN = "it would answer questions that I do not know. Give the question's own words."
NEVER = "it can fit no line, as lines come without tabs, each by itself. Give the label as it is printed."
MEND = "mend it, or put a backslash before its marks."
ROWS = ("primary", "secondary", "floating_ip", "health", "share")


def check_prompt(pattern: str) -> str:
    """Return the pattern for a question. Raises ValueError if it would fit questions that nobody knows."""
    compiled = _compiled(pattern)
    if any(compiled.search(bare) for bare in BARE):
        raise ValueError(f"is {show(pattern)}: {UNKNOWN}")
    return pattern


def check_label(pattern: str, info: ValidationInfo) -> str:
    """Return the pattern for a label. Raises ValueError if it fits any line or none."""
    name = info.field_name or ""
    if name in ABSENT and not pattern:
        return pattern
    compiled = _compiled(pattern)
    if compiled.search("") or compiled.search("x"):
        raise ValueError(f"is {show(pattern)}: it fits any line. Give the words it stands for.")
    if never_matches(name, pattern):
        raise ValueError(f"is {show(pattern)}: {NEVER}")
    return pattern


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is no regular expression, {error}: {MEND}") from None


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
    """Return a text for one part; for a set, its first member."""
    match code:
        case _constants.LITERAL:
            return chr(value)
        case _constants.AT:
            return ""
        case _constants.ANY:
            return "x"
        case _constants.IN:
            return _example(value[:1], which)
        case _constants.RANGE:
            return chr(value[0])
        case _constants.CATEGORY if value in CATEGORIES:
            return CATEGORIES[value]
        case _constants.MAX_REPEAT | _constants.MIN_REPEAT | _constants.POSSESSIVE_REPEAT:
            least, _, inner = value
            return _example(inner, which) * int(least)
        case _constants.SUBPATTERN:
            return _example(value[-1], which)
        case _constants.BRANCH:
            return _example(value[1][min(which, len(value[1]) - 1)], which)
    raise ValueError(code)
