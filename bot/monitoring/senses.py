"""Collects the vital signs: some are measured in this process, others are read from the database now and then."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.errors import Refusal
from bot.domain.pair import Pair
from bot.monitoring.signs import DATABASE, Canary, Vitals
from bot.store import Store, canaries, metrics, pulse
from bot.store.canaries import CanaryHealth
from bot.store.metrics import Waiting

UNLOOKED = 60.0  # seconds without a probe before a pair is overdue, however short its interval is
FROZEN = 30.0  # seconds: if two rounds are further apart, the process was frozen in between

Clock = Callable[[], float]


@dataclass(frozen=True)
class Hearing:
    """What this process knows of Slack. Each field has the meaning of that name in Vitals."""

    silence: float
    envelope: float | None
    connected: bool | None
    connections: int
    opened: float | None
    heard: bool


@dataclass(frozen=True)
class Sources:
    """Where the vital signs come from. Every function answers at once, except `pairs`, which reads the pairs file."""

    store: Store
    hearing: Callable[[], Hearing]
    tick: Callable[[], tuple[str, float]]  # the job that was done longest ago, and its age in seconds
    queues: Callable[[], Mapping[str, int]]
    canary_channel: str = ""
    canary_seconds: float = 60.0
    clock: Clock = time.monotonic
    pairs: Callable[[], Mapping[str, Pair]] = dict  # raises Refusal if the pairs file cannot be read
    blind: Callable[[], Mapping[str, str]] = dict


@dataclass(frozen=True)
class _Seen:
    """What one look found in the database.

    `at` is when, by the monotonic clock, and `seconds` how long the write took. `flown` is about the canary messages,
    and `unlooked` holds the overdue pairs with their ages.
    """

    at: float
    seconds: float
    waiting: Waiting = field(default_factory=Waiting)
    flown: CanaryHealth = field(default_factory=CanaryHealth)
    unlooked: Mapping[str, float] = field(default_factory=dict)


class LookAges:
    """For how long nobody has probed each pair, by the monotonic clock."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[datetime | None, float]] = {}

    def overdue(
        self, pairs: Mapping[str, Pair], looks: Mapping[str, datetime], busy: Collection[str], at: float
    ) -> dict[str, float]:
        """Return the pairs that should have been probed by now, with the seconds since a new probe was last noticed.

        `at` is the time of the monotonic clock. A pair with a run under way does not count, as its run probes it. Nor
        does a pair that is probed only when somebody asks.
        """
        overdue_jobs = {}
        for name, pair in pairs.items():
            last, since = self._last.get(name, (None, at))
            if name not in self._last or looks.get(name) != last or name in busy or not pair.look_seconds:
                last, since = looks.get(name), at
            self._last[name] = last, since
            if at - since > max(pair.gap.total_seconds(), UNLOOKED):
                overdue_jobs[name] = at - since
        return overdue_jobs


class VitalSignReader:
    """Collects the vital signs.

    `look` reads the pairs file and the database, which may take time. `vitals` returns the newest signs at once.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        # Ages count from `_awake` on. `_round` is the last round of the self-monitor.
        self._awake = self._round = sources.clock()
        self._seen: _Seen | None = None
        self._unread: float | None = None  # since when the pairs file cannot be read
        self._pairs: Mapping[str, Pair] = {}
        self._looks = LookAges()
        self._lock = threading.Lock()
        self.stopping = False  # while the process ends, silence is no trouble

    def round(self) -> None:
        """Record that the self-monitor is alive.

        After a gap longer than FROZEN, nothing is known of what happened meanwhile, so ages count from now.
        """
        now = self.sources.clock()
        if now - self._round > FROZEN:
            self._awake = now
        self._round = now

    def age(self) -> float:
        """Return the seconds since the last round."""
        return self.sources.clock() - self._round

    def look(self) -> bool:
        """Read the pairs file, write to the database and read from it. Returns whether the database could be used."""
        self._read()
        sources, began = self.sources, self.sources.clock()
        try:
            pulse.beat(sources.store)
            seconds = sources.clock() - began
            flown = canaries.flown(sources.store, sources.canary_channel) if sources.canary_channel else CanaryHealth()
            unlooked = self._looks.overdue(
                self._pairs, metrics.looks(sources.store), metrics.busy(sources.store), sources.clock()
            )
            seen = _Seen(sources.clock(), seconds, metrics.waiting(sources.store), flown, unlooked)
        except Refusal:
            return False
        with self._lock:
            if self._seen and seen.at - self._seen.at > DATABASE:
                self._awake = seen.at  # no canary could be recorded while the database was away
            self._seen = seen
        return True

    def _read(self) -> None:
        try:
            self._pairs = self.sources.pairs()
            self._unread = None
        except Refusal:
            self._unread = self.sources.clock() if self._unread is None else self._unread

    def vitals(self) -> Vitals:
        """Return how the bot is now."""
        sources, now = self.sources, self.sources.store.now()
        clock, hearing = sources.clock(), sources.hearing()
        with self._lock:
            seen, awake, unread = self._seen, clock - self._awake, self._unread
        waiting = seen.waiting if seen else Waiting()
        job, tick = sources.tick()
        unlooked = {name: age for name, age in seen.unlooked.items() if awake > UNLOOKED} if seen else {}
        return Vitals(
            at=now,
            awake=awake,
            tick=tick,
            late_job=job,
            blind=dict(sources.blind()),
            unlooked=unlooked,
            **vars(hearing),
            database=seen.seconds if seen else None,
            written=clock - seen.at if seen else None,
            undelivered=waiting.posts,
            oldest=_age(now, waiting.since),
            unread=None if unread is None else clock - unread,
            queues=sources.queues(),
            canary=self._canary(now, seen),
        )

    def _canary(self, now: datetime, seen: _Seen | None) -> Canary | None:
        if not self.sources.canary_channel:
            return None
        flown = seen.flown if seen else CanaryHealth()
        taken, back = _age(now, flown.taken_at), _age(now, flown.returned_at)
        return Canary(self.sources.canary_seconds, taken, back, flown.round_trip)


def _age(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else max((now - then).total_seconds(), 0.0)
