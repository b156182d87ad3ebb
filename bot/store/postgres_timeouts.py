"""A connection to PostgreSQL on which no call waits for ever; imported only where psycopg is installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.errors import OperationalError

CONNECT = 4  # seconds for a new connection
STATEMENT = 5  # seconds for one statement, by the server's own clock
LOCK = 3  # seconds for a lock that another process holds
IDLE = 10  # seconds of a transaction in which nothing comes: its process is frozen, and others wait for its locks
IDLE_TIMEOUT = "idle_in_transaction_session_timeout"
SILENCE = 6.0  # seconds without an answer: the server is frozen, which neither its clock nor TCP tells
NETWORK: dict[str, Any] = {
    "connect_timeout": CONNECT,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 6000,  # milliseconds
    # A statement that was prepared before a migration fails after it, and a pooler may not know it at all.
    "prepare_threshold": None,
}


def settings() -> str:
    """The statement that sets a connection's limits, and how words and dates are written, whatever the role's are."""
    times = {"statement_timeout": STATEMENT, "lock_timeout": LOCK, IDLE_TIMEOUT: IDLE}
    limits = [f"SET {name} = '{seconds}s'" for name, seconds in times.items()]
    return "; ".join([*limits, "SET client_encoding = 'UTF8'", "SET DateStyle = 'ISO'"])


class Bounded(psycopg.Connection[Any]):
    """A connection that gives up on a server that does not answer, and is closed then."""

    silence: float = SILENCE

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer; psycopg calls this for every statement."""
        try:
            return super().wait(gen, interval, self.silence if timeout is None else timeout)
        except OperationalError:
            if not self.closed and self.info.transaction_status is psycopg.pq.TransactionStatus.ACTIVE:
                self.close()  # its answer may still come, and would be taken for that of another question
            raise


def connect(*words: Any, **more: Any) -> Bounded:
    """Connect, with the limits and the forms set."""
    connection = Bounded.connect(*words, **(NETWORK | more))
    connection.autocommit = True
    connection.execute(settings())
    connection.autocommit = False
    return connection


@contextmanager
def patient(connection: Any) -> Iterator[None]:
    """For a migration: it takes as long as it takes, also between two statements, and waits for others that migrate."""
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
