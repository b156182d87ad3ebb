"""A connection to PostgreSQL on which no call waits for ever. Imported only where psycopg is installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.errors import OperationalError

CONNECT = 4  # seconds for a new connection
STATEMENT = 5  # seconds for one statement, by the server's own clock
LOCK = 3  # seconds to wait for a lock that another process holds
IDLE = 10  # seconds without a statement in an open transaction: its process is frozen, and others wait for its locks
IDLE_TIMEOUT = "idle_in_transaction_session_timeout"
SILENCE = 6.0  # seconds without an answer: the server is frozen, which neither its own clock nor TCP reveals
NETWORK: dict[str, Any] = {
    "connect_timeout": CONNECT,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 6000,  # milliseconds
    # A prepared statement fails after a migration, and a connection pooler may not know it at all.
    "prepare_threshold": None,
}


def settings() -> str:
    """Return the SQL that sets a connection's time limits, encoding and date format.

    These hold whatever the database role's defaults are.
    """
    times = {"statement_timeout": STATEMENT, "lock_timeout": LOCK, IDLE_TIMEOUT: IDLE}
    limits = [f"SET {name} = '{seconds}s'" for name, seconds in times.items()]
    return "; ".join([*limits, "SET client_encoding = 'UTF8'", "SET DateStyle = 'ISO'"])


class Bounded(psycopg.Connection[Any]):
    """A connection that gives up on a server which does not answer, and is then closed.

    `silence` is the limit in seconds.
    """

    silence: float = SILENCE

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer, for at most `silence` seconds. psycopg calls this for every statement."""
        try:
            return super().wait(gen, interval, self.silence if timeout is None else timeout)
        except OperationalError:
            if not self.closed and self.info.transaction_status is psycopg.pq.TransactionStatus.ACTIVE:
                self.close()  # a late answer would be taken for the answer to another statement
            raise


def connect(*words: Any, **more: Any) -> Bounded:
    """Connect, with the time limits and formats set."""
    connection = Bounded.connect(*words, **(NETWORK | more))
    connection.autocommit = True
    connection.execute(settings())
    connection.autocommit = False
    return connection


@contextmanager
def patient(connection: Any) -> Iterator[None]:
    """Lift the time limits for a migration.

    A migration may take long, may pause between two statements, and waits for other migrations.
    """
    if not isinstance(connection, Bounded):
        yield
        return
    connection.execute("; ".join(f"SET {name} = 0" for name in ("statement_timeout", "lock_timeout", IDLE_TIMEOUT)))
    connection.silence = 3600.0
    try:
        yield
    finally:
        connection.silence = Bounded.silence
        if not connection.closed:
            connection.rollback()
            connection.execute(settings())
            connection.commit()
