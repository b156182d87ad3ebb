"""How migrations reach the database: by the connection they are given, else by DATABASE_URL."""

import os
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text
from sqlmodel.sql.sqltypes import AutoString

from bot.store.column_types import Coded, SafeText, Time
from bot.store.engine import open_engine, patient
from bot.store.tables import Base

LOCK = 7_242_001  # any number, the same for every replica: they may all upgrade an empty database at once
PLAIN = {Time: "sa.DateTime(timezone=True)", SafeText: "sa.Text()", AutoString: "sa.String()", Coded: "sa.String()"}


def plain(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """A new version is written with SQLAlchemy's own types: it must work when this code has long changed."""
    return PLAIN.get(type(thing), False) if kind == "type" else False


def foreign_keys(connection: Connection, state: str) -> None:
    """SQLite alters a table by making it anew, which they would forbid; they cannot change in a transaction."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys={state}")
        cursor.close()


def migrate(connection: Connection) -> None:
    """Run what is wanted in one transaction, all or nothing, one process at a time."""
    foreign_keys(connection, "OFF")
    try:
        with patient(connection), connection.begin():  # on SQLite BEGIN IMMEDIATE, which is a lock too
            run_migrations(connection)
    finally:
        foreign_keys(connection, "ON")


def run_migrations(connection: Connection) -> None:
    """Every version that is wanted and not there."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        # Whoever reads a table waits behind the one that waits to alter it; no transaction of ours lasts for so long.
        connection.execute(text("SET LOCAL lock_timeout = '20s'"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=plain,
        compare_type=True,
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
elif context.is_offline_mode():
    raise SystemExit("Migrations are applied to a database, never written out as SQL: leave out --sql.")
else:
    engine = open_engine(os.environ.get("DATABASE_URL") or "sqlite:///pairkeeper.db")
    with engine.connect().execution_options(writes=True) as opened:
        migrate(opened)
