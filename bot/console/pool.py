"""The connections that are kept open for probes, one for each server."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.pair import Server
from bot.domain.reply import not_asked

from .deadline import Deadline
from .dial import Dialer
from .line import Line, open_line

SESSIONS = 4
IDLE = 900.0


class Slot:
    """The kept line of one server: opened under its lock, used by a few threads at once."""

    def __init__(self, server: Server, dialer: Dialer) -> None:
        self._server = server
        self._dialer = dialer
        self._opening = threading.Lock()
        self._room = threading.BoundedSemaphore(SESSIONS)
        self._line: Line | None = None
        self.used = time.monotonic()

    @contextmanager
    def room(self, deadline: Deadline) -> Iterator[None]:
        """A place among the few sessions; raises Silence when none comes free in time."""
        self.used = time.monotonic()
        if not self._room.acquire(timeout=deadline.left):
            raise not_asked("earlier looks at it are not back yet")
        try:
            yield
        finally:
            self._room.release()

    def line(self, deadline: Deadline) -> tuple[Line, bool]:
        """The line, and whether it was opened just now; raises Silence."""
        if not self._opening.acquire(timeout=deadline.left):
            raise not_asked("it is being called already")
        try:
            if self._line and self._line.alive:
                return self._line, False
            self._line = None
            self._line = open_line(self._server, self._server.jump, deadline, self._dialer)
            return self._line, True
        finally:
            self._opening.release()

    def close(self) -> None:
        line = self._line
        if line:
            line.hang_up()


class Pool:
    """A slot for each server; other settings are another server. Slots long unused are closed."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._slots: dict[Server, Slot] = {}
        self._lock = threading.Lock()

    def slot(self, server: Server) -> Slot:
        with self._lock:
            slot = self._slots.setdefault(server, Slot(server, self._dialer))
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
