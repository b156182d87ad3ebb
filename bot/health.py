"""What happens by the clock, on APScheduler: requests expire, approvers are reminded, running runs stay told of."""

import logging
from collections.abc import Callable
from datetime import timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from bot.desk import Desk, adopt
from bot.store import holding, incidents, posts, requests, runs

SWEEP = 2.0  # seconds
STILL_RUNNING = 10.0  # seconds between two updates of a run's step list
NUDGE = timedelta(minutes=30)
REPLAYABLE = timedelta(minutes=10)

log = logging.getLogger(__name__)


def sweep(desk: Desk) -> None:
    """End what expired and remind once; conditional updates, so that it may run anywhere and twice."""
    requests.expire(desk.store)
    requests.remind(desk.store)
    incidents.nudge(desk.store, NUDGE)
    adopt(desk)


def still_running(desk: Desk) -> None:
    """Have every run of this process show how long it has been running."""
    for run in holding.held(desk.store):
        runs.progress(desk.store, run.id)


def make_scheduler(desk: Desk, sweep_seconds: float = SWEEP) -> BackgroundScheduler:
    """The scheduler, not started; its jobs live in memory, what they change in the store."""
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_listener(_told, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    jobs: list[tuple[Callable[[], None], float]] = [
        (lambda: sweep(desk), sweep_seconds),
        (lambda: still_running(desk), STILL_RUNNING),
        (lambda: posts.forget_receipts(desk.store, REPLAYABLE), 300.0),
    ]
    for job, seconds in jobs:
        scheduler.add_job(job, "interval", seconds=seconds)
    return scheduler


def _told(event: JobExecutionEvent) -> None:
    log.error("a scheduled job failed or was missed: %s", getattr(event, "exception", None))
