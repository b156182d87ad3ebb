"""Find out whether the database can be written, by writing to it."""

from sqlalchemy.dialects import postgresql, sqlite

from bot.store.base import Store
from bot.store.tables import Tick

JOB = "pulse"


def beat(store: Store) -> None:
    """Write something small. Raises Refusal where the database cannot be written."""
    insert = postgresql.insert if store.engine.dialect.name == "postgresql" else sqlite.insert
    now = {"due_at": store.now(), "claimed_by": store.me, "claimed_at": store.now()}
    new = insert(Tick).values(job=JOB, **now)
    with store.writing() as session:
        session.execute(new.on_conflict_do_update(index_elements=["job"], set_=now))
