"""Ways in which a database stops taking what is written, each undone at the end."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.store import Store
from bot.store.engine import open_engine
from tests.support.postgres import Postgres

NOBODY = 65534
Way = Callable[["Sqlite"], AbstractContextManager[None]]


@dataclass(frozen=True)
class Sqlite:
    """A store in a file, in a folder that everybody may enter."""

    store: Store
    file: Path

    @property
    def folder(self) -> Path:
        return self.file.parent


@contextmanager
def sqlite(template: Path, now: Any) -> Iterator[Sqlite]:
    """A fresh one; pytest's own folders are shut to others."""
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    folder.chmod(0o755)
    file = folder / "pairkeeper.db"
    shutil.copy(template, file)
    store = Store(f"sqlite:///{file}", now)
    try:
        yield Sqlite(store, file)
    finally:
        store.engine.dispose()
        shutil.rmtree(folder)


@contextmanager
def _as_somebody() -> Iterator[None]:
    """Root may write anywhere; for a while this process is nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def _modes(it: Sqlite, file: int, folder: int) -> Iterator[None]:
    it.store.engine.dispose()
    it.file.chmod(file)
    it.folder.chmod(folder)
    try:
        with _as_somebody():
            yield
            it.store.engine.dispose()
    finally:
        it.folder.chmod(0o755)
        it.file.chmod(0o644)


def file_read_only(it: Sqlite) -> AbstractContextManager[None]:
    """The file may only be read."""
    return _modes(it, 0o444, 0o777 if os.geteuid() == 0 else 0o755)


def folder_read_only(it: Sqlite) -> AbstractContextManager[None]:
    """The file may be written, but its folder takes no journal beside it."""
    return _modes(it, 0o666, 0o555)


@contextmanager
def file_gone(it: Sqlite) -> Iterator[None]:
    """The folder has gone, as an unmounted volume has."""
    it.store.engine.dispose()
    away = it.folder.rename(it.folder.with_name(it.folder.name + "-away"))
    try:
        yield
    finally:
        away.rename(it.folder)


@contextmanager
def no_database(it: Sqlite) -> Iterator[None]:
    """Something else has been written over the file."""
    it.store.engine.dispose()
    kept = it.file.read_bytes()
    it.file.write_bytes(b"nothing that SQLite knows " * 1000)
    try:
        yield
    finally:
        it.store.engine.dispose()
        it.file.write_bytes(kept)


@contextmanager
def _with_pragma(it: Sqlite, pragma: str) -> Iterator[None]:
    def connected(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    it.store.engine.dispose()
    event.listen(it.store.engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(it.store.engine, "connect", connected)
        it.store.engine.dispose()


@contextmanager
def held_by_another(it: Sqlite) -> Iterator[None]:
    """Somebody else is writing and does not end; how long we wait is cut short."""
    other = sqlite3.connect(it.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with _with_pragma(it, "busy_timeout=20"):
            yield
    finally:
        other.close()


@contextmanager
def read_without_wal(it: Sqlite) -> Iterator[None]:
    """Where SQLite cannot have its WAL, a COMMIT waits for who reads; here one does, and does not end."""
    with _with_pragma(it, "journal_mode=DELETE"), _with_pragma(it, "busy_timeout=20"):
        with it.store.reading() as session:
            session.connection().exec_driver_sql("SELECT 1")  # from here on its one connection is there
        other = sqlite3.connect(it.file, isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT * FROM request").fetchall()
        try:
            yield
        finally:
            other.close()


def disk_full(it: Sqlite) -> AbstractContextManager[None]:
    """The file may not grow by a page."""
    return _with_pragma(it, "max_page_count=1")


WAYS: tuple[Way, ...] = (file_read_only, folder_read_only, file_gone, no_database, held_by_another)


@contextmanager
def postgres_stopped(server: Postgres, _store: Store, _database: str) -> Iterator[None]:
    """The server is down, and every connection cut."""
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def postgres_read_only(server: Postgres, store: Store, database: str) -> Iterator[None]:
    """The server takes no writes, as after a failover of its own."""
    admin = open_engine(server.url("postgres")).execution_options(isolation_level="AUTOCOMMIT")
    store.engine.dispose()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        try:
            yield
        finally:
            store.engine.dispose()
            connection.exec_driver_sql(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    admin.dispose()


@contextmanager
def postgres_frozen(server: Postgres, _store: Store, _database: str) -> Iterator[None]:
    """The server and all that it has started stand still; its connections stay open."""
    server.freeze()
    try:
        yield
    finally:
        server.thaw()
