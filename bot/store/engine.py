"""Make an engine from a database URL: PostgreSQL through psycopg, or SQLite in WAL mode.

On SQLite a writing transaction takes the write lock when it begins.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session, create_engine

from bot.domain.errors import Refusal, RefusalCode

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=2000",
    # In KiB. Each connection has a cache of its own. By default these would grow with the database to 2 MiB in each of
    # the fifteen connections, though the kernel has the file in memory anyway.
    "cache_size=-256",
)

KINDS = ("sqlite://", "postgresql+psycopg://")


def normal_url(url: str) -> str:
    """Return the URL with the driver that the bot uses: `postgres://` and `postgresql://` mean psycopg."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def open_engine(url: str) -> Engine:
    """Return an engine for this URL, without connecting yet. Raises Refusal for a URL that cannot be used."""
    url = normal_url(url)
    if not url.startswith(KINDS):
        raise Refusal(RefusalCode.UNUSABLE_URL)
    try:
        return _engine(url)
    except ModuleNotFoundError:
        raise Refusal(RefusalCode.NO_DRIVER) from None
    except (ArgumentError, ValueError):
        raise Refusal(RefusalCode.UNUSABLE_URL) from None


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True, pool_size=10, pool_timeout=5)
        event.listen(engine, "do_connect", _postgres_connect)
        return engine
    # Prepared statements are not cached: each takes up to 85 kB in each of fifteen connections, and none was measurably
    # faster.
    arguments = {"timeout": 2, "check_same_thread": False, "cached_statements": 0}
    engine = create_engine(url, connect_args=arguments)
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begin)
    event.listen(engine, "reset", _sqlite_reset)
    return engine


def _postgres_connect(_dialect: Any, _record: Any, words: tuple[Any, ...], more: dict[str, Any]) -> Any:
    from bot.store.postgres_timeouts import connect  # psycopg is installed only where PostgreSQL is used

    return connect(*words, **more)


def _sqlite_connected(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late: see _sqlite_begin
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    """Begin the transaction through the driver itself, which costs a tenth of a SQLAlchemy statement.

    A transaction that reads first and then writes would get SQLITE_BUSY at once, whatever the timeout. So a writing
    transaction says from the start that it will write.
    """
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    options = connection.get_execution_options()
    try:
        if options.get("writes"):
            # In WAL mode, both survive the end of the process. Only FULL also waits until the data would survive a
            # power cut.
            driver.execute(f"PRAGMA synchronous={'NORMAL' if options.get('quick') else 'FULL'}")
            driver.execute("BEGIN IMMEDIATE")
        else:
            driver.execute("BEGIN")
    except sqlite3.Error as error:
        raise DBAPIError.instance("BEGIN", None, error, sqlite3.Error) from error


def _sqlite_reset(connection: sqlite3.Connection, _record: Any, _state: Any) -> None:
    # SQLAlchemy takes a failed COMMIT for the end of the transaction, but SQLite still holds its lock if somebody was
    # reading.
    connection.rollback()


def insert(dialect: Dialect, table: Any) -> postgresql.Insert | sqlite.Insert:
    """Return an insert into this table that may say what to do on a conflict."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


@contextmanager
def patient(connection: Connection) -> Iterator[None]:
    """Lift the time limits on a connection's calls for the length of a migration."""
    if connection.dialect.name != "postgresql":
        yield
        return
    from bot.store import postgres_timeouts

    with postgres_timeouts.patient(connection.connection.driver_connection):
        yield


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that only reads. Raises Refusal where the database cannot be read."""
    try:
        with Session(engine) as session:
            yield session
    except SQLAlchemyError as error:
        raise Refusal(RefusalCode.UNREADABLE) from error


@contextmanager
def writing(engine: Engine, quick: bool = False) -> Iterator[Session]:
    """Open one transaction, which is committed at the end. Raises Refusal where the database cannot be written.

    A `quick` transaction does not wait for SQLite's disk. IntegrityError is passed on, because an index says no by it.
    """
    try:
        with engine.connect().execution_options(writes=True, quick=quick) as connection, Session(connection) as session:
            yield session
            session.commit()
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise Refusal(RefusalCode.UNWRITABLE) from error
