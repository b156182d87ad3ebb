"""Databases with the tables: migrated once for each process of tests, and copied for each test."""

import shutil
import tempfile
import threading
from functools import cache
from pathlib import Path

from bot.store import migration
from bot.store.engine import open_engine

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
