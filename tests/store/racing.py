"""Racers: threads in several processes that do the same thing to the same row at the same moment, row after row."""

import multiprocessing
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import col, update

from bot.domain.errors import Refusal
from bot.domain.outcome import Judgement, Outcome
from bot.domain.pair import Role
from bot.domain.pin import Stage as Pinned
from bot.domain.request import Phase, Stage
from bot.store import (
    MessageKind,
    Store,
    closure,
    host_keys,
    incidents,
    maintenance,
    outbox,
    ownership,
    processes,
    requests,
    run_progress,
    runs,
    sightings,
)
from bot.store.tables import Request, Sighting
from tests.store.given import ME, START, Clock, asked, pair, seen

PATIENCE = 60.0  # seconds until a racer that hangs fails the test
MEANWHILE = 0.02  # seconds for which the control arms leave what they have read to the others


@dataclass(frozen=True)
class Racer:
    """Who races: `number` counts over all processes."""

    store: Store
    number: int

    @property
    def name(self) -> str:
        return f"U{self.number}"


def claim(racer: Racer, row: int) -> bool:
    """True for the one that may send."""
    try:
        return runs.claim(racer.store, row, Role.SECONDARY, seen(f"pair {row}")) is not None
    except Refusal:
        return False


def claim_naively(racer: Racer, row: int) -> bool:
    """The control arm: look whether it is approved, then take it."""
    with racer.store.reading() as session:
        request = session.get(Request, row)
        approved = request is not None and request.stage == Stage.APPROVED
    if not approved:
        return False
    time.sleep(MEANWHILE)
    with racer.store.writing() as session:
        session.execute(update(Request).where(col(Request.id) == row).values(stage=Stage.STARTED))
        session.commit()
    return True


def claim_either(racer: Racer, row: int) -> bool:
    """Rows 1 and 2, 3 and 4 … are two approved requests of one pair, forced there: at most one may run."""
    return claim(racer, row + racer.number % 2)


def approve(racer: Racer, row: int) -> str:
    """The stage that this person's approval led to."""
    try:
        found = requests.approve(racer.store, row, racer.name, Stage.APPROVED, 15)
    except Refusal as refusal:
        return refusal.reason
    return found.stage if found else "too late"


def approve_and_claim(racer: Racer, row: int) -> bool:
    """A click that reaches everybody: each counts its own approval, and each that finds it approved would send."""
    approve(racer, row)
    return claim(racer, row)


def approve_twice(racer: Racer, row: int) -> str:
    """Every thread is the same person, clicking on and on."""
    return approve(Racer(racer.store, 0), row)


def approve_naively(racer: Racer, row: int) -> str:
    """The control arm: read the count, add one, write it back."""
    with racer.store.reading() as session:
        request = session.get(Request, row)
        assert request is not None
        count = request.approvals + 1
    time.sleep(MEANWHILE)
    stage = Stage.STARTED if count == 2 else Stage.PENDING
    with racer.store.writing() as session:
        session.execute(update(Request).where(col(Request.id) == row).values(approvals=count, stage=stage))
        session.commit()
    return stage


def decide(racer: Racer, row: int) -> str:
    """Even ones deny, odd ones approve and claim."""
    if racer.number % 2 == 0:
        return "denied" if requests.decide(racer.store, row, Stage.DENIED, racer.name, "no") else "late"
    stage = approve(racer, row)
    return "claimed" if stage == Stage.APPROVED and claim(racer, row) else "late"


def stop_or_answer(racer: Racer, row: int) -> str:
    """One racer is the run at its commit point, everybody else presses Stop."""
    if racer.number == 0:
        return "answered" if runs.commit_answer(racer.store, row, patience=timedelta(0)) else "halted"
    return "stopped" if run_progress.stop(racer.store, row, racer.name) else "late"


def stop_or_send(racer: Racer, row: int) -> str:
    """One racer is about to send, everybody else presses Stop."""
    if racer.number == 0:
        return "sent" if runs.sending(racer.store, row, asks=True, patience=timedelta(0)) else "halted"
    return "stopped" if run_progress.stop(racer.store, row, racer.name) else "late"


def end(racer: Racer, row: int) -> str:
    """Everybody has another judgement; the words that were kept come back."""
    judged = Judgement(Outcome.UNKNOWN if racer.number % 2 else Outcome.SUCCEEDED, racer.name)
    return runs.end(racer.store, row, judged, None, "").words


def close(racer: Racer, row: int) -> bool:
    """True for the one whose word was taken."""
    phase = Phase.TOOK_EFFECT if racer.number % 2 else Phase.DID_NOT
    return closure.close(racer.store, row, racer.name, phase, None) is not None


def ask(racer: Racer, row: int) -> bool:
    """True for the one whose request was recorded."""
    try:
        asked(racer.store, f"pair {row}")
    except Refusal:
        return False
    return True


def remind(racer: Racer, _row: int) -> int:
    """How many reminders this sweep has sent."""
    return requests.remind(racer.store)


def expire(racer: Racer, _row: int) -> int:
    """How many requests this sweep has ended."""
    return requests.expire(racer.store)


def first_time(racer: Racer, row: int) -> bool:
    """True for the one that took the event."""
    return outbox.first_time(racer.store, f"Ev{row}")


def arm(racer: Racer, row: int) -> bool:
    """Nobody fails, however many say so."""
    sightings.arm(racer.store, pair(f"pair {row}"))
    return True


def see(racer: Racer, row: int) -> bool:
    """Everybody sees the same change at once."""
    sightings.see(racer.store, seen(f"pair {row}"))
    return True


def see_naively(racer: Racer, row: int) -> bool:
    """The control arm: look at the newest row, then write another."""
    name = f"pair {row}"
    if sightings.last_seen(racer.store, name) is None:
        time.sleep(MEANWHILE)
        with racer.store.writing() as session:
            what = seen(name)
            now = racer.store.now()
            words = {"situation": what.situation, "key": what.key, "seen": what.as_json()}
            session.add(Sighting(pair=name, first_at=now, last_at=now, **words))
    return True


def take(racer: Racer, row: int) -> bool:
    """True for the one that may post the card; all of them have listed it."""
    alone = Store("", racer.store.now, racer.store.engine)  # every thread is a process of its own
    return outbox.take(alone, outbox.DueMessage(row, MessageKind.CARD, "", row, None, None, None, None, 1, 0))


def pin(racer: Racer, row: int) -> bool:
    """Each racer has offered a key for the same server, and somebody approves all of them at once."""
    try:
        return host_keys.decide(racer.store, row + racer.number, Pinned.APPROVED, racer.name) is not None
    except Refusal:
        return False


def take_over(racer: Racer, _row: int) -> list[int]:
    """The runs of a dead process that this one has now."""
    alone = Store("", racer.store.now, racer.store.engine)  # every thread is a process of its own
    processes.beat(alone, processes.Self("here", racer.number, "1.0"))
    return [run.id for run in ownership.take_over(alone)]


def work(racer: Racer, row: int) -> bool:
    """Everybody begins maintenance on the same pair."""
    until = racer.store.now() + timedelta(hours=1 + racer.number)
    return maintenance.begin(racer.store, f"pair {row}", "C0RECOVERY", racer.name, "work", until).id > 0


def escalate(racer: Racer, row: int) -> bool:
    """Each tells the same people further of another incident of one storm."""
    return incidents.escalate(racer.store, f"pair {row} {racer.number}", timedelta(minutes=15), ("C0BOSSES",))


def show(racer: Racer, row: int) -> bool:
    """Everybody has a run shown anew."""
    run_progress.progress(racer.store, row)
    return True


JOBS: dict[str, Callable[[Racer, int], Any]] = {
    job.__name__: job
    for job in (
        claim,
        claim_naively,
        claim_either,
        approve,
        approve_and_claim,
        approve_twice,
        approve_naively,
        decide,
        stop_or_answer,
        stop_or_send,
        end,
        close,
        ask,
        remind,
        expire,
        first_time,
        arm,
        see,
        see_naively,
        pin,
        take,
        take_over,
        work,
        escalate,
        show,
    )
}


class Racers:
    """Processes of threads that wait for the next race; they start once, for that takes the longest."""

    def __init__(self, processes: int = 2, threads: int = 3) -> None:
        context = multiprocessing.get_context("spawn")
        self._number = processes * threads
        self._results: Any = context.Queue()
        self._tasks: list[Any] = [context.Queue() for _ in range(processes)]
        self._barrier = context.Barrier(self._number)  # kept: a process that is still starting opens it by name
        self._processes = [
            context.Process(
                target=_process, args=(n * threads, threads, tasks, self._barrier, self._results), daemon=True
            )
            for n, tasks in enumerate(self._tasks)
        ]
        for process in self._processes:
            process.start()

    def race(self, url: str, job: str, rows: Sequence[int], minutes: float = 1) -> list[list[Any]]:
        """What each racer got, row by row; the clock stands `minutes` after the start."""
        for tasks in self._tasks:
            tasks.put((url, job, tuple(rows), minutes))
        found: dict[int, list[Any]] = {row: [] for row in rows}
        broken: list[BaseException] = []
        for _ in range(len(rows) * self._number):
            try:
                row, result = self._results.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"a racer hangs: {found}") from None
            (broken if isinstance(result, BaseException) else found[row]).append(result)
        if broken:
            raise broken[0]
        return list(found.values())

    def close(self) -> None:
        """End all of them."""
        for process in self._processes:
            process.terminate()
            process.join()


def _process(first: int, threads: int, tasks: Any, *shared: Any) -> None:
    while True:
        url, job, rows, minutes = tasks.get()
        clock = Clock(START)
        clock.tick(minutes=minutes)
        store = Store(url, clock)
        store.me = ME
        racers = [Racer(store, first + number) for number in range(threads)]
        running = [threading.Thread(target=_thread, args=(JOBS[job], racer, rows, *shared)) for racer in racers]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        store.engine.dispose()


def _thread(job: Callable[[Racer, int], Any], racer: Racer, rows: Sequence[int], barrier: Any, results: Any) -> None:
    with racer.store.reading() as session:
        session.get(Request, 0)  # connected before the start
    for row in rows:
        barrier.wait(PATIENCE)
        try:
            results.put((row, job(racer, row)))
        except Exception as error:
            results.put((row, AssertionError(f"{type(error).__name__}: {error}")))


def prepared(store: Store, make: Callable[..., Any], count: int, **more: Any) -> list[int]:
    """As many rows as there are rounds, each of a pair of its own, named after its number."""
    made = [make(store, f"pair {number}", **more).id for number in range(1, count + 1)]
    assert made == list(range(1, count + 1))
    return made
