"""The connections that are kept open for probes, one for each server, on which one look is made at a time."""

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
LATE = 2.0  # seconds by which the look before may end late


class KeptConnection:
    """The kept line of one server, and the looks at it: one at a time, as a server may allow one session only."""

    def __init__(self, server: Server, dialer: Dialer) -> None:
        self._server = server
        self._dialer = dialer
        self._turn = threading.Lock()
        self._next: dict[str, Future[Reply]] = {}
        self._joining = threading.Lock()
        self._line: Connection | None = None
        self.used = time.monotonic()

    def look(self, line: str, seconds: float, ask: Callable[[Deadline], Reply]) -> Reply:
        """Have `ask` send this line when its turn comes, which is soon after `seconds`; it has as long again.

        All who come while another look is under way share the one that follows: it begins after each of them came,
        so it is as fresh as a look of their own.
        """
        with self._joining:
            mine: Future[Reply] = Future()
            shared = self._next.setdefault(line, mine)
        if shared is mine:
            self._lead(mine, line, seconds, ask)
        return shared.result()  # whoever leads ends it within twice its seconds

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
        """The line, and whether it was opened just now; raises Unreachable. Only in one's turn."""
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
    """A slot for each server; other settings are another server. Slots long unused are closed."""

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
        """Hang up every line."""
        with self._lock:
            slots = list(self._slots.values())
            self._slots.clear()
        for slot in slots:
            slot.close()
