"""A scheduler that keeps its pace when the system's clock is set: its jobs recur by the monotonic clock."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

LONGEST = 1.0  # seconds at most between two wake-ups
JUMP = timedelta(seconds=1)  # a smaller jump is ordinary clock correction


class SteadyScheduler(BackgroundScheduler):  # type: ignore[misc]
    """An APScheduler that moves its jobs when the clock was set back.

    APScheduler itself plans each job by the system's clock. When that is set back by an hour, all jobs would rest for
    an hour.
    """

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], float] = time.monotonic, **more: object):
        super().__init__(**more)
        self._wall, self._steady = wall, steady
        self._last = self._pair()

    def _pair(self) -> tuple[datetime, float]:
        return self._wall(), self._steady()

    def _process_jobs(self) -> float | None:
        """Run the jobs that are due. Returns the seconds until APScheduler shall call this again, at most LONGEST."""
        (before, began), (now, at) = self._last, self._pair()
        self._last = now, at
        jump = now - before - timedelta(seconds=at - began)
        if jump < -JUMP:
            self._shift(jump)
        seconds: float | None = super()._process_jobs()
        # At most LONGEST, as the clock may have been set between this check and APScheduler's own.
        return seconds if seconds is None else min(seconds, LONGEST)

    def _shift(self, by: timedelta) -> None:
        """Move every job's next run by this much, so that it comes when it would have come."""
        with self._jobstores_lock:
            for store in self._jobstores.values():
                for job in store.get_all_jobs():
                    if job.next_run_time:
                        job._modify(next_run_time=job.next_run_time + by)
                        store.update_job(job)
