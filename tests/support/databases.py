"""Databases with the tables: migrated once for each process of tests, and copied for each test."""

import shutil
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy

from bot.store import engine as bot_engine
from bot.store import migration
from bot.store.engine import open_engine

STATEMENTS = 5_000  # compiled ones that are kept; the product has some 300, and tests ask questions of their own
_making = threading.Lock()  # Alembic knows one migration at a time in a process


def upgrade(url: str) -> None:
    """Bring this database to the newest version of the tables."""
    engine = open_engine(url)
    migration.upgrade(engine)
    engine.dispose()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="template-")


def sqlite_template() -> Path:
    """A SQLite file with the tables and nothing in them; to be copied. Several threads may ask for it at once."""
    with _making:
        return _template()


@cache
def _template() -> Path:
    file = Path(_folder().name) / "pairkeeper.db"
    upgrade(f"sqlite:///{file}")
    return file


def fresh_sqlite(file: Path) -> str:
    """Make this file a database with the tables; its URL."""
    shutil.copy(sqlite_template(), file)
    return f"sqlite:///{file}"


def share_compiled_statements() -> None:
    """Let all SQLite engines of this process compile each statement once, as a bot with its one engine does.

    Each test opens an engine of its own, and SQLAlchemy keeps what it has compiled by engine and dialect: without this,
    a sixth of the time of all tests goes into compiling the same statements again.
    """
    first = sqlalchemy.create_engine("sqlite://", query_cache_size=STATEMENTS)
    with first.connect():  # a dialect asks its driver once what it can do
        pass

    def create_engine(url: str, **options: Any) -> sqlalchemy.Engine:
        engine = sqlalchemy.create_engine(url, **options)
        if engine.dialect.name == first.dialect.name:
            engine.dialect = first.dialect
            engine._compiled_cache = first._compiled_cache
        return engine

    bot_engine.create_engine = create_engine
