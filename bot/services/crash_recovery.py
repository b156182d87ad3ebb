"""End the runs and requests whose process has died, by what was stored. Nothing is sent again.

Any process can do this, and the database makes sure that only one does.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bot.domain.errors import Refusal
from bot.domain.manual_steps import still_by_hand
from bot.domain.outcome import Judgement, Outcome
from bot.domain.request import Phase, RunView
from bot.domain.snapshot import Snapshot
from bot.services.base import Desk
from bot.services.observation import observe, shown
from bot.store import ownership, processes, requests, run_progress, runs

TRIES = 900
BETWEEN = 2.0  # seconds between two tries, or between two observations
# A frozen database may have stored a claim that it seemed to refuse; after this time the run is ended.
UNCONFIRMED = timedelta(seconds=30)
DIED = "My process that ran it has died."
UNBEGUN = "I was restarted between the approval and the run. Nothing was sent. Ask again."

T = TypeVar("T")
log = logging.getLogger(__name__)


def persist(desk: Desk, write: Callable[[], T]) -> T | None:
    """Write to the database, and try again every BETWEEN seconds while it is away.

    Returns None after TRIES attempts; after a restart, the bot goes on from what was stored.
    """
    for _ in range(TRIES):
        try:
            return write()
        except Refusal:
            log.error("the database cannot be written; trying again")
            desk.sleep(BETWEEN)
    return None


def reconcile(desk: Desk, run: RunView, why: str) -> None:
    """End a run that has lost its process: not sent if it was only intended, unknown if it was being sent.

    The run is ended only if it is still in the phase seen here, so that a run which is sent meanwhile is never recorded
    as not sent.
    """
    match run.phase:
        case Phase.INTENT:
            how = still_by_hand(requests.get(desk.store, run.request_id).plan)
            words = f"{why} It had not been sent, and will not be.\n{how}"
            runs.end(desk.store, run.id, Judgement(Outcome.NOT_SENT, words), None, "", start=(run.phase,))
        case Phase.SENDING:
            words = f"{why} It was being sent."
            seen = _evidence(desk, run.pair)
            runs.end(desk.store, run.id, Judgement(Outcome.UNKNOWN, words), seen, "", start=(run.phase,))
        case _:
            return


def _evidence(desk: Desk, name: str) -> Snapshot | None:
    """Return what both servers show now.

    None where the settings do not give the pair: the run must be ended all the same.
    """
    try:
        pair = desk.pair(name)
    except Refusal:
        return None
    return shown(desk, observe(desk, pair))


def keep_pace(desk: Desk) -> None:
    """Keep people from deciding too early how a run ended.

    If the wall clock has jumped ahead, every run waits longer by as much.
    """
    if desk.elapsed is None:
        return
    with desk.pace.lock:
        now, elapsed = desk.now(), desk.elapsed()
        if by := desk.pace.ahead(now, elapsed):
            log.warning("the clock has jumped ahead by %s", by)
            run_progress.put_off(desk.store, by)
        desk.pace.last = (now, elapsed)


def resume_pace(desk: Desk) -> None:
    """At a start, count the time since the last sign of a living process as a jump of the clock.

    No process was running, so nobody can tell whether a night has passed or the clock was set. People who wait for a
    command's end therefore wait a little longer.
    """
    if desk.elapsed is not None and (last := processes.last_sign(desk.store)):
        desk.pace.last = (last, desk.elapsed())
        keep_pace(desk)


def adopt(desk: Desk) -> None:
    """End the runs that no thread works on any more, and void the requests that dead processes did not start.

    The runs are those of this process whose thread has ended without recording an outcome, and those of processes that
    have died. The requests are the ones that such a process had approved.
    """
    for run in ownership.held(desk.store):
        if desk.held.get(run.id) is False:
            _end_soon(desk, run.id, "I lost sight of it.")
        elif run.id not in desk.held and desk.now() - run.started_at > UNCONFIRMED:
            _end_soon(desk, run.id, "My database did not confirm the start.")
    if desk.stopping.is_set():
        return  # the other processes take over the runs of dead ones
    for run in ownership.take_over(desk.store):
        _end_soon(desk, run.id, DIED)
    ownership.void(desk.store, UNBEGUN)


def _end_soon(desk: Desk, run_id: int, why: str) -> None:
    desk.held[run_id] = True
    desk.submit(partial(_reconcile_alone, desk, run_id, why))


def _reconcile_alone(desk: Desk, run_id: int, why: str) -> None:
    try:
        reconcile(desk, runs.get(desk.store, run_id), why)
    finally:
        desk.held[run_id] = False


def recover(desk: Desk) -> None:
    """After a start, end the runs that no living process holds, by what was stored. Nothing is sent again."""
    left = persist(desk, lambda: ownership.take_over(desk.store)) or ()
    desk.held.update({run.id: True for run in left})
    for run in left:
        try:
            persist(desk, partial(reconcile, desk, run, "I was restarted."))
        except Exception as error:  # the bot still has to end the other runs; `adopt` tries this one again
            log.error("run %s could not be ended: %s", run.id, type(error).__name__)
        desk.held[run.id] = False
    persist(desk, lambda: ownership.void(desk.store, UNBEGUN))
