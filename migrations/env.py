"""How migrations reach the database: by the connection they are given, else by DATABASE_URL."""

import os

from alembic import context
from sqlalchemy import Connection, text

from bot.store.engine import open_engine
from bot.store.tables import Base

LOCK = 7_242_001  # any number, the same for every replica: they may all upgrade an empty database at once


def migrate(connection: Connection) -> None:
    """Run what is wanted on this connection, one process at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        connection.commit()
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
        connection.commit()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    engine = open_engine(os.environ.get("DATABASE_URL") or "sqlite:///pairkeeper.db")
    with engine.connect().execution_options(writes=True) as opened:
        migrate(opened)
