"""Repeats work in a background thread."""

import logging
import threading
from collections.abc import Callable

from bot.domain.errors import Refusal

log = logging.getLogger(__name__)


class Loop:
    """Waits for `seconds` or until it is woken, does `work`, and begins again. An error is logged; the loop goes on.

    With `once_more`, the work is done a last time when the loop is stopped. The thread is a
    daemon, so it does not keep the process from ending.
    """

    def __init__(self, name: str, work: Callable[[], object], seconds: float, once_more: bool = False) -> None:
        self._name, self._work, self._seconds, self._once_more = name, work, seconds, once_more
        self.stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start, and return at once. The work is done for the first time after `seconds`, or when the loop is woken."""
        self._thread.start()

    def wake(self) -> None:
        """Have the thread do the work now, or once more if it is at work. Returns at once."""
        self._wake.set()

    def stop(self, seconds: float = 0.0) -> None:
        """End the loop, after the last work that `once_more` asks for. Waits for that at most `seconds`."""
        self.stopping.set()
        self._wake.set()
        if seconds and self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            self._wake.wait(self._seconds)
            self._wake.clear()
            stopping = self.stopping.is_set()
            if self._once_more or not stopping:
                self._try()

    def _try(self) -> None:
        try:
            self._work()
        except Exception as error:
            unexpected = None if isinstance(error, Refusal) else error
            log.error("%s failed, and goes on: %s", self._name, error, exc_info=unexpected)
