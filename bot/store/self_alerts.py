"""What is wrong with the bot itself: noted once for all processes and restarts, so that it is said once."""

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, select

from bot.store.base import Store, changed
from bot.store.tables import Trouble


def begin(store: Store, name: str, who: str) -> bool:
    """It has begun; False when that is known, so that nobody says it twice."""
    insert = postgresql.insert if store.engine.dialect.name == "postgresql" else sqlite.insert
    new = insert(Trouble).values(name=name, since=store.now(), said_by=who)
    with store.writing() as session:
        mine = new.on_conflict_do_nothing(index_elements=["name"]).returning(col(Trouble.name))
        return session.execute(mine).first() is not None


def end(store: Store, name: str) -> bool:
    """It is over; False when that is known."""
    with store.writing() as session:
        return changed(session, delete(Trouble).where(col(Trouble.name) == name))


def now(store: Store) -> dict[str, datetime]:
    """What is wrong, and since when."""
    with store.reading() as session:
        return {row.name: row.since for row in session.exec(select(Trouble))}
