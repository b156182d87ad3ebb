"""What is wrong with the bot itself.

It is recorded once for all processes and restarts, so that people are told once.
"""

from datetime import datetime

from sqlmodel import col, delete, select

from bot.store.base import Store, changed
from bot.store.engine import insert
from bot.store.tables import Trouble


def begin(store: Store, name: str, who: str) -> bool:
    """Record that a trouble has begun. Returns False when that is recorded already, so that nobody tells it twice."""
    new = insert(store.engine.dialect, Trouble).values(name=name, since=store.now(), said_by=who)
    with store.writing() as session:
        mine = new.on_conflict_do_nothing(index_elements=["name"]).returning(col(Trouble.name))
        return session.execute(mine).first() is not None


def end(store: Store, name: str) -> bool:
    """Record that a trouble is over. Returns False when that is recorded already."""
    with store.writing() as session:
        return changed(session, delete(Trouble).where(col(Trouble.name) == name))


def now(store: Store) -> dict[str, datetime]:
    """Return what is wrong now, and since when."""
    with store.reading() as session:
        return {row.name: row.since for row in session.exec(select(Trouble))}
