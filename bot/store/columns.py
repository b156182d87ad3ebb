"""Read rows without loading them as objects of a session, by statements that are built once. This costs a fraction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.domain.errors import Reason, Refusal
from bot.store.base import Store
from bot.store.engine import UNREADABLE


def read(store: Store, statement: Executable, **values: Any) -> Sequence[Any]:
    """Return the rows that a statement finds with these values. Raises Refusal where the database cannot be read."""
    try:
        with store.engine.connect() as connection:
            return connection.execute(statement, values).all()
    except SQLAlchemyError as error:
        raise Refusal(Reason.STORE, UNREADABLE) from error


def read_in(session: Session, statement: Executable, **values: Any) -> Sequence[Any]:
    """Do the same in an open transaction. What this session has not flushed yet is not found."""
    return session.connection().execute(statement, values).all()
