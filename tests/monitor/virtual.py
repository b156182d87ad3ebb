"""Time that only passes when everybody waits: threads sleep on it, and it jumps to whoever wakes next."""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import datetime, timedelta


class VirtualTime:
    """A clock for many threads; `skew` is what the bot's clock is off by, as after a step."""

    def __init__(self, start: datetime) -> None:
        self.true = start
        self.skew = timedelta(0)
        self._busy = 0
        self._quiet = threading.Condition()
        self._sleepers: list[tuple[datetime, int, threading.Event]] = []
        self._order = itertools.count()
        self.broken: list[BaseException] = []

    def now(self) -> datetime:
        """What the bot takes the time for."""
        return self.true + self.skew

    def submit(self, work: Callable[[], None]) -> None:
        """Run something beside; time waits for it while it works."""
        with self._quiet:
            self._busy += 1
        threading.Thread(target=self._run, args=(work,), daemon=True).start()
        self._wait()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self.broken.append(error)
        finally:
            self._rest()

    def _rest(self) -> None:
        with self._quiet:
            self._busy -= 1
            self._quiet.notify_all()

    def pause(self, seconds: float) -> bool:
        """Sleep, in a thread that was submitted; never over."""
        woken = threading.Event()
        with self._quiet:
            heapq.heappush(self._sleepers, (self.true + timedelta(seconds=seconds), next(self._order), woken))
        self._rest()
        woken.wait()
        return False

    @property
    def next_wake(self) -> datetime | None:
        """When the first of those who sleep wakes."""
        return self._sleepers[0][0] if self._sleepers else None

    @property
    def asleep(self) -> bool:
        """Whether anybody sleeps."""
        return bool(self._sleepers)

    def advance(self, to: datetime) -> None:
        """Let time pass, and everybody wake in their order."""
        while self._sleepers and self._sleepers[0][0] <= to:
            self.true, _, woken = heapq.heappop(self._sleepers)
            with self._quiet:
                self._busy += 1
            woken.set()
            self._wait()
        self.true = max(self.true, to)

    def _wait(self) -> None:
        with self._quiet:
            assert self._quiet.wait_for(lambda: self._busy == 0, 60), "somebody neither works nor sleeps"
        if self.broken:
            raise self.broken[0]
