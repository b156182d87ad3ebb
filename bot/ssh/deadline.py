"""Time limits by the clock, also around calls that have none of their own."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread, Timer
from typing import TypeVar

T = TypeVar("T")
# Seconds: calls with a limit of their own end first, and the guard acts only on the others.
LATE = 0.25


class Deadline:
    """A moment `seconds` from now, by the monotonic clock, which nobody can set."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until the deadline, never below 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._end

    def within(self, seconds: float) -> "Deadline":
        """Return the sooner of this deadline and `seconds` from now."""
        return Deadline(min(self.left, seconds))

    @contextmanager
    def guard(self, act: Callable[[], None]) -> Iterator[Timer]:
        """Call `act` from another thread if the block is not left in time, as a frozen peer requires.

        Cancelling the yielded timer prevents the call.
        """
        timer = Timer(self.left + LATE, act)
        timer.daemon = True
        timer.start()
        try:
            yield timer
        finally:
            timer.cancel()


def begun(work: Callable[[], T]) -> Future[T]:
    """Run `work` in a daemon thread, and return the future of its result."""
    future: Future[T] = Future()

    def go() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    Thread(target=go, daemon=True).start()
    return future


def bounded(work: Callable[[], T], seconds: float) -> T:
    """Return the result of `work`, or raise TimeoutError after `seconds`.

    The thread is left behind in that case, as nothing can stop a name look-up.
    """
    return begun(work).result(seconds)
