"""One bot that watches four pairs, on a clock that jumps."""

import math
from datetime import UTC, datetime, timedelta
from itertools import groupby
from random import Random

from sqlmodel import func, select

from bot.domain.pair import Pair, Role
from bot.domain.status import State
from bot.registry import actions_of, load_commands
from bot.services import Desk, Monitor
from bot.store import Store, incidents, sightings
from bot.store.tables import Incident, Tick
from bot.views.refusals import plain_words
from bot.views.wording import term
from tests.monitor.sky import Sky, SkyWire, pair_of
from tests.monitor.virtual import VirtualTime

START = datetime(2026, 3, 1, 3, tzinfo=UTC)
EARLIEST = select(func.min(Tick.due_at))
NAMES = ("london", "paris", "tokyo", "oslo")


class House:
    """`pass_` lets time go by, with a beat each second as the scheduler gives it, where a beat can do something."""

    def __init__(self, store: Store, clock: VirtualTime) -> None:
        self.store, self.clock = store, clock
        self.pairs: dict[str, Pair] = {name: pair_of(name, n) for n, name in enumerate(NAMES)}
        self.sky = Sky(self.pairs)
        self.desk = Desk(
            store=store,
            wire=SkyWire(self.sky),
            pairs=lambda: self.pairs,
            actions=actions_of(load_commands()),
            members=lambda _group: frozenset(),
            now=clock.now,
            sleep=lambda _seconds: None,
            worded=plain_words,
            submit=lambda work: work(),
        )
        self.watch = Monitor(
            self.desk, clock.submit, clock.pause, dice=Random(1), steady=lambda: clock.true.timestamp()
        )

    def only(self, *names: str) -> None:
        """Watch these pairs alone, where what the others do is of no interest."""
        for name in set(self.pairs) - set(names):
            del self.pairs[name]

    def pass_(self, seconds: float) -> None:
        """Time goes by."""
        left = int(seconds)
        while left > 0:
            self.watch.beat()
            step = min(left, self._idle())
            self.clock.advance(self.clock.true + timedelta(seconds=step))
            left -= step

    def _idle(self) -> int:
        """The seconds until the beat at which a look is due, or after which somebody wakes; at least one."""
        wakes = [(self.clock.next_wake - self.clock.true).total_seconds()] if self.clock.next_wake else []
        with self.store.engine.connect() as connection:  # each second of a test comes by here
            first = connection.execute(EARLIEST).scalar()
        due = [(first - self.clock.now()).total_seconds()] if first else []
        longest = 5  # the pairs are read anew as often
        return max(1, min(longest, *(math.ceil(one) for one in (*wakes, *due))))

    def off(self, name: str, role: Role = Role.SECONDARY) -> None:
        self.sky.power(name, role, False)

    def on(self, name: str, role: Role = Role.SECONDARY) -> None:
        self.sky.power(name, role, True)

    def open(self) -> dict[str, str]:
        """The open incidents, and what they say now."""
        return {one.pair: term(one.latest.situation) for one in incidents.all_open(self.store)}

    def all(self) -> list[Incident]:
        """Every incident there ever was."""
        with self.store.reading() as session:
            return list(session.exec(select(Incident).order_by(Incident.id)))  # type: ignore[arg-type]

    def seen(self, name: str) -> list[tuple[State, State]]:
        """What a pair showed, each change once."""
        seen = sightings.since(self.store, name, START - timedelta(seconds=1), most=10_000)
        return [states for states, _ in groupby((one.own(Role.PRIMARY), one.own(Role.SECONDARY)) for _, one in seen)]
