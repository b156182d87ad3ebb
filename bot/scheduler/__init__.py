"""The jobs that run by the clock, on APScheduler: probes, expiries, reminders, escalations, summaries."""

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from functools import partial

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from bot.domain.errors import Reason, Refusal
from bot.domain.schedule import Schedule
from bot.scheduler.steady_clock import SteadyScheduler
from bot.scheduler.summaries import make_summaries
from bot.services import Desk, Monitor, RunMonitor, adopt, keep_pace, tell_decidable
from bot.store import incidents, maintenance, outbox, ownership, requests, run_progress, sightings
from bot.views.refusals import plain_words

SWEEP = 2.0  # seconds between two sweeps
STILL_RUNNING = 10.0  # seconds between two updates of a run's step list
BEAT = 1.0  # seconds between two checks for pairs that are due to be probed
SUMMARIES = 10.0  # seconds between two checks for summaries that are due
HOMES = 600.0  # seconds after which App Home is redrawn although nothing has changed, as the ages that it shows have
DEPARTED = 60.0  # seconds between two checks for incidents of pairs that the settings no longer have
OFTEN = 10.0  # seconds: a job that recurs within this time counts as missed when it is not done
NUDGE = timedelta(minutes=30)
# since the last probe by any process: another process may have a pairs file that still lists the pair
UNSEEN = timedelta(minutes=10)
REPLAYABLE = timedelta(minutes=10)

log = logging.getLogger(__name__)


def sweep(desk: Desk) -> None:
    """End what has expired and remind once.

    All changes are conditional updates, so any process may run this, also twice.
    """
    keep_pace(desk)
    requests.expire(desk.store)
    requests.remind(desk.store)
    maintenance.expire(desk.store)
    incidents.nudge(desk.store, NUDGE)
    adopt(desk)
    tell_decidable(desk)
    escalate(desk)


def escalate(desk: Desk) -> None:
    """Escalate the incidents that nobody has taken in time."""
    untaken = [incident for incident in incidents.all_open(desk.store) if not (incident.owner or incident.escalated_at)]
    pairs = desk.pairs() if untaken else {}
    for incident in untaken:
        pair = pairs.get(incident.pair)
        if pair and pair.escalate_to:
            incidents.escalate(desk.store, pair.name, timedelta(minutes=pair.escalate_minutes), pair.escalate_to)


def let_go(desk: Desk) -> None:
    """Close the incidents of pairs that the settings no longer have.

    Nobody would see such a pair healthy again, and nobody could close its incident.
    """
    open_incidents = incidents.all_open(desk.store)
    pairs = desk.pairs() if open_incidents else {}
    for incident in open_incidents:
        seen = sightings.looked_at(desk.store, incident.pair) or incident.opened_at
        if incident.pair not in pairs and seen <= desk.now() - UNSEEN:
            incidents.close(desk.store, incident.latest, None, "left")


def still_running(desk: Desk) -> None:
    """Update the step list of every run that this process holds, which shows how long the run has taken."""
    for run in ownership.held(desk.store):
        run_progress.progress(desk.store, run.id)


def make_scheduler(
    desk: Desk,
    watch: Monitor | None = None,
    schedules: Callable[[], Iterable[Schedule]] = tuple,
    sweep_seconds: float = SWEEP,
    ticked: Callable[[str], None] = lambda _job: None,
    meanwhile: RunMonitor | None = None,
) -> BackgroundScheduler:
    """Build the scheduler, without starting it. Its jobs live in memory; what they change is in the store.

    `ticked` is called with the name of each job that recurs within OFTEN, when the job is added and whenever it was
    done.
    """
    scheduler = SteadyScheduler(
        desk.now, timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_listener(Failing(), EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
    jobs: dict[str, tuple[Callable[[], object], float]] = {
        "sweep": (lambda: sweep(desk), sweep_seconds),
        "incidents of pairs that are gone": (lambda: let_go(desk), DEPARTED),
        "runs' progress": (lambda: still_running(desk), STILL_RUNNING),
        "old receipts": (lambda: outbox.forget_receipts(desk.store, REPLAYABLE), 300.0),
        "App Home": (lambda: outbox.redraw_homes(desk.store), HOMES),
        "summaries": (lambda: make_summaries(desk, schedules()), SUMMARIES),
    }
    if watch:
        jobs["looks"] = (watch.beat, BEAT)
    if meanwhile:
        jobs["looks at what is under way"] = (meanwhile.beat, BEAT)
    often = {name for name, (_, seconds) in jobs.items() if seconds <= OFTEN}
    scheduler.add_listener(partial(_tick, often, ticked), EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
    for name in often:
        ticked(name)
    for name, (job, seconds) in jobs.items():
        scheduler.add_job(job, "interval", id=name, seconds=seconds)
    return scheduler


def _tick(often: Collection[str], ticked: Callable[[str], None], event: JobExecutionEvent) -> None:
    """Report a job as done, unless it failed.

    A job that was refused because of the pairs file counts as done, as that mistake is reported by itself.
    """
    refused = isinstance(event.exception, Refusal) and event.exception.reason is Reason.SETTINGS
    if event.job_id in often and (event.code == EVENT_JOB_EXECUTED or refused):
        ticked(event.job_id)


class Failing:
    """Logs a failing job once until it works again, so that an outage of an hour does not fill a thousand lines."""

    def __init__(self) -> None:
        self._jobs: set[str] = set()

    def __call__(self, event: JobExecutionEvent) -> None:
        if event.code == EVENT_JOB_EXECUTED and event.job_id in self._jobs:
            self._jobs.discard(event.job_id)
            log.warning("what is done by the clock works again: %s", event.job_id)
        elif event.code == EVENT_JOB_ERROR and event.job_id not in self._jobs:
            self._jobs.add(event.job_id)
            refused = isinstance(event.exception, Refusal)
            why = plain_words(event.exception) if refused else event.exception
            ours = None if refused else event.exception
            log.error("what is done by the clock failed: %s: %s", event.job_id, why, exc_info=ours)
