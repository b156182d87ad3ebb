"""A stage for the real executor: the real desk on the real store, fake servers, a fake clock, and a gap at every seam.

A *gap* is a moment at which something can happen: before and after each message to a server, each reading of the
clock and of the settings, each transaction and each commit, each pause. Gaps are numbered as they come; a schedule
says which events happen in which. Nothing runs at once: what is at the same time in life comes in every order here.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.domain.approval import Person, Standing
from bot.domain.errors import Reason, Refusal, RefusalCode
from bot.domain.observation import Probe
from bot.domain.pair import Labels, Pair, Role
from bot.domain.status import parse
from bot.registry import actions_of, load_commands
from bot.scheduler import sweep
from bot.services import Desk, approve, enter_code, keep_pace, observation, recover
from bot.simulator.pair.world import Pair as Truth
from bot.store import Store, processes, sightings
from bot.views.refusals import plain_words
from bot.views.refusals import words as refusal_words
from tests.proof.clock import Clock
from tests.proof.database import Database, remembering
from tests.proof.far_end import FarEnd
from tests.proof.wire import FakeSession, FakeWire

ALICE, BOB, CAROL, DAVE = (Person(f"U0{name}", name.title()) for name in ("ALICE", "BOB", "CAROL", "DAVE"))
MALLORY = Person("U0MALLORY", "Mallory")
GUEST = Person("U0GUEST", "Guest", Standing.GUEST)
EVERYBODY = (ALICE, BOB, CAROL, DAVE, MALLORY, GUEST)
ACTIONS = actions_of(load_commands())
parsed = lru_cache(parse)  # the same words mean the same
LONGEST_WAIT = 4000  # pauses: what waits longer has hung
BUSY = 2.0  # seconds until a database that takes no writes says so


class Crash(BaseException):
    """The process is gone; no `except Exception` sees it."""


class Pruned(BaseException):
    """The event had nothing to do here: the schedule is one that was played without it."""


class Stuck(BaseException):
    """It waits for ever."""


class StagedStore(Store):
    """The real store, with a gap before each transaction and after each commit."""

    def __init__(self, stage: "Theatre") -> None:
        super().__init__("", self._now, stage.database.engine)
        self._stage = stage
        self.me = f"process {len(stage.bots)}"

    def _now(self) -> datetime:
        self._stage.gap("stamp")
        self._stage.database.reads_clock()
        return self._stage.clock()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        self._stage.gap("read")
        self._stage.database.hold()
        with super().reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        self._stage.gap("write")
        self._stage.database.hold()
        with super().writing() as session:
            yield session
        self._stage.gap("written")
        if self._stage.lost("acknowledgement"):
            raise Refusal(RefusalCode.UNWRITABLE)


class InTurn:
    """A pool that does one thing after the other, each as long as it takes by itself."""

    stage: "Theatre | None" = None

    def __init__(self, _workers: int, _name: str) -> None:
        pass

    def __enter__(self) -> "InTurn":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, ask: Callable[[Role], Probe], roles: type[Role]) -> list[Probe]:
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
        self.settings_read: list[tuple[int, Pair | None]] = []  # the run that was open then, and what they said
        self.alive = True
        self.desk = Desk(
            store=StagedStore(stage),
            wire=self.wire,
            pairs=self._pairs,
            actions=ACTIONS,
            members=lambda group: frozenset(),
            now=self._now,
            sleep=self._sleep,
            worded=plain_words,
            submit=self.jobs.append,
            identify=self._identify,
            elapsed=lambda: stage.clock.true,
        )

    def _identify(self, who: str) -> Person:
        self.stage.gap("people")
        if self.stage.slack_away:
            self.stage.asked_in_vain = True
            raise Refusal(RefusalCode.PEOPLE_UNKNOWN)
        return next((one for one in EVERYBODY if one.id == who), Person(who, who, Standing.DELETED))

    @property
    def read_clock(self) -> tuple[float, float]:
        return self.readings[-1] if self.readings else (0.0, 0.0)

    @property
    def read_settings(self) -> tuple[bool, Pair | None]:
        """Whether they were read since the run was claimed, and what they said when they were first."""
        reads = self.settings_read or [(0, None)]
        run = reads[-1][0]
        return next((run > 0, pair) for one, pair in reads if one == run)

    def _pairs(self) -> Mapping[str, Pair]:
        self.stage.gap("settings")
        self.settings_read.append((self.stage.open_run(), self.stage.settings))
        if self.stage.settings is None:
            raise Refusal(RefusalCode.SETTINGS_WRONG, mistake="line 3.")
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
            except Refusal as refusal:  # while the database is away; the sweep comes back to it
                if refusal.reason is not Reason.STORE:
                    self.stage.wrong("I8", f"a run raised {refusal.reason}: {refusal_words(refusal)}")
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
        self.outcome = ""  # how it ended, before anybody decided what was left unknown
        self.labels = Labels()
        self.secondary_first = False
        self.secrets: dict[str, str] = {}
        self.gaps = 0
        self.trace: list[tuple[str, str]] | None = None
        self.playing = False
        self.pauses = 0
        self.back_at_once = False
        self.heir = self.frozen = False
        self.opening: Truth
        self.slack_away = self.asked_in_vain = False
        self.losing: set[str] = set()
        self.unwritable_until = self.unreadable_until = -1.0
        self.violations: list[str] = []
        self.refusals: list[tuple[Reason, str]] = []
        self.logged: list[str] = []
        self.sent: list[Any] = []
        self.committed = 0.0  # true seconds at which the last answer left, or a command that asks nothing
        self.bots: list[Bot] = []
        self.acting: list[Bot] = []
        self.restarted: Bot | None = None
        self.successor: Bot | None = None
        self.first_byte: Callable[[FakeSession, str], None] = lambda session, line: None
        self.answering: Callable[[FakeSession, int], None] = lambda session, index: None

    # -- gaps and events

    def gap(self, kind: str) -> None:
        """Something can happen here."""
        if not self.playing or (kind != "commit" and self.database.raw.in_transaction):  # the others wait
            return
        number = self.gaps
        self.gaps += 1
        if self.trace is not None:
            self.trace.append((kind, "" if kind == "commit" else self.state()))
        happens = self.plan.get(number)
        if happens and not happens(self):
            raise Pruned

    def open_run(self) -> int:
        found = self.database.rows("SELECT id FROM run WHERE phase IN ('intent', 'sending')")
        return int(found[0]["id"]) if found else 0

    def state(self) -> str:
        """How the request and its run stand in the database."""
        request = self.database.rows("SELECT stage, approvals FROM request ORDER BY id DESC LIMIT 1")[0]
        runs = self.database.rows(
            "SELECT phase, answered_at IS NOT NULL AS answered, stopped_by, steps, ended_at "
            "FROM run WHERE request_id = (SELECT max(id) FROM request)"
        )
        if not runs:
            return f"{request['stage']}/{request['approvals']}"
        run = runs[0]
        said = "ended" if run["ended_at"] else f"{run['phase']}/{'yes' if run['answered'] else 'no'}"
        return f"{request['stage']}/{said}/{'stopped' if run['stopped_by'] else ''}/{run['steps'].count('[')}"

    def moment(self) -> object:
        """The time as the bot reads it."""
        return self.clock.true + self.clock.wrong

    def disturbed(self) -> bool:
        """Whether the database is away, or will lose its next acknowledgement."""
        away = self.clock.true < max(self.unreadable_until, self.unwritable_until)
        return away or "acknowledgement" in self.losing

    def lost(self, way: str) -> bool:
        """Whether the next message this way is lost; once."""
        if way in self.losing:
            self.losing.discard(way)
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
        """A process more, which gives a sign of life before anything else."""
        bot = Bot(self)
        self.bots.append(bot)
        self.aside(lambda: processes.beat(bot.desk.store, processes.Self("here", len(self.bots), "1")))
        self.aside(lambda: keep_pace(bot.desk))
        return bot

    def aside(self, thing: Callable[[], object]) -> None:
        """What is no part of the play: nothing happens meanwhile, and the database is there."""
        kept = self.playing, self.unreadable_until, self.unwritable_until, self.losing
        self.playing, self.unreadable_until, self.unwritable_until, self.losing = False, -1.0, -1.0, set()
        try:
            thing()
        finally:
            self.playing, self.unreadable_until, self.unwritable_until, self.losing = kept

    @property
    def main(self) -> Bot:
        return self.bots[0]

    @property
    def last(self) -> Bot:
        """The process that is there at the end: the one that was started last, or that was there all the time."""
        return self.restarted or self.main

    def told(self, thing: Callable[[], object]) -> object:
        """A click: a result or a refusal, and nothing else."""
        try:
            return thing()
        except Refusal as refusal:
            self.refusals.append((refusal.reason, refusal_words(refusal)))
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
        bot = self.restarted = self.bot()
        self.aside(lambda: processes.bury_others(bot.desk.store))
        self.acting.append(bot)
        try:
            recover(bot.desk)
        except Refusal as refusal:
            self.wrong("I8", f"recovery gave up: {refusal_words(refusal)}")
        except Exception as error:
            self.wrong("I8", f"recovery raised {error!r}")
        finally:
            self.acting.pop()
        return bot

    def take_over(self, bot: Bot, dead: Bot) -> object:
        """One process finds that another has given no sign of life, and sweeps."""

        return self.meanwhile(bot, lambda: self.take(bot, dead))

    def take(self, bot: Bot, dead: Bot) -> None:
        """What it then does, without the work that comes of it."""
        store = bot.desk.store
        processes.bury(store, dead.desk.store.me, processes.others(store).get(dead.desk.store.me, 0))
        sweep(bot.desk)

    def inherit(self) -> None:
        """The process is gone for good, and another one finds out."""
        bot = self.restarted = self.successor or self.bot()
        self.take_over(bot, self.main)

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
    raises = log.propagate
    kept = {name: vars(observation)[name] for name in ("ThreadPoolExecutor", "parse")}
    vars(observation).update(ThreadPoolExecutor=InTurn, parse=parsed)
    InTurn.stage = theatre.database.stage = theatre
    log.addHandler(keep)
    log.propagate = False
    try:
        with remembering(theatre.database):
            yield theatre
    finally:
        log.removeHandler(keep)
        log.propagate = raises
        vars(observation).update(kept)
        InTurn.stage = theatre.database.stage = None


def arm(theatre: Theatre, pair: Pair) -> None:
    """The check of the pair's access has passed."""
    sightings.arm(theatre.main.desk.store, pair)
