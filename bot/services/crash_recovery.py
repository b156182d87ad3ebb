"""End what lost its process: by what was durable, never sent again; any process does it, and one of them only."""

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
BETWEEN = 2.0  # seconds between two tries, or two looks
UNCONFIRMED = timedelta(seconds=30)  # a claim that was refused may have been written all the same, by a frozen database
DIED = "My process that ran it has died."
UNBEGUN = "I was restarted between the approval and the run. Nothing was sent. Ask again."

T = TypeVar("T")
log = logging.getLogger(__name__)


def persist(desk: Desk, write: Callable[[], T]) -> T | None:
    """Write, and again while the database is away; a restart finds what was durable instead. None when given up."""
    for _ in range(TRIES):
        try:
            return write()
        except Refusal:
            log.error("the database cannot be written; trying again")
            desk.sleep(BETWEEN)
    return None


def reconcile(desk: Desk, run: RunView, why: str) -> None:
    """A run that lost its process: not sent if it was only intended, unknown if it was being sent.

    Only from the phase that it was seen in: one that is sent meanwhile is not told as not sent.
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
    """What both servers say now; None where the settings do not give the pair: that must not keep the end untold."""
    try:
        pair = desk.pair(name)
    except Refusal:
        return None
    return shown(desk, observe(desk, pair))


def keep_pace(desk: Desk) -> None:
    """Have nobody decide earlier how a run ended because the clock has jumped ahead."""
    if desk.elapsed is None:
        return
    with desk.pace.lock:
        now, elapsed = desk.now(), desk.elapsed()
        if by := desk.pace.ahead(now, elapsed):
            log.warning("the clock has jumped ahead by %s", by)
            run_progress.put_off(desk.store, by)
        desk.pace.last = (now, elapsed)


def resume_pace(desk: Desk) -> None:
    """At a start: have the time since the last sign of a living process count as a jump of the clock.

    Nobody was there to tell a night from a clock that was set: who waits for a command's end waits a little longer.
    """
    if desk.elapsed is not None and (last := processes.last_sign(desk.store)):
        desk.pace.last = (last, desk.elapsed())
        keep_pace(desk)


def adopt(desk: Desk) -> None:
    """End what nobody is at any more: the runs of this process whose thread is gone without having told their end,
    and those of processes that have died, with the requests that these had approved and not begun.
    """
    for run in ownership.held(desk.store):
        if desk.held.get(run.id) is False:
            _end_soon(desk, run.id, "I lost sight of it.")
        elif run.id not in desk.held and desk.now() - run.started_at > UNCONFIRMED:
            _end_soon(desk, run.id, "My database did not confirm the start.")
    if desk.stopping.is_set():
        return  # the others are there for it
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
    """After a start: end what no living process holds, by what was durable; nothing is sent again."""
    left = persist(desk, lambda: ownership.take_over(desk.store)) or ()
    desk.held.update({run.id: True for run in left})
    for run in left:
        try:
            persist(desk, partial(reconcile, desk, run, "I was restarted."))
        except Exception as error:  # one that cannot be ended must not keep the others: the sweep tries it again
            log.error("run %s could not be ended: %s", run.id, type(error).__name__)
        desk.held[run.id] = False
    persist(desk, lambda: ownership.void(desk.store, UNBEGUN))
