"""The database of the plays: a real SQLite in memory, and what each operation of the store has done to it once.

An operation of the store on the same tables, at the same time, does the same. So it is carried out by the real code
the first time, and what it wrote and answered is remembered; the tables themselves are made again only where something
new is done to them. `Database(remembers=False)` carries out everything: a test holds the two against each other.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Engine, event

from bot.domain.errors import Refusal
from bot.store import history, host_keys, incidents, migration, outbox, ownership, processes, requests, runs, sightings
from bot.store.base import Store
from bot.store.engine import open_engine

MODULES = (history, sightings, ownership, incidents, host_keys, outbox, processes, requests, runs)
MOST = 100_000  # remembered operations: then it forgets them
NO_WORK = ("BEGIN", "COMMIT", "PRAGMA", "SAVEPOINT", "RELEASE")
BLIND = re.compile(r"INSERT INTO (audit|post)\b")  # nothing that an operation gives depends on what is in these
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN) \"?([a-z_]+)")

Gaps = tuple[tuple[str, str], ...]
Versions = dict[str, int]  # of each table; two of one number hold the same


class Stage(Protocol):
    """What the database needs of the play that it belongs to."""

    gaps: int
    plan: Mapping[int, Any]
    playing: bool
    trace: list[tuple[str, str]] | None

    def gap(self, kind: str) -> None: ...

    def moment(self) -> object: ...

    def disturbed(self) -> bool: ...

    def state(self) -> str: ...

    def check_database(self, writes: bool) -> None: ...


@dataclass(frozen=True, eq=False)
class Content:
    """What is in the database to begin with."""

    copy: sqlite3.Connection
    versions: Versions


@dataclass(frozen=True)
class Done:
    """What came of an operation: its gaps, what it gave or refused, and what it wrote."""

    gaps: Gaps
    gave: object
    refused: Refusal | None
    writes: tuple[tuple[str, ...], ...]  # by transaction


class Database:
    """One SQLite in memory for all plays of a process."""

    def __init__(self, remembers: bool = True) -> None:
        self.engine: Engine = open_engine("sqlite://")
        self.raw = cast(sqlite3.Connection, self.engine.raw_connection().driver_connection)
        self.remembers = remembers
        self.stage: Stage | None = None
        self._touched: set[str] = set()
        self._open: list[str] = []  # written in the transaction that is open
        self._numbers: dict[object, int] = {}
        self._done: dict[object, Done] = {}
        self._depends: dict[object, tuple[str, ...]] = {}
        self._answers: dict[object, list[dict[str, Any]]] = {}
        self._path: list[tuple[str, ...]] = []  # what was written since the beginning
        self._held: list[tuple[str, ...]] = []  # how much of it the tables really have
        self.versions: Versions = {}
        migration.upgrade(self.engine)
        self._beginning = self._really_has = Content(sqlite3.connect(":memory:"), {})
        self.empty = self.keep()
        event.listen(self.engine, "begin", self._begin, insert=True)
        event.listen(self.engine, "commit", self._commit)
        self.raw.set_trace_callback(self._traced)

    def keep(self) -> Content:
        """All that is in it now, as a content to begin with."""
        self.hold()
        copy = sqlite3.connect(":memory:")
        self.raw.backup(copy)
        return Content(copy, dict(self.versions))

    def begin(self, content: Content) -> None:
        """The next play begins with this."""
        if len(self._done) > MOST or not self.remembers:
            for known in (self._done, self._depends, self._answers):
                known.clear()
        self._beginning, self.versions, self._path = content, dict(content.versions), []

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """What it has now."""
        if self.raw.in_transaction:
            return self._asked(sql, values)
        key = (sql, values, *(self.versions.get(table, 0) for table in TABLE.findall(sql)))
        if key not in self._answers:
            self.hold()
            self._answers[key] = self._asked(sql, values)
        return self._answers[key]

    def everything(self) -> str:
        """All that is in it, as text."""
        self.hold()
        return "\n".join(self.raw.iterdump())

    def _asked(self, sql: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
        cursor = self.raw.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    # -- operations of the store

    def do(self, function: Callable[..., object], store: Store, args: tuple[Any, ...], more: dict[str, Any]) -> object:
        """Carry out an operation of the store, or do again what it did."""
        stage = self.stage
        if stage is None or self.raw.in_transaction or stage.disturbed() or not self.remembers:
            return function(store, *args, **more)
        call = (function, store.me, _key(args), _key(tuple(sorted(more.items()))), stage.playing)
        done = None
        if call in self._depends:
            done = self._done.get((call, *self._seen_by(call, stage)))
        if done and not _planned(stage, stage.gaps, len(done.gaps)):
            return self._again(stage, done)
        return self._first(call, lambda: function(store, *args, **more))

    def _seen_by(self, call: object, stage: Stage) -> Iterator[object]:
        """All that such an operation looks at, as it is now."""
        for table in self._depends[call]:
            yield stage.moment() if table == "clock" else self.versions.get(table, 0)

    def _again(self, stage: Stage, done: Done) -> object:
        stage.gaps += len(done.gaps)
        writes = list(done.writes)
        for kind, _ in done.gaps if stage.trace is not None else ():
            if kind == "written" and writes:
                self._wrote(writes.pop(0))
            stage.trace.append((kind, "" if kind == "commit" else stage.state()))
        for wrote in writes:
            self._wrote(wrote)
        if done.refused:
            raise copy(done.refused)
        return done.gave

    def _first(self, call: object, carry_out: Callable[[], object]) -> object:
        assert self.stage
        stage, first, trace, before = self.stage, self.stage.gaps, self.stage.trace, dict(self.versions)
        gaps: list[tuple[str, str]] = []
        gave, refused, stage.trace = None, None, gaps
        moment, many = stage.moment(), len(self._path)
        self._touched.clear()
        try:
            gave = carry_out()
        except Refusal as refusal:
            refused = copy(refusal)  # the one that is raised may get remarks
        finally:
            stage.trace = trace
            if trace is not None:
                trace.extend(gaps)
        if not _planned(stage, first, len(gaps)) and not stage.disturbed():
            known = self._depends.get(call, ())
            self._depends[call] = known + tuple(sorted(self._touched - set(known)))
            seen = (moment if table == "clock" else before.get(table, 0) for table in self._depends[call])
            self._done[(call, *seen)] = Done(tuple(gaps), gave, refused, tuple(self._path[many:]))
        if refused:
            raise refused
        return gave

    def _wrote(self, writes: tuple[str, ...]) -> None:
        """Each table that was written to has another version: the one that these writes always give."""
        self._path.append(writes)
        for sql in writes:
            tables = TABLE.findall(sql)
            made = (sql, *(self.versions.get(table, 0) for table in tables))
            self.versions[tables[0]] = self._numbers.setdefault(made, len(self._numbers) + 1)

    def hold(self) -> None:
        """Have the tables really hold what they should."""
        if self._really_has is not self._beginning or self._path[: len(self._held)] != self._held:
            self._beginning.copy.backup(self.raw)
            self._really_has, self._held = self._beginning, []
        if missing := self._path[len(self._held) :]:
            self._write([sql for writes in missing for sql in writes])
            self._held = list(self._path)

    def _write(self, statements: list[str]) -> None:
        self.raw.set_trace_callback(None)
        self.raw.execute("BEGIN")
        for sql in statements:
            self.raw.execute(sql).fetchall()
        self.raw.execute("COMMIT")
        self.raw.set_trace_callback(self._traced)

    def reads_clock(self) -> None:
        """What is at work depends on the time."""
        self._touched.add("clock")

    # -- what SQLite and SQLAlchemy tell of

    def _traced(self, sql: str) -> None:
        match sql.split(maxsplit=1)[0].upper():
            case "COMMIT" if self._open:
                self._wrote(tuple(self._open))
                self._held = list(self._path)
                self._open.clear()
            case "ROLLBACK":
                self._open.clear()
            case verb if verb not in NO_WORK:
                if verb != "SELECT":
                    self._open.append(sql)
                if not BLIND.match(sql):
                    self._touched.update(TABLE.findall(sql))

    def _begin(self, connection: Connection) -> None:
        if self.stage:
            self.stage.check_database(writes=bool(connection.get_execution_options().get("writes")))

    def _commit(self, connection: Connection) -> None:
        if self.stage and connection.get_execution_options().get("writes"):
            self.stage.gap("commit")
            self.stage.check_database(writes=True)


def _planned(stage: Stage, first: int, many: int) -> bool:
    """Whether an event is to happen within these gaps."""
    return any(first <= number < first + many for number in stage.plan)


_keys: dict[int, tuple[object, str]] = {}  # by the object, which is kept so that its number stays its own


def _key(args: tuple[Any, ...]) -> object:
    """Something to find the same arguments by; settings hold dictionaries and are found by how they are written."""
    try:
        hash(args)
    except TypeError:
        return tuple(_written_out(one) for one in args)
    return args


def _written_out(one: object) -> object:
    try:
        hash(one)
    except TypeError:
        if id(one) not in _keys:
            if len(_keys) > MOST:
                _keys.clear()
            _keys[id(one)] = (one, repr(one))
        return _keys[id(one)][1]
    return one


@contextmanager
def remembering(database: Database) -> Iterator[None]:
    """The operations of the store, as the desk calls them, go through this database's memory."""
    kept = [
        (module, name, function)
        for module in MODULES
        for name, function in vars(module).items()
        if isinstance(function, FunctionType) and function.__module__ == module.__name__ and _takes_store(function)
    ]
    for module, name, function in kept:
        setattr(module, name, _through(database, function))
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def _takes_store(function: FunctionType) -> bool:
    code = function.__code__
    return not function.__name__.startswith("_") and code.co_argcount > 0 and code.co_varnames[0] == "store"


def _through(database: Database, function: Callable[..., object]) -> Callable[..., object]:
    return lambda store, *args, **more: database.do(function, store, args, more)
