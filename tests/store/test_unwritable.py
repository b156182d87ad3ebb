"""A database that cannot be written: everybody is refused in words, and nothing is half written (I4)."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.errors import Reason, Refusal
from bot.domain.outcome import Judgement, Outcome
from bot.domain.pair import Role
from bot.domain.request import Phase, Stage, Step
from bot.domain.statement import StatementKind
from bot.store import (
    MessageKind,
    Store,
    closure,
    history,
    migration,
    outbox,
    postgres_timeouts,
    requests,
    run_progress,
    runs,
    sightings,
)
from bot.store.tables import Request
from bot.views.refusals import words as refusal_words
from tests.store import breaking
from tests.store.given import (
    FIRST,
    SECOND,
    SUCCEEDED,
    Clock,
    approved,
    asked,
    claimed,
    lost,
    pair,
    seen,
    sent,
)
from tests.store.replay import dump
from tests.support.patience import eventually
from tests.support.postgres import Postgres
from tests.support.refusals import refused

LONG = "long words " * 5000
WAITED = 60.0  # seconds; without limits a frozen database keeps its callers for ever
PENDING, APPROVED, INTENT, SENDING, UNKNOWN = 1, 2, 1, 2, 3
DUE = outbox.DueMessage(1, MessageKind.CARD, "C1", 1, None, None, None, None, 1, 0)
WRITES: dict[str, Callable[[Store], Any]] = {
    "ask": lambda store: asked(store, "new", reason=LONG),
    "approve": lambda store: requests.approve(store, PENDING, FIRST, Stage.APPROVED, 15),
    "decide": lambda store: requests.decide(store, PENDING, Stage.DENIED, FIRST, LONG),
    "expire": lambda store: requests.expire(store),
    "remind": lambda store: requests.remind(store),
    "claim": lambda store: runs.claim(store, APPROVED, Role.SECONDARY, seen(text=LONG)),
    "sending": lambda store: runs.sending(store, INTENT, asks=True, patience=timedelta(0)),
    "answering": lambda store: runs.commit_answer(store, SENDING, patience=timedelta(0)),
    "stop": lambda store: run_progress.stop(store, SENDING, SECOND),
    "progress": lambda store: run_progress.progress(store, SENDING, Step.RETURNED),
    "end": lambda store: runs.end(store, SENDING, SUCCEEDED, seen(text=LONG), LONG),
    "close": lambda store: closure.close(store, UNKNOWN, SECOND, Phase.DID_NOT, seen(text=LONG)),
    "look again": lambda store: closure.looked_again(store, UNKNOWN, SECOND, seen(text=LONG)),
    "see": lambda store: sightings.see(store, seen(text=LONG)),
    "state": lambda store: sightings.state_it(store, "london", StatementKind.OFF, FIRST, LONG),
    "arm": lambda store: sightings.arm(store, pair()),
    "delivered": lambda store: outbox.delivered(store, DUE, "C1", "1.0"),
    "put off": lambda store: outbox.put_off(store, DUE, 5),
    "first time": lambda store: outbox.first_time(store, LONG),
}
LARGE = ("ask", "decide", "claim", "end", "close", "look again", "see", "state", "first time")
READS: dict[str, Callable[[Store], Any]] = {
    "get": lambda store: requests.get(store, PENDING),
    "requests": lambda store: requests.history(store, None),
    "open request": lambda store: requests.open_request(store, "pending"),
    "run": lambda store: runs.get(store, INTENT),
    "history": lambda store: history.read(store, "london"),
    "armed": lambda store: sightings.armed(store, pair()),
    "window": lambda store: sightings.window(store, "london"),
    "due": lambda store: outbox.due(store),
}


def fill(store: Store) -> None:
    """A request and a run at each point of their way."""
    asked(store, "pending", minutes=1)
    approved(store, "approved", minutes=600)
    claimed(store, "intent", minutes=600)
    sent(store, "sending", minutes=600)
    lost(store, "unknown", minutes=600)


def check_refused(store: Store, writes: dict[str, Callable[[Store], Any]]) -> None:
    """Every one of them is refused as it should be, and nobody is woken."""
    woken: list[str] = []
    for name, write in writes.items():
        store.woken = lambda name=name: woken.append(name)  # type: ignore[misc]
        with pytest.raises(Refusal) as told:
            write(store)
        assert told.value.reason is Reason.STORE, name
        assert "database" in refusal_words(told.value), name
        assert "nothing was" in refusal_words(told.value), name
    assert woken == []


def check_reads(store: Store) -> None:
    """Reading works or is refused; nothing else comes out."""
    for name, read in READS.items():
        told = "nothing was done"
        try:
            read(store)
        except Refusal as refusal:
            told = refusal_words(refusal)
        assert told.count("nothing was done") == 1, name


@pytest.fixture
def it(sqlite_template: Path, clock: Clock) -> Iterator[breaking.Sqlite]:
    """A SQLite store with something in it, to be ill-treated."""
    with breaking.sqlite(sqlite_template, clock) as it:
        fill(it.store)
        clock.tick(minutes=5)
        yield it


@pytest.mark.parametrize("way", breaking.WAYS, ids=lambda way: way.__name__)
def test_sqlite_that_cannot_be_written(it: breaking.Sqlite, way: breaking.Way) -> None:
    before = dump(it.store)
    with way(it):
        check_refused(it.store, WRITES)
        check_reads(it.store)
    assert dump(it.store) == before
    works_again(it.store)


def test_a_full_disk(it: breaking.Sqlite) -> None:
    before = dump(it.store)
    with breaking.disk_full(it):
        check_refused(it.store, {name: WRITES[name] for name in LARGE})
        assert requests.get(it.store, PENDING).stage is Stage.PENDING
    assert dump(it.store) == before
    works_again(it.store)


def test_a_commit_that_is_refused_keeps_no_lock(it: breaking.Sqlite) -> None:
    before = dump(it.store)
    with breaking.read_without_wal(it):
        check_refused(it.store, {"sending": WRITES["sending"]})
        with sqlite3.connect(it.file, timeout=0, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        other.close()
    assert dump(it.store) == before
    works_again(it.store)


def works_again(store: Store) -> None:
    """The same store, without a restart: all that was refused is done now."""
    store.woken = lambda: None
    assert runs.sending(store, INTENT, asks=True, patience=timedelta(0))
    assert runs.commit_answer(store, SENDING, patience=timedelta(0))
    assert runs.claim(store, APPROVED, Role.SECONDARY, seen()) is not None
    assert requests.expire(store) == 1


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL of our own, to be ill-treated."""
    server = Postgres().start()
    yield server
    server.clear_away()


@pytest.fixture
def database(server: Postgres) -> str:
    """A database on it, empty."""
    return server.create()


@pytest.fixture
def on_postgres(server: Postgres, database: str, clock: Clock) -> Iterator[Store]:
    """A store with something in it."""
    store = Store(server.url(database), clock)
    migration.upgrade(store.engine)
    fill(store)
    clock.tick(minutes=5)
    yield store
    store.engine.dispose()


@pytest.mark.needs("postgres")
@pytest.mark.parametrize(
    "way", [breaking.postgres_stopped, breaking.postgres_read_only], ids=lambda way: str(way.__name__)
)
def test_postgresql_that_cannot_be_written(
    on_postgres: Store,
    server: Postgres,
    database: str,
    way: Callable[[Postgres, Store, str], AbstractContextManager[None]],
) -> None:
    before = dump(on_postgres)
    with way(server, on_postgres, database):
        check_refused(on_postgres, WRITES)
        check_reads(on_postgres)
    assert dump(on_postgres) == before
    works_again(on_postgres)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits, but shorter."""
    monkeypatch.setattr(postgres_timeouts.Bounded, "silence", 1.5)
    monkeypatch.setattr(postgres_timeouts, "IDLE", 2)
    monkeypatch.setattr(postgres_timeouts, "LOCK", 1)
    monkeypatch.setitem(postgres_timeouts.NETWORK, "connect_timeout", 2)


@pytest.mark.needs("postgres")
@pytest.mark.usefixtures("impatient")
def test_postgresql_that_is_frozen_keeps_nobody_waiting(on_postgres: Store, server: Postgres, database: str) -> None:
    """It takes connections and questions, and answers none: neither its own time limits nor TCP tell."""
    before = dump(on_postgres)
    with breaking.postgres_frozen(server, on_postgres, database):
        begun = time.monotonic()
        check_refused(on_postgres, {"claim": WRITES["claim"]})  # on a connection that was in use
        with refused("database"):
            READS["due"](on_postgres)  # by a new one
        assert time.monotonic() - begun < WAITED
    assert dump(on_postgres) == before
    works_again(on_postgres)


@pytest.mark.needs("postgres")
@pytest.mark.usefixtures("impatient")
def test_postgresql_that_freezes_within_a_transaction(on_postgres: Store, server: Postgres) -> None:
    before = dump(on_postgres)
    with pytest.raises(Refusal) as told, on_postgres.writing() as session:
        session.get_one(Request, PENDING).stage = Stage.APPROVED
        server.freeze()
        session.flush()
    server.thaw()
    assert told.value.reason is Reason.STORE
    assert dump(on_postgres) == before
    works_again(on_postgres)


def nobody_holds_anything(store: Store) -> bool:
    """Whether PostgreSQL has ended every transaction in which nothing comes."""
    with store.engine.connect() as connection:
        idle = text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
        return connection.scalar(idle) == 0


@pytest.mark.needs("postgres")
@pytest.mark.usefixtures("impatient")
def test_a_process_that_freezes_within_a_transaction_holds_up_nobody_for_long(on_postgres: Store) -> None:
    other = Store("", on_postgres.now, on_postgres.engine)
    with pytest.raises(Refusal), on_postgres.writing() as session:
        session.get_one(Request, PENDING).stage = Stage.DENIED
        session.flush()  # it has the row now, and does nothing for a while
        with pytest.raises(Refusal) as told:
            requests.decide(other, PENDING, Stage.DENIED, FIRST, "no")
        assert told.value.reason is Reason.STORE
        assert requests.get(other, PENDING).stage is Stage.PENDING  # reading goes on
        eventually(lambda: nobody_holds_anything(other))
    assert requests.decide(other, PENDING, Stage.DENIED, FIRST, "no") is not None


@pytest.mark.needs("postgres")
def test_postgresql_that_dies_within_a_transaction(on_postgres: Store, server: Postgres) -> None:
    before = dump(on_postgres)
    with pytest.raises(Refusal) as told, on_postgres.writing() as session:
        found = session.get(Request, PENDING)
        assert found is not None
        found.stage = Stage.APPROVED
        session.add(found)
        session.flush()
        server.stop()
    assert told.value.reason is Reason.STORE
    server.start()
    assert dump(on_postgres) == before
    works_again(on_postgres)


def test_an_error_of_ours_within_a_transaction_undoes_it(store: Store) -> None:
    before = dump(store)
    with pytest.raises(ZeroDivisionError), store.writing() as session:
        session.connection().exec_driver_sql("INSERT INTO receipt VALUES ('a', '2026-01-01 00:00:00')")
        raise ZeroDivisionError
    assert dump(store) == before
    asked(store)


@pytest.mark.parametrize("words", ["a\x00b", "a\ud800b"], ids=["NUL", "half a pair"])
def test_what_no_database_takes_is_marked(store: Store, words: str) -> None:
    assert requests.get(store, asked(store, reason=words).id).reason == "a\ufffdb"


def test_a_transcript_that_no_database_takes_does_not_keep_a_run_from_its_end(store: Store) -> None:
    run = sent(store)
    ended = runs.end(store, run.id, Judgement(Outcome.FAILED, "It said \x00."), seen(), "a\x00b\ud800c\n")
    assert ended == runs.get(store, run.id)
    assert (ended.phase, ended.words, ended.transcript) == (Phase.FAILED, "It said \ufffd.", "a\ufffdb\ufffdc\n")
