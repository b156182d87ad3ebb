"""Look at every pair by the clock: two like looks count, and what counts reaches the pair's incident."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from bot.domain.errors import Refusal
from bot.domain.observation import Observation
from bot.domain.pair import Pair
from bot.domain.request import Note, Phase
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.transport import fault
from bot.logs import about
from bot.services.base import Desk
from bot.services.decommissioned import watch_replaced
from bot.services.observation import both, fold, keep_incident, look_once
from bot.store import blindness, host_keys, incidents, run_progress, runs, sightings, ticks

CONFIRM = 5.0  # seconds at least from one look to the next at a pair that shows something new
DOUBTS = 6  # looks at most in a turn: a pair that shows something else each time is looked at again the next turn
REREAD = timedelta(seconds=5)
JITTER = 0.1  # parts of the interval by which a look comes earlier at most, so that pairs do not keep in step
LOOK = "look:"
UNSEEN = timedelta(seconds=30)  # after which people hear that they may decide although nobody could look
ROUND = timedelta(seconds=2)  # in which those that are hurried together are claimed

log = logging.getLogger(__name__)


class NotAsked(Exception):
    """A server was not called, for a reason that is not its own, which is in the words."""


@dataclass
class Monitor:
    """The looks of one process: `submit` runs one in the background; `pause` takes seconds, and is true at the end.

    `steady` is a clock in seconds that nobody sets. `blind` has the pairs that this process cannot look at, each with
    the reason.
    """

    desk: Desk
    submit: Callable[[Callable[[], None]], None]
    pause: Callable[[float], object]
    confirm: float = CONFIRM
    dice: Random = field(default_factory=Random)
    blind: dict[str, str] = field(default_factory=dict)
    steady: Callable[[], float] = time.monotonic
    _under_way: set[str] = field(default_factory=set)
    _plans: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    _known: Mapping[str, Pair] = field(default_factory=dict)
    _read_at: datetime | None = None

    def beat(self) -> None:
        """Claim the looks that are due now, and have them made; one that ends leaves them to the others."""
        if self.desk.stopping.is_set():
            return
        pairs, now = self._pairs(), self.desk.now()
        planned = ticks.planned(self.desk.store)
        self._plan(list(pairs), planned, now)
        for name in pairs:
            due = planned.get(LOOK + name)
            if due is None or (now < due and not self._stood(name, due, pairs[name].look_seconds)):
                continue
            if name in self._under_way:
                continue  # it would only stand in the way of the look that confirms what was just seen
            if ticks.claim(self.desk.store, LOOK + name, due, self._following(pairs[name], due, now)):
                self._under_way.add(name)
                self.submit(partial(self._turn, name))

    def _stood(self, name: str, due: datetime, seconds: float) -> bool:
        """Whether this plan has stood for a whole interval, by a clock that nobody sets: the other was set back."""
        at = self.steady()
        known, since = self._plans.get(name, (None, at))
        if known != due:
            since = at
        self._plans[name] = due, since
        return at - since >= seconds

    def _pairs(self) -> Mapping[str, Pair]:
        """The pairs, read every few seconds; a file that has become wrong must not stop the looks."""
        now = self.desk.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < REREAD:
            self._read_at = now
            try:
                self._known = {name: pair for name, pair in self.desk.pairs().items() if pair.look_seconds}
            except Refusal as refusal:
                log.error("the pairs are looked at as they were: %s", refusal.words)
        return self._known

    def _plan(self, names: list[str], planned: dict[str, datetime], now: datetime) -> None:
        ticks.plan(self.desk.store, {LOOK + name: now for name in names if LOOK + name not in planned})
        gone = [job for job in planned if job.startswith(LOOK) and job.removeprefix(LOOK) not in names]
        if gone:
            ticks.forget(self.desk.store, gone)

    def _following(self, pair: Pair, due: datetime, now: datetime) -> datetime:
        """One interval after the time on the schedule, or after now where the clock or the looks have been away."""
        every = timedelta(seconds=pair.look_seconds)
        late = timedelta(0) <= now - due <= every / 2
        return (due if late else now) + every * (1 + self.dice.uniform(-JITTER, 0))

    def _turn(self, name: str) -> None:
        with about(pair=name):
            try:
                pair = host_keys.overlay(self.desk.store, self._known[name])
                self._see(pair)
            except Refusal as refusal:
                log.error("%s was not looked at: %s", name, refusal.words)
            finally:
                self._under_way.discard(name)

    def _see(self, pair: Pair) -> None:
        """Look; a pair that could not be looked at twice in a row is told of, until it can be again."""
        words = self._looked(pair)
        if words:
            if self.pause(self.confirm):
                return
            words = self._looked(pair)
        if words:
            self.blind[pair.name] = words
            blindness.begin(self.desk.store, pair.name, pair.channel, words)
        else:
            self.blind.pop(pair.name, None)
            blindness.end(self.desk.store, pair.name)

    def _looked(self, pair: Pair) -> str:
        """Make one turn; why this process could not look at the pair, or nothing."""
        began = self.steady()

        def over() -> bool:
            """Wait until `confirm` seconds after the last look began: one that took its time has waited already."""
            nonlocal began
            ended = bool(self.pause(max(0.0, began + self.confirm - self.steady())))
            began = self.steady()
            return ended

        try:
            watch(self.desk, pair, over)
        except NotAsked as missed:
            return str(missed)
        except Refusal:
            raise
        except Exception as error:
            log.exception("a look at %s broke", pair.name)
            return fault(error).words
        return ""


def watch(desk: Desk, pair: Pair, over: Callable[[], bool]) -> None:
    """One turn: look once, and again while it shows something new; what was seen twice alike counts.

    `over` waits between two looks, and tells whether this process ends.
    """
    run = runs.open_run(desk.store, pair.name)
    if run and run.phase in (Phase.INTENT, Phase.SENDING):
        return  # a command moves the states on its way, and its run looks for itself
    began, seen = desk.now(), _look(desk, pair)
    for _ in range(DOUBTS):
        if not _news(desk, snapshot(seen)):
            break
        if snapshot(seen).situation is not SituationCode.HEALTHY:
            _hurry(desk, began)
        if over():
            return
        began, again = desk.now(), _look(desk, pair)
        if snapshot(again).point == snapshot(seen).point:
            keep_incident(desk, again, together=True)
            break
        seen = again
    watch_replaced(desk, pair)


def _look(desk: Desk, pair: Pair) -> Observation:
    """One look at both; raises NotAsked where one of them was not called, which is no evidence."""
    primary, secondary = both(partial(look_once, desk, pair))
    if missed := next((one for one in (primary, secondary) if not one.asked), None):
        raise NotAsked(f"the {missed.role.word} was {missed.words}")
    # Nothing was stated, nothing flaps: as in the look before, or the newest sighting would say otherwise.
    plainly = Observation(pair, primary, secondary)
    if sightings.still_healthy(desk.store, snapshot(plainly), pair.gap):
        return plainly
    return fold(desk, pair, primary, secondary)


def _news(desk: Desk, seen: Snapshot) -> bool:
    """Whether it is something that the pair's incident does not say yet."""
    known = incidents.told(desk.store, seen.pair)
    return seen.point != known.point if known else seen.situation is not SituationCode.HEALTHY


def tell_decidable(desk: Desk) -> None:
    """Call people to the runs of unknown end that they may decide by now, once both servers have been looked at since:
    what was seen while the command may still have been at work says nothing about its end.
    """
    for run in run_progress.newly_decidable(desk.store):
        looked, due = sightings.looked_at(desk.store, run.pair), ticks.planned(desk.store)
        seen = looked is not None and looked >= run.decidable_at
        if seen or LOOK + run.pair not in due or desk.now() >= run.decidable_at + UNSEEN:
            run_progress.note(desk.store, run.id, Note.DECIDABLE, start=Phase.UNKNOWN)
        else:
            ticks.hurry(desk.store, LOOK + run.pair, desk.now(), run.decidable_at)


def _hurry(desk: Desk, began: datetime) -> None:
    """Have the pairs looked at now that were not since this look began: what several have at once is told as one."""
    ticks.hurry(desk.store, LOOK, desk.now(), began - ROUND)
