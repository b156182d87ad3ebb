"""Reading columns: rows that are no objects of a session, by a statement that is built once, cost a fraction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable
from sqlmodel import Session

from bot.store.base import Store


def read(store: Store, statement: Executable, **values: Any) -> Sequence[Any]:
    """The rows that a statement finds with these values, in a session of its own."""
    with store.reading() as session:
        return read_in(session, statement, **values)


def read_in(session: Session, statement: Executable, **values: Any) -> Sequence[Any]:
    """The same in a transaction that is open; what this session has not flushed is not found."""
    return session.connection().execute(statement, values).all()
