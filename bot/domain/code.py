"""Codes: names that are stored, indexed, exported and compared. What people read of them stands in the views."""

from enum import StrEnum
from typing import Any, Self


class Code(StrEnum):
    """A stable name in snake_case.

    `stored` is how the database spells it: as the release before wrote it, which must be able to read what this one
    writes. Both spellings are read. `bot/store/README.md` says when the older one goes.
    """

    stored: str

    def __new__(cls, code: str, stored: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.stored = stored or code
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((member for member in cls if member.stored == value), None)

    @classmethod
    def knows(cls, value: object) -> bool:
        """Whether this is one of the codes, in either spelling."""
        return any(value in (member.value, member.stored) for member in cls)


def stored(value: Any) -> Any:
    """Return a code in its stored spelling, and any other value as it is."""
    return value.stored if isinstance(value, Code) else value
