"""A stage for the real executor: the real desk on the real store, fake servers, a fake clock, and a gap at every seam.

A *gap* is a moment at which something can happen: before and after each message to a server, each reading of the
clock and of the settings, each transaction and each commit, each pause. Gaps are numbered as they come; a schedule
says which events happen in which. Nothing runs at once: what is at the same time in life comes in every order here.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.desk import Desk, approve, enter_code, looking, recover
from bot.domain.approval import Person, Standing
from bot.domain.errors import Reason, Refusal
from bot.domain.observation import Look
from bot.domain.pair import Labels, Pair, Role
from bot.registry import actions_of, load_commands
from bot.store import Store, evidence, migrate
from bot.store.engine import UNWRITABLE, open_engine
from tests.proof.far_end import FarEnd
from tests.proof.wire import FakeSession, FakeWire

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
ALICE, BOB, CAROL, DAVE = (Person(f"U0{name}", name.title()) for name in ("ALICE", "BOB", "CAROL", "DAVE"))
MALLORY = Person("U0MALLORY", "Mallory")
GUEST = Person("U0GUEST", "Guest", Standing.GUEST)
ACTIONS = actions_of(load_commands())
LONGEST_WAIT = 4000  # pauses: what waits longer has hung
BUSY = 2.0  # seconds until a database that takes no writes says so


class Crash(BaseException):
    """The process is gone; no `except Exception` sees it."""


class Pruned(BaseException):
    """The event had nothing to do here: the schedule is one that was played without it."""


class Stuck(BaseException):
    """It waits for ever."""


@dataclass
class Clock:
    """True seconds since START; what the bot reads is `wrong` seconds off."""

    true: float = 0.0
    wrong: float = 0.0
    due: list[Callable[[float], None]] = field(default_factory=list)
    jumps: list[tuple[float, float]] = field(default_factory=list)  # true seconds, and how wrong it was until then

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.true + self.wrong)

    def passes(self, seconds: float) -> None:
        self.true += seconds
        for then in self.due:
            then(self.true)

    def jump(self, seconds: float) -> None:
        self.jumps.append((self.true, self.wrong))
        self.wrong += seconds

    def true_of(self, read: float) -> float:
        """When it was that somebody read this time, in true seconds: the latest moment that it can have been."""
        if read - self.wrong >= (self.jumps[-1][0] if self.jumps else 0.0) - 0.001:
            return read - self.wrong
        return next((read - wrong for at, wrong in reversed(self.jumps) if read - wrong <= at), read - self.wrong)


class Database:
    """One SQLite in memory for all schedules of a process, put back to a template before each."""

    def __init__(self) -> None:
        self.engine: Engine = open_engine("sqlite://")
        self.raw = cast(sqlite3.Connection, self.engine.raw_connection().driver_connection)
        self.stage: Theatre | None = None
        migrate.upgrade(self.engine)
        self.empty = self.keep()
        event.listen(self.engine, "begin", self._begin, insert=True)
        event.listen(self.engine, "commit", self._commit)

    def keep(self) -> sqlite3.Connection:
        """A copy of all that is in it now."""
        copy = sqlite3.connect(":memory:")
        self.raw.backup(copy)
        return copy

    def restore(self, kept: sqlite3.Connection) -> None:
        kept.backup(self.raw)

    def _begin(self, connection: Connection) -> None:
        if self.stage:
            self.stage.check_database(writes=bool(connection.get_execution_options().get("writes")))

    def _commit(self, connection: Connection) -> None:
        if self.stage and connection.get_execution_options().get("writes"):
            self.stage.gap("commit")
            self.stage.check_database(writes=True)


class StagedStore(Store):
    """The real store, with a gap before each transaction and after each commit."""

    def __init__(self, stage: "Theatre") -> None:
        super().__init__("", self._now, stage.database.engine)
        self._stage = stage

    def _now(self) -> datetime:
        self._stage.gap("clock")
        return self._stage.clock()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        self._stage.gap("read")
        with super().reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        self._stage.gap("write")
        with super().writing() as session:
            yield session
        self._stage.gap("written")
        if self._stage.lost("acknowledgement"):
            raise Refusal(Reason.STORE, UNWRITABLE)


class InTurn:
    """A pool that does one thing after the other, each as long as it takes by itself."""

    stage: "Theatre | None" = None

    def __init__(self, _workers: int, _name: str) -> None:
        pass

    def __enter__(self) -> "InTurn":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, ask: Callable[[Role], Look], roles: type[Role]) -> list[Look]:
        assert InTurn.stage is not None
        clock = InTurn.stage.clock
        began, ended, found = clock.true, clock.true, {}
        for role in sorted(roles, reverse=InTurn.stage.secondary_first):
            clock.true = began
            found[role] = ask(role)
            ended = max(ended, clock.true)
        clock.true = ended
        return [found[role] for role in roles]


class Bot:
    """One process of the bot: a desk of its own on the one store."""

    def __init__(self, stage: "Theatre") -> None:
        self.stage = stage
        self.wire = FakeWire(stage)
        self.jobs: list[Callable[[], None]] = []
        self.readings: list[tuple[float, float]] = []  # true and wrong seconds whenever it looked at the clock
        self.read_settings: tuple[bool, Pair | None] = (False, None)  # whether a run was open then, what it found
        self.alive = True
        self.desk = Desk(
            store=StagedStore(stage),
            wire=self.wire,
            pairs=self._pairs,
            actions=ACTIONS,
            members=lambda group: frozenset(),
            now=self._now,
            sleep=self._sleep,
            submit=self.jobs.append,
        )

    @property
    def read_clock(self) -> tuple[float, float]:
        return self.readings[-1] if self.readings else (0.0, 0.0)

    def _pairs(self) -> Mapping[str, Pair]:
        self.stage.gap("settings")
        self.read_settings = (self.stage.run_open(), self.stage.settings)
        if self.stage.settings is None:
            raise Refusal(Reason.SETTINGS, "My settings cannot be used: line 3. Nothing was sent.")
        pair = self.stage.settings
        return {name: replace(pair, name=name) for name in (pair.name, "paris")}

    def _now(self) -> datetime:
        self.stage.gap("clock")
        self.readings.append((self.stage.clock.true, self.stage.clock.wrong))
        return self.stage.clock()

    def _sleep(self, seconds: float) -> None:
        self.stage.gap("sleep")
        self.stage.pauses += 1
        if self.stage.pauses > LONGEST_WAIT:
            raise Stuck
        self.stage.clock.passes(seconds)

    def does(self, thing: Callable[[], object]) -> object:
        """A click on this process, and all the work that comes of it."""
        found = self.stage.told(thing)
        self.work()
        return found

    def work(self) -> None:
        while self.jobs and self.alive:
            job = self.jobs.pop(0)
            try:
                job()
            except Exception as error:
                self.stage.wrong("I8", f"a run raised {error!r}")


Event = Callable[["Theatre"], bool]


class Theatre:
    """One play of one schedule: `plan` has the events of each gap by its number."""

    def __init__(self, database: Database, plan: Mapping[int, Event]) -> None:
        self.database, self.plan = database, plan
        self.clock = Clock()
        self.far: FarEnd
        self.settings: Pair | None = None
        self.labels = Labels()
        self.secondary_first = False
        self.secrets: dict[str, str] = {}
        self.gaps = 0
        self.trace: list[tuple[str, str]] | None = None
        self.playing = False
        self.pauses = 0
        self.back_at_once = False
        self.losing: set[str] = set()
        self.lost_here: set[str] = set()
        self.unwritable_until = self.unreadable_until = -1.0
        self.violations: list[str] = []
        self.refusals: list[tuple[Reason, str]] = []
        self.logged: list[str] = []
        self.sent: list[Any] = []
        self.bots: list[Bot] = []
        self.acting: list[Bot] = []
        self.first_byte: Callable[[FakeSession, str], None] = lambda session, line: None
        self.answering: Callable[[FakeSession, int], None] = lambda session, index: None

    # -- gaps and events

    def gap(self, kind: str) -> None:
        """Something can happen here."""
        if not self.playing:
            return
        number = self.gaps
        self.gaps += 1
        if self.trace is not None:
            self.trace.append((kind, "" if kind == "commit" else self.state()))
        happens = self.plan.get(number)
        if happens and not happens(self):
            raise Pruned

    def run_open(self) -> bool:
        found = self.database.raw.execute("SELECT 1 FROM run WHERE phase IN ('intent', 'sending')").fetchone()
        return found is not None

    def state(self) -> str:
        """How the request and its run stand in the database."""
        execute = self.database.raw.execute
        request = execute("SELECT stage, approvals FROM request ORDER BY id DESC LIMIT 1").fetchone()
        run = execute(
            "SELECT phase, answered_at IS NOT NULL, stopped_by IS NOT NULL, steps, ended_at IS NOT NULL "
            "FROM run WHERE request_id = (SELECT max(id) FROM request)"
        ).fetchone()
        if run is None:
            return f"{request[0]}/{request[1]}"
        phase, answered, stopped, steps, ended = run
        said = "ended" if ended else f"{phase}/{'yes' if answered else 'no'}"
        return f"{request[0]}/{said}/{'stopped' if stopped else ''}/{steps.count('[')}"

    def lost(self, way: str) -> bool:
        """Whether the next message this way is lost; once."""
        if way in self.losing:
            self.losing.discard(way)
            self.lost_here.add(way)
            return True
        return False

    def check_database(self, writes: bool) -> None:
        """Raise what SQLAlchemy raises while the database is away."""
        if self.clock.true < self.unreadable_until or (writes and self.clock.true < self.unwritable_until):
            self.clock.passes(BUSY)
            raise OperationalError("BEGIN", {}, sqlite3.OperationalError("database is locked"))

    def wrong(self, invariant: str, words: str) -> None:
        self.violations.append(f"{invariant}: {words}")

    # -- processes

    def bot(self) -> Bot:
        """A process more."""
        self.bots.append(Bot(self))
        return self.bots[-1]

    @property
    def main(self) -> Bot:
        return self.bots[0]

    def told(self, thing: Callable[[], object]) -> object:
        """A click: a result or a refusal, and nothing else."""
        try:
            return thing()
        except Refusal as refusal:
            self.refusals.append((refusal.reason, refusal.words))
            return refusal
        except Exception as error:
            self.wrong("I8", f"a click raised {error!r}")
            return error

    def meanwhile(self, bot: Bot, thing: Callable[[], object]) -> object:
        """Something happens on a process while another one is in the middle of something."""
        self.acting.append(bot)
        try:
            return bot.does(thing)
        except Crash:
            bot.alive = False
            if bot is self.main or bot in self.acting[:-1]:
                raise
            return None
        finally:
            self.acting.pop()

    def restart(self) -> Bot:
        """Every process is gone; a new one begins as the real one does."""
        bot = self.bot()
        self.acting.append(bot)
        try:
            recover(bot.desk)
        except Refusal as refusal:
            self.wrong("I8", f"recovery gave up: {refusal.words}")
        except Exception as error:
            self.wrong("I8", f"recovery raised {error!r}")
        finally:
            self.acting.pop()
        return bot

    # -- the play

    def approve(self, request_id: int, bot: Bot, who: Person = BOB) -> object:
        return approve(bot.desk, request_id, who, "london")

    def enter_code(self, request_id: int, bot: Bot, who: Person = ALICE) -> object:
        return enter_code(bot.desk, request_id, who, self.secrets)


@contextmanager
def on_stage(theatre: Theatre) -> Iterator[Theatre]:
    """The looks of this process are taken in turn, its database belongs to this play, its log is kept."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            theatre.logged.append(record.getMessage())

    log, keep = logging.getLogger("bot"), Keep()
    before, level, raises = looking.ThreadPoolExecutor, log.level, log.propagate
    looking.ThreadPoolExecutor = InTurn  # type: ignore[assignment,misc]
    InTurn.stage = theatre.database.stage = theatre
    log.addHandler(keep)
    log.propagate = False
    try:
        yield theatre
    finally:
        log.removeHandler(keep)
        log.setLevel(level)
        log.propagate = raises
        looking.ThreadPoolExecutor = before  # type: ignore[misc]
        InTurn.stage = theatre.database.stage = None


def arm(theatre: Theatre, pair: Pair) -> None:
    """The check of the pair's access has passed."""
    evidence.arm(theatre.main.desk.store, pair)
