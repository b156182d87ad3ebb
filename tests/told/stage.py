"""One pair of simulated servers, the real desk, and everything that people are shown, on a clock that a test moves.

While a command is at work the clock goes second by second, with what the scheduler does in each of them, and every
message is drawn as soon as it is due, as Slack would show it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.domain.approval import Person
from bot.domain.pair import CommandLine, Labels, Pair, Role
from bot.domain.plan import LAST, fingerprint
from bot.domain.request import RequestView
from bot.registry import actions_of, load_commands
from bot.services import Desk, Details, RunMonitor, approve, ask, enter_code, key_approval, observation
from bot.services.monitor import tell_decidable, watch
from bot.simulator.pair.world import Pair as Truth
from bot.simulator.pair.world import Server, State, World
from bot.slack.commands import show_recovery, show_status
from bot.slack.home import home_of
from bot.slack.rendering import MESSAGES, draw
from bot.store import MessageKind, Store, host_keys, incidents, outbox, requests, sightings
from bot.views.blocks import Block
from bot.views.refusals import plain_words
from tests.proof.clock import Clock
from tests.proof.far_end import FarEnd, lab
from tests.proof.wire import FakeSession, FakeWire
from tests.proof.worlds import CODE, OWN_ROW, bau, london
from tests.support import databases

ALICE, BOB, CAROL = (Person(f"U0{name}", name.title()) for name in ("ALICE", "BOB", "CAROL"))
ANSWERS = 2.0  # seconds after which a look without an answer is given up
IDLE = 5.0  # seconds that nobody counts where nothing is at work
INTERVAL = 20  # seconds between two looks by the clock


class InOrder:
    """A pool that asks one server after the other: time never goes back."""

    def __init__(self, _workers: int, _name: str) -> None:
        pass

    def __enter__(self) -> "InOrder":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, ask: Callable[[Role], object], roles: type[Role]) -> list[object]:
        return [ask(role) for role in roles]


@dataclass
class SteppingClock(Clock):
    """It goes step by step, and `second` is called in each, but for the time that this itself takes.

    A step is a second while `fast` says so, else a few.
    """

    second: Callable[[], None] = lambda: None
    fast: Callable[[], bool] = lambda: True
    busy: bool = False

    def passes(self, seconds: float) -> None:
        while not self.busy and seconds > (step := 1.0 if self.fast() else IDLE):
            self._step(step)
            seconds -= step
        if seconds > 0:
            self._step(seconds)

    def _step(self, seconds: float) -> None:
        super().passes(seconds)
        if not self.busy:
            self.busy = True
            try:
                self.second()
            finally:
                self.busy = False


@dataclass(frozen=True)
class Shown:
    """What people see in one place: who drew it when (true seconds), and its text and blocks."""

    place: str
    at: float
    text: str
    blocks: list[Block]


@dataclass(frozen=True)
class Moment:
    """What was true from then on; `keys` are the host keys that the servers show, `exit` the last command's."""

    at: float
    truth: Truth
    keys: dict[Role, str]
    pinned: dict[Role, str]
    at_work: bool
    answered: bool
    exit: int | None
    vouched: frozenset[Role]


@dataclass
class Stage:
    """The stage; `shown` has everything that was ever drawn, `moments` what was true."""

    folder: Path
    opening: Truth = field(default_factory=bau)
    takes: float = 1.0
    shown: list[Shown] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    labels: Labels = field(default_factory=lambda: OWN_ROW["labels"])
    losing: set[str] = field(default_factory=set)
    unheard: list[float] = field(default_factory=list)  # when an answer was lost on its way
    plans: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    vouched: set[Role] = field(default_factory=set)  # servers that were just built, and somebody has said so

    def __post_init__(self) -> None:
        self.clock = SteppingClock()
        self.far = FarEnd(World(self.opening), takes=self.takes)
        self.clock.due.append(self.far.settle)
        self.clock.due.append(lambda _now: self.note())
        status = {"ha-status": CommandLine("ha-status", (), ANSWERS)}
        self.settings = replace(london(), commands=status, look_seconds=INTERVAL, labels=self.labels)
        self.store = Store(databases.fresh_sqlite(self.folder / "told.db"), self.clock)
        self.jobs: list[Callable[[], None]] = []
        self.desk = Desk(
            store=self.store,
            wire=FakeWire(self),
            pairs=lambda: {"london": host_keys.overlay(self.store, self.settings)},
            actions=actions_of(load_commands()),
            members=lambda _group: frozenset(),
            now=self.clock,
            sleep=self.clock.passes,
            worded=plain_words,
            submit=self.jobs.append,
        )
        self.meanwhile = RunMonitor(self.desk, lambda job: job(), lambda: self.clock.true)
        sightings.arm(self.store, self.settings)
        outbox.open_home(self.store, ALICE.id)
        self.looked = -float(INTERVAL)
        self.note()
        self.clock.second = self.second
        self.clock.fast = lambda: bool(self.plans) or any(work.pending for work in self.far.works)

    # --- what the wire asks of its stage

    def gap(self, kind: str) -> None:
        self.note()

    def lost(self, way: str) -> bool:
        if way in self.losing:
            self.losing.discard(way)
            self.unheard.append(self.clock.true)
            return True
        return False

    def first_byte(self, session: FakeSession, line: str) -> None:
        self.note()

    def answering(self, session: FakeSession, index: int) -> None:
        self.note()

    # --- what happens in each second

    def second(self) -> None:
        """What the scheduler does, and what the deliverer shows."""
        for planned in [one for one in self.plans if one[0] <= self.clock.true]:
            self.plans.remove(planned)
            planned[1]()
            self.note()
        self.meanwhile.beat()
        if self.clock.true - self.looked >= INTERVAL:
            self.looked = self.clock.true
            watch(self.desk, self.desk.pair("london"), lambda: self.clock.passes(5) is not None)
        requests.expire(self.store)
        tell_decidable(self.desk)
        self.deliver()

    def note(self) -> None:
        """Remember what is true, where it has changed."""
        pair, works = self.desk.pair("london") if hasattr(self, "desk") else self.settings, self.far.works
        now = Moment(
            self.clock.true,
            self.far.world.pair,
            dict(self.far.keys),
            {role: pair.server(role).host_key for role in Role},
            any(work.pending for work in works),
            bool(works),
            works[-1].exit if works else None,
            frozenset(self.vouched),
        )
        if not self.moments or replace(self.moments[-1], at=now.at) != now:
            self.moments.append(now)

    def deliver(self) -> None:
        """Draw all that is due, and what somebody who opens App Home would see."""
        while due := outbox.due(self.store):
            for post in due:
                self._deliver(post)

    def _deliver(self, post: outbox.DueMessage) -> None:
        if not outbox.take(self.store, post):
            return
        if post.kind is MessageKind.HOME:
            self.see("App Home", "", home_of(self.desk, ALICE.id)["blocks"])
            outbox.delivered(self.store, post, None, None)
            return
        drawn = None if MESSAGES[post.kind].file else draw(self.desk, post, lambda _: (), lambda *_: "")
        if drawn:
            self.see(f"{post.kind} {post.id}", *drawn)
        outbox.delivered(self.store, post, self.settings.channel, f"{post.id}.0")

    def see(self, place: str, text: str, blocks: list[Block]) -> None:
        self.note()
        self.shown.append(Shown(place, self.clock.true, text, list(blocks)))

    # --- what people do

    def look(self) -> None:
        """Somebody asks for the status, and for the way out."""
        for place, show in (("/ha-status", show_status), ("/ha-recover", show_recovery)):
            show(self.desk, self.desk.pair("london"), lambda text, blocks=(), p=place: self.see(p, text, list(blocks)))

    def does(self, action: str, given: Details | None = None, code: str = CODE) -> None:
        """Alice asks, Bob approves, and it runs to its end."""
        request = ask(self.desk, ALICE, "london", action, "INC-4711", given)
        assert isinstance(request, RequestView), request
        self.deliver()
        self.look()
        approve(self.desk, request.id, BOB, "london")
        if self.desk.action(action).secrets:
            enter_code(self.desk, request.id, BOB, {"joining_code": code})
        self.drain()
        self.look()

    def drain(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()
            self.deliver()

    def replaced(self, role: Role, state: State = State.UNPAIRED) -> None:
        """A new server stands where the old one stood, and its key is approved."""
        if self.far.keys[role] == self.pair.server(role).host_key:
            self.built(role, state)
            self.clock.passes(30)
        server = self.settings.server(role)
        pin = key_approval.offer(self.desk, ALICE, "london", role, server.host, server.port, server.address)
        self.deliver()
        key_approval.approve(self.desk, pin.id, BOB, fingerprint(pin.host_key)[-LAST:])
        self.deliver()

    def built(self, role: Role, state: State = State.UNPAIRED) -> None:
        """A new server stands where the old one stood."""
        code = CODE if role is Role.SECONDARY else None
        self.far.rebuilt(role)
        self.change(role, state=state, powered=True, changes=(), joining_code=code)

    def change(self, role: Role, **changes: Any) -> None:
        """Something happens to a server."""

        def changed(server: Server) -> Server:
            return replace(server, **changes)

        self.far.world.update(lambda pair: pair.with_server(changed(pair.server(lab(role)))))
        self.note()

    def off(self, role: Role) -> None:
        self.far.power(role, False)
        self.note()

    def on(self, role: Role) -> None:
        self.far.power(role, True)
        self.note()

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        """Have this happen so long from now, whatever goes on then."""
        self.plans.append((self.clock.true + seconds, then))

    def incident(self) -> str:
        """What the open incident is called, or nothing."""
        found = incidents.open_incident(self.store, "london")
        return str(found.latest.situation) if found else ""

    @property
    def pair(self) -> Pair:
        return self.desk.pair("london")


def in_order(monkeypatch: Any) -> None:
    """Have the looks of this process made one after the other."""
    monkeypatch.setattr(observation, "ThreadPoolExecutor", InOrder)
