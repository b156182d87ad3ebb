"""Observe every pair by the clock. What two observations in a row show alike reaches the pair's incident."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from bot.domain.errors import Refusal
from bot.domain.history import Standing
from bot.domain.observation import Observation
from bot.domain.pair import Pair
from bot.domain.pin import overlay
from bot.domain.request import Note, Phase
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.transport import fault
from bot.logs import about
from bot.services.base import Desk
from bot.services.decommissioned import watch_replaced
from bot.services.observation import both, fold, keep_incident, look_once
from bot.store import blindness, history, incidents, run_progress, sightings, ticks

CONFIRM = 5.0  # seconds at least between two observations of a pair that shows something new
# Observations at most in a turn; a pair that shows something else each time is observed again in the next turn.
DOUBTS = 6
REREAD = timedelta(seconds=5)
# Fraction of the interval by which an observation comes earlier at most, so that pairs do not keep in step.
JITTER = 0.1
LOOK = "look:"
# After this time, people hear that they may decide although nobody could observe the pair.
UNSEEN = timedelta(seconds=30)
# Pairs whose observation was claimed within this time before are not hurried: they were hurried together.
ROUND = timedelta(seconds=2)

log = logging.getLogger(__name__)


class NotAsked(Exception):
    """A server was not called, for a reason that is not the server's own. The words say the reason."""


@dataclass
class Monitor:
    """Makes the observations that are due in this process.

    `submit` runs a function in the background. `pause` waits for a number of seconds and returns true when this process
    ends. `confirm` is the least time in seconds between two observations of one turn.

    `dice` draws the jitter. `blind` has the pairs that this process cannot observe, each with the reason. `steady` is a
    monotonic clock in seconds.
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
        """Claim the observations that are due now and start them in the background.

        A process that is being stopped claims nothing, so that the other processes make them.
        """
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
                continue  # a second turn would only delay the observation that confirms what was just seen
            if ticks.claim(self.desk.store, LOOK + name, due, self._following(pairs[name], due, now)):
                self._under_way.add(name)
                self.submit(partial(self._turn, name))

    def _stood(self, name: str, due: datetime, seconds: float) -> bool:
        """Whether this due time has stood in the plan for a whole interval, by the monotonic clock.

        Then the wall clock was set back, and the observation must not wait for it to catch up.
        """
        at = self.steady()
        known, since = self._plans.get(name, (None, at))
        if known != due:
            since = at
        self._plans[name] = due, since
        return at - since >= seconds

    def _pairs(self) -> Mapping[str, Pair]:
        """Return the pairs, read from the settings every few seconds.

        Where the settings file has become wrong, the bot goes on with the pairs as they were.
        """
        now = self.desk.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < REREAD:
            self._read_at = now
            try:
                self._known = {name: pair for name, pair in self.desk.pairs().items() if pair.look_seconds}
            except Refusal as refusal:
                log.error("the pairs are looked at as they were: %s", self.desk.worded(refusal))
        return self._known

    def _plan(self, names: list[str], planned: dict[str, datetime], now: datetime) -> None:
        ticks.plan(self.desk.store, {LOOK + name: now for name in names if LOOK + name not in planned})
        gone = [job for job in planned if job.startswith(LOOK) and job.removeprefix(LOOK) not in names]
        if gone:
            ticks.forget(self.desk.store, gone)

    def _following(self, pair: Pair, due: datetime, now: datetime) -> datetime:
        """Return when the next observation is due: one interval after the planned time.

        Where the clock has jumped, or observations were missed for a while, it is one interval after now.
        """
        every = timedelta(seconds=pair.look_seconds)
        late = timedelta(0) <= now - due <= every / 2
        return (due if late else now) + every * (1 + self.dice.uniform(-JITTER, 0))

    def _turn(self, name: str) -> None:
        with about(pair=name):
            try:
                self._see(self._known[name])
            except Refusal as refusal:
                log.error("%s was not looked at: %s", name, self.desk.worded(refusal))
            finally:
                self._under_way.discard(name)

    def _see(self, pair: Pair) -> None:
        """Observe the pair.

        If that was impossible twice in a row, tell the pair's channel, until it is possible again.
        """
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

    def _looked(self, pair: Pair) -> str:
        """Make one turn. Returns why this process could not observe the pair, or an empty string."""
        began = self.steady()

        def over() -> bool:
            """Wait until `confirm` seconds after the last observation began, and return whether this process ends.

            An observation that took that long needs no further wait.
            """
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


def watch(desk: Desk, file: Pair, over: Callable[[], bool]) -> None:
    """Make one turn: observe the pair once, and again while it shows something new.

    What two observations in a row show alike counts, and reaches the incident. `over` waits between two observations,
    and returns whether this process ends. `file` is the pair as the settings file has it.
    """
    standing = history.standing(desk.store, file.name)
    if not standing.at_work:  # a command changes the states while it works, and its run observes the pair itself
        _observe(desk, overlay(file, standing.pins), standing, over)
    if standing.blind:
        blindness.end(desk.store, file.name, file.channel)


def _observe(desk: Desk, pair: Pair, standing: Standing, over: Callable[[], bool]) -> None:
    began, seen, told = desk.now(), _look(desk, pair), standing.told
    for _ in range(DOUBTS):
        if not _news(told, snapshot(seen)):
            break
        if snapshot(seen).situation is not SituationCode.HEALTHY:
            # Pairs that were not observed since are due now: a trouble that several have at once is told as one.
            ticks.hurry(desk.store, LOOK, desk.now(), began - ROUND)
        if over():
            return
        began, again = desk.now(), _look(desk, pair)
        if snapshot(again).point == snapshot(seen).point:
            keep_incident(desk, again, together=True)
            break
        seen, told = again, incidents.told(desk.store, pair.name)
    watch_replaced(desk, pair, standing.pins)


def _look(desk: Desk, pair: Pair) -> Observation:
    """Observe both servers once. Raises NotAsked where one of them was not called, since that is no evidence."""
    primary, secondary = both(partial(look_once, desk, pair))
    if missed := next((probe for probe in (primary, secondary) if not probe.asked), None):
        raise NotAsked(f"the {missed.role.word} was {missed.words}")
    # Statements and flapping are left out here. If they mattered, the newest sighting would not be healthy with the
    # same key, and the whole observation would be made below.
    plainly = Observation(pair, primary, secondary)
    if sightings.still_healthy(desk.store, snapshot(plainly), pair.gap):
        return plainly
    return fold(desk, pair, primary, secondary)


def _news(told: Snapshot | None, seen: Snapshot) -> bool:
    """Whether the observation shows something that the pair's incident does not say yet."""
    return seen.point != told.point if told else seen.situation is not SituationCode.HEALTHY


def tell_decidable(desk: Desk) -> None:
    """Tell people which runs of unknown outcome they may decide by now.

    First, both servers must have been observed since the command can no longer be at work: what was seen earlier says
    nothing about its end. People are told all the same where nobody could observe them for UNSEEN, or where the pair is
    not observed by the clock.
    """
    for run in run_progress.newly_decidable(desk.store):
        looked, due = sightings.looked_at(desk.store, run.pair), ticks.planned(desk.store)
        seen = looked is not None and looked >= run.decidable_at
        if seen or LOOK + run.pair not in due or desk.now() >= run.decidable_at + UNSEEN:
            run_progress.note(desk.store, run.id, Note.DECIDABLE, start=Phase.UNKNOWN)
        else:
            ticks.hurry(desk.store, LOOK + run.pair, desk.now(), run.decidable_at)
