"""Background work: a thread pool that knows what is still to be done."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

YIELD = 0.1  # seconds that an answer waits, so that a burst of commands is acknowledged before any is worked on

log = logging.getLogger(__name__)


class Pool:
    """A thread pool that knows the jobs that have not ended."""

    def __init__(self, size: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(size, name)
        self._open: set[Future[None]] = set()

    def submit(self, doing: Callable[[], None]) -> None:
        """Run a job in the background. If it raises, the error is logged."""
        future = self._threads.submit(doing)
        self._open.add(future)
        future.add_done_callback(self._done)

    def submit_later(self, doing: Callable[[], None]) -> None:
        """Run a job after a moment, so that a burst of interactions is acknowledged first."""

        def work() -> None:
            time.sleep(YIELD)
            doing()

        self.submit(work)

    def waiting(self) -> int:
        """Return how many jobs wait for a free thread."""
        return self._threads._work_queue.qsize()

    def finish(self) -> None:
        """Wait until every job has ended, including those that are submitted meanwhile."""
        while self._open:
            wait(set(self._open))

    def close(self) -> None:
        """Finish every job, and accept no more."""
        self._threads.shutdown(wait=True)

    def drop(self) -> None:
        """Accept no more jobs, and cancel those that have not begun. Nobody waits for the others."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _done(self, future: Future[None]) -> None:
        self._open.discard(future)
        if error := future.exception():
            log.error("background work broke", exc_info=error)
