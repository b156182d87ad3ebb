"""A wall-clock limit of our own around calls that have none."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread, Timer
from typing import TypeVar

T = TypeVar("T")
# What ends by itself at the deadline shall do so; the guard is for what does not.
LATE = 0.25


class Deadline:
    """A moment `seconds` from now, on a clock that nobody sets."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until it, never below 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._end

    def within(self, seconds: float) -> "Deadline":
        """The sooner of this one and so many seconds from now."""
        return Deadline(min(self.left, seconds))

    @contextmanager
    def guard(self, act: Callable[[], None]) -> Iterator[Timer]:
        """Call `act` from another thread if the block is not left in time, unless the timer that is given is
        cancelled: what a frozen peer needs.
        """
        timer = Timer(self.left + LATE, act)
        timer.daemon = True
        timer.start()
        try:
            yield timer
        finally:
            timer.cancel()


def begun(work: Callable[[], T]) -> Future[T]:
    """What will come of `work`, which is done in a thread that nobody has to wait for."""
    future: Future[T] = Future()

    def go() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    Thread(target=go, daemon=True).start()
    return future


def bounded(work: Callable[[], T], seconds: float) -> T:
    """The result of `work`, or TimeoutError; its thread is left behind, as nothing stops a name look-up."""
    return begun(work).result(seconds)
