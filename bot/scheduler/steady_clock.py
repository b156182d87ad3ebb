"""A scheduler on which a clock that is set changes nothing: its jobs recur by a clock that nobody sets."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

LONGEST = 1.0  # seconds
JUMP = timedelta(seconds=1)  # by which a clock has been set: less is how clocks are kept right


class SteadyScheduler(BackgroundScheduler):  # type: ignore[misc]
    """APScheduler plans each job by the wall; where that was set back, all of them would rest for as long."""

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], float] = time.monotonic, **more: object):
        super().__init__(**more)
        self._wall, self._steady = wall, steady
        self._last = self._pair()

    def _pair(self) -> tuple[datetime, float]:
        return self._wall(), self._steady()

    def _process_jobs(self) -> float | None:
        """What is due now; called by APScheduler at least as often as a job is."""
        (before, began), (now, at) = self._last, self._pair()
        self._last = now, at
        jump = now - before - timedelta(seconds=at - began)
        if jump < -JUMP:
            self._shift(jump)
        seconds: float | None = super()._process_jobs()
        # Never for long: the clock may have been set between that look at it and APScheduler's own.
        return seconds if seconds is None else min(seconds, LONGEST)

    def _shift(self, by: timedelta) -> None:
        """Have each job come when it would have come."""
        with self._jobstores_lock:
            for store in self._jobstores.values():
                for job in store.get_all_jobs():
                    if job.next_run_time:
                        job._modify(next_run_time=job.next_run_time + by)
                        store.update_job(job)
