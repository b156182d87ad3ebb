"""The connections that are kept open for probes: one for each server, with one probe at a time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from bot.domain.pair import Server
from bot.domain.transport import Reply, not_asked

from .connection import Connection, open_line
from .deadline import Deadline
from .tcp import Dialer

IDLE = 900.0
LATE = 2.0  # seconds by which the probe before may end late


class KeptConnection:
    """The kept connection of one server, and the probes over it.

    There is one probe at a time, as a server may allow only one session.
    """

    def __init__(self, server: Server, dialer: Dialer) -> None:
        self._server = server
        self._dialer = dialer
        self._turn = threading.Lock()
        self._next: dict[str, Future[Reply]] = {}
        self._joining = threading.Lock()
        self._line: Connection | None = None
        self.used = time.monotonic()

    def look(self, line: str, seconds: float, ask: Callable[[Deadline], Reply]) -> Reply:
        """Have `ask` send this command when its turn comes, and return the reply. Raises Unreachable.

        The turn comes within about `seconds`, and `ask` then has as long again. All callers that arrive during another
        probe share the one after it: it begins after each of them arrived, so it is as fresh as one of their own.
        """
        with self._joining:
            mine: Future[Reply] = Future()
            shared = self._next.setdefault(line, mine)
        if shared is mine:
            self._lead(mine, line, seconds, ask)
        return shared.result()  # the thread that makes the probe ends it within about twice `seconds`

    def _lead(self, mine: Future[Reply], line: str, seconds: float, ask: Callable[[Deadline], Reply]) -> None:
        came = self._turn.acquire(timeout=seconds + LATE)
        with self._joining:
            del self._next[line]
        try:
            if not came:
                raise not_asked("earlier looks at it are not back yet")
            mine.set_result(ask(Deadline(seconds)))
        except BaseException as error:
            mine.set_exception(error)
        finally:
            if came:
                self._turn.release()

    def line(self, deadline: Deadline) -> tuple[Connection, bool]:
        """Return the connection, and whether it was opened just now. Raises Unreachable.

        Call it only from within `ask`.
        """
        if self._line and self._line.alive:
            return self._line, False
        self._line = None
        self._line = open_line(self._server, self._server.jump, deadline, self._dialer)
        return self._line, True

    def close(self) -> None:
        line = self._line
        if line:
            line.hang_up()


class Pool:
    """Holds a slot for each server. A server with changed settings is another one. Slots long unused are closed."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._slots: dict[Server, KeptConnection] = {}
        self._lock = threading.Lock()

    def slot(self, server: Server) -> KeptConnection:
        with self._lock:
            slot = self._slots.setdefault(server, KeptConnection(server, self._dialer))
            slot.used = time.monotonic()
            idle = [key for key, old in self._slots.items() if slot.used - old.used > IDLE]
            old_slots = [self._slots.pop(key) for key in idle]
        for old in old_slots:
            old.close()
        return slot

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            slots = list(self._slots.values())
            self._slots.clear()
        for slot in slots:
            slot.close()
