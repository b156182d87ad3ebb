"""Reading columns: rows that are no objects of a session, by a statement that is built once, cost a fraction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.domain.errors import Reason, Refusal
from bot.store.base import Store
from bot.store.engine import UNREADABLE


def read(store: Store, statement: Executable, **values: Any) -> Sequence[Any]:
    """The rows that a statement finds with these values; a database that cannot be read refuses."""
    try:
        with store.engine.connect() as connection:
            return connection.execute(statement, values).all()
    except SQLAlchemyError as error:
        raise Refusal(Reason.STORE, UNREADABLE) from error


def read_in(session: Session, statement: Executable, **values: Any) -> Sequence[Any]:
    """The same in a transaction that is open; what this session has not flushed is not found."""
    return session.connection().execute(statement, values).all()
