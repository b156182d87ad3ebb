"""A database URL to an engine: PostgreSQL by psycopg, SQLite in WAL with write transactions that begin as such."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session, create_engine

from bot.domain.errors import Reason, Refusal

UNWRITABLE = "My database could not be written, so nothing was sent. Tell whoever runs Pairkeeper."

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=2000",
    # In KiB. Each connection has a cache of its own, which would grow with the database to 2 MiB in all fifteen of
    # them; the kernel has the file in memory anyway.
    "cache_size=-256",
)

NO_URL = (
    "DATABASE_URL cannot be used, so nothing was done: "
    "write it as in sqlite:///pairkeeper.db or postgresql://user@host/pairkeeper."
)

NO_DRIVER = (
    "DATABASE_URL asks for PostgreSQL, whose driver is not installed, so nothing was done: "
    "pip install 'pairkeeper[postgres]', or use sqlite:///pairkeeper.db."
)

KINDS = ("sqlite://", "postgresql+psycopg://")

UNREADABLE = "My database cannot be read just now, so nothing was done. Try again in a minute."


def normal_url(url: str) -> str:
    """The URL with the driver that is used here: `postgres://` and `postgresql://` mean psycopg."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def open_engine(url: str) -> Engine:
    """An engine for this URL; nothing is connected yet. A URL that cannot be used refuses."""
    url = normal_url(url)
    if not url.startswith(KINDS):
        raise Refusal(Reason.STORE, NO_URL)
    try:
        return _engine(url)
    except ModuleNotFoundError:
        raise Refusal(Reason.STORE, NO_DRIVER) from None
    except (ArgumentError, ValueError):
        raise Refusal(Reason.STORE, NO_URL) from None


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True, pool_size=10, pool_timeout=5)
        event.listen(engine, "do_connect", _postgres_connect)
        return engine
    # No statements are kept: each takes up to 85 kB, in each of fifteen connections, and none was measurably faster.
    arguments = {"timeout": 2, "check_same_thread": False, "cached_statements": 0}
    engine = create_engine(url, connect_args=arguments)
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begin)
    event.listen(engine, "reset", _sqlite_reset)
    return engine


def _postgres_connect(_dialect: Any, _record: Any, words: tuple[Any, ...], more: dict[str, Any]) -> Any:
    from bot.store.postgres_timeouts import connect  # psycopg is there only where PostgreSQL is used

    return connect(*words, **more)


def _sqlite_connected(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late: see _sqlite_begin
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    """Begin by the driver itself, which costs a tenth of a statement of SQLAlchemy's.

    A transaction that reads first and then writes gets SQLITE_BUSY at once, whatever the timeout: it says so here.
    """
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    options = connection.get_execution_options()
    try:
        if options.get("writes"):
            # In WAL both outlive the process; only what is FULL waits until it would outlive a power cut, too.
            driver.execute(f"PRAGMA synchronous={'NORMAL' if options.get('quick') else 'FULL'}")
            driver.execute("BEGIN IMMEDIATE")
        else:
            driver.execute("BEGIN")
    except sqlite3.Error as error:
        raise DBAPIError.instance("BEGIN", None, error, sqlite3.Error) from error


def _sqlite_reset(connection: sqlite3.Connection, _record: Any, _state: Any) -> None:
    # SQLAlchemy takes a COMMIT that failed for the end; SQLite still holds its lock where somebody was reading.
    connection.rollback()


@contextmanager
def patient(connection: Connection) -> Iterator[None]:
    """For a migration: the limits that keep a call from waiting for ever do not hold."""
    if connection.dialect.name != "postgresql":
        yield
        return
    from bot.store import postgres_timeouts

    with postgres_timeouts.patient(connection.connection.driver_connection):
        yield


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads; a database that cannot be read refuses."""
    try:
        with Session(engine) as session:
            yield session
    except SQLAlchemyError as error:
        raise Refusal(Reason.STORE, UNREADABLE) from error


@contextmanager
def writing(engine: Engine, quick: bool = False) -> Iterator[Session]:
    """One transaction, committed at the end; a database that cannot be written refuses.

    What is `quick` does not wait for SQLite's disk.
    IntegrityError passes through: it is how an index says no.
    """
    try:
        with engine.connect().execution_options(writes=True, quick=quick) as connection, Session(connection) as session:
            yield session
            session.commit()
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise Refusal(Reason.STORE, UNWRITABLE) from error
