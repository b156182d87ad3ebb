"""Find out whether the database can be written, by writing to it."""

from sqlmodel import update

from bot.store.base import Store, changed
from bot.store.tables import Pulse


def beat(store: Store) -> None:
    """Write something small. Raises Refusal where the database cannot be written."""
    now = store.now()
    with store.writing() as session:
        if not changed(session, update(Pulse).values(at=now)):
            session.add(Pulse(at=now))
