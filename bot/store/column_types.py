"""The types of columns that the tables add to SQLAlchemy's: times in UTC, safe text, and codes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator, type_coerce

from bot.domain.code import Code


class Time(TypeDecorator[datetime]):
    """An aware UTC time. SQLite drops the time zone, so it is added again when a value is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        found: datetime | None = value
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class SafeText(TypeDecorator[str]):
    """Text with any characters.

    PostgreSQL refuses NUL, and both databases refuse half a surrogate pair; each is replaced by U+FFFD.
    """

    impl = Text
    cache_ok = True
    unstorable = re.compile(r"[\x00\ud800-\udfff]")

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return self.unstorable.sub("\ufffd", value) if value else value


def spellings(codes: Iterable[Code]) -> list[str]:
    """Return both spellings of each code."""
    return list(dict.fromkeys(spelling for code in codes for spelling in (code.stored, code.value)))


class Coded(TypeDecorator[Code]):
    """A code of one kind. It is written in its stored spelling, and read and searched for in either.

    One that only a newer release knows is read as None, where its kind has no code for that.
    """

    impl = String
    cache_ok = True

    class comparator_factory(TypeDecorator.Comparator[Code]):
        def __eq__(self, other: Any) -> Any:
            return self.in_([other]) if isinstance(other, Code) else super().__eq__(other)

        def __ne__(self, other: Any) -> Any:
            return self.not_in([other]) if isinstance(other, Code) else super().__ne__(other)

        def in_(self, other: Any) -> Any:
            return type_coerce(self.expr, String).in_(spellings(other))

        def not_in(self, other: Any) -> Any:
            return type_coerce(self.expr, String).not_in(spellings(other))

    def __init__(self, kind: type[Code]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).stored

    def process_result_value(self, value: Any, _dialect: Dialect) -> Code | None:
        try:
            return None if value is None else self.kind(value)
        except ValueError:
            return None
