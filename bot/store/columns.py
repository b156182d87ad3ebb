"""Read rows without loading them as objects of a session, by statements that are built once. This costs a fraction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable
from sqlmodel import Session

from bot.store.base import Store


def read(store: Store, statement: Executable, **values: Any) -> Sequence[Any]:
    """Return the rows that a statement finds with these values. Raises Refusal where the database cannot be read."""
    with store.reading() as session:
        return read_in(session, statement, **values)


def read_in(session: Session, statement: Executable, **values: Any) -> Sequence[Any]:
    """Do the same in an open transaction. What this session has not flushed yet is not found."""
    return session.connection().execute(statement, values).all()
