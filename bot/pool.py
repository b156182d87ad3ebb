"""Work in the background: threads that are kept, and what is still to come of them."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

YIELD = 0.1  # seconds that an answer waits, so that a burst of commands is acknowledged before it is worked on

log = logging.getLogger(__name__)


class Pool:
    """Threads, and what they are at."""

    def __init__(self, size: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(size, name)
        self._open: set[Future[None]] = set()

    def submit(self, doing: Callable[[], None]) -> None:
        """Do it in the background; what breaks is logged."""
        future = self._threads.submit(doing)
        self._open.add(future)
        future.add_done_callback(self._done)

    def submit_later(self, doing: Callable[[], None]) -> None:
        """Do it after a moment, so that a burst is acknowledged first."""

        def work() -> None:
            time.sleep(YIELD)
            doing()

        self.submit(work)

    def waiting(self) -> int:
        """How much waits for a free thread."""
        return self._threads._work_queue.qsize()

    def finish(self) -> None:
        """Until nothing is left of what was begun, before or meanwhile."""
        while self._open:
            wait(set(self._open))

    def close(self) -> None:
        """Finish, and take no more."""
        self._threads.shutdown(wait=True)

    def drop(self) -> None:
        """Take no more, and leave what nobody waits for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _done(self, future: Future[None]) -> None:
        self._open.discard(future)
        if error := future.exception():
            log.error("background work broke", exc_info=error)
