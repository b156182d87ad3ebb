"""Read rows without loading them as objects of a session, which costs a fraction, and turn them into values."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Executable
from sqlmodel import Session

from bot.store.base import Store

Value = TypeVar("Value")


def read(store: Store, statement: Executable, **values: Any) -> Sequence[Any]:
    """Return the rows that a statement finds with these values. Raises Refusal where the database cannot be read."""
    with store.reading() as session:
        return read_in(session, statement, **values)


def read_in(session: Session, statement: Executable, **values: Any) -> Sequence[Any]:
    """Do the same in an open transaction. What this session has not flushed yet is not found."""
    return session.connection().execute(statement, values).all()


def value_of(kind: type[Value], row: Any, /, **own: Any) -> Value:
    """Return a value of this dataclass: a field that is not in `own` is the row's column of that name, if any."""
    names = {field.name for field in fields(kind)} - own.keys()  # type: ignore[arg-type]
    return kind(**{name: getattr(row, name) for name in names if hasattr(row, name)}, **own)
