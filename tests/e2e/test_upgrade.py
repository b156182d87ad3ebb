"""A database of an older release, migrated under running bots that go on with it; and one that is ahead of them."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.store import migration
from bot.store.engine import open_engine
from tests.e2e.play import Play, labels, last_said, text_of
from tests.e2e.replicas import Replicas
from tests.e2e.runs import CLOSING, QUICK
from tests.support.checkout import ROOT
from tests.support.postgres import Postgres

PAIRS = ("london", "paris", "rome", "oslo", "bern")
TIME = re.compile(r"(2026-03-01[ T]03:[01]\d:\d\d\.\d{6})(\+00:00)?")
TABLES = ("incident", "request", "approval", "audit", "post", "run", "sighting", "statement")
NEWER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", HEAD

def upgrade():
    op.add_column("request", sa.Column("mood", sa.String(), nullable=True))
    op.create_table("weather", sa.Column("id", sa.Integer(), primary_key=True))
"""


def load(engine: Engine, version: str) -> None:
    """Put the database back to what that release has left, made just now."""
    migration.downgrade(engine, "base")
    migration.upgrade(engine, version)
    lines = (Path(__file__).parent / "upgrade" / f"release_{version}.sql").read_text().splitlines()
    age = datetime.now(UTC) - timedelta(seconds=45) - datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    with engine.connect().execution_options(writes=True) as connection:
        for line in lines:
            if line.startswith("INSERT"):
                connection.exec_driver_sql(_later(line, age, engine.dialect.name))
        if engine.dialect.name == "postgresql":
            _count_on(connection.exec_driver_sql, version)
        connection.commit()


def _later(line: str, age: timedelta, dialect: str) -> str:
    def later(found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) + age
        if "T" in found[1]:  # within JSON
            return at.isoformat()
        return at.isoformat(" ") if dialect == "postgresql" else f"{at:%Y-%m-%d %H:%M:%S.%f}"

    return TIME.sub(later, line)


def _count_on(do: Callable[[str], object], version: str) -> None:
    """The next row's number comes after those that are there."""
    for table in TABLES if version != "0001" else TABLES[1:]:
        do(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT 1 + count(*) FROM {table}))")


def newer(engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer release than this one brings the database beyond it."""
    copy = folder / "migrations"
    shutil.copytree(ROOT / "migrations", copy)
    (copy / "versions" / "newer.py").write_text(NEWER.replace("HEAD", repr(migration.head())))
    with monkeypatch.context() as ahead:
        ahead.setattr(migration, "FOLDER", copy)
        migration.upgrade(engine)


@pytest.fixture
def url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database for bots."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'pairkeeper.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def play(url: str, tmp_path: Path) -> Iterator[Play]:
    """One bot on SQLite, two on PostgreSQL; every pair is well."""
    pairs = [{"name": name} for name in PAIRS]
    several = url.startswith("postgresql")
    with Replicas(tmp_path, url, *pairs, settings=QUICK) if several else Play(tmp_path, *pairs, settings=QUICK) as play:
        yield play


@pytest.mark.parametrize(
    ("engine_name", "version"),
    [
        pytest.param("sqlite", "0001", marks=pytest.mark.proof),
        pytest.param("sqlite", "0002", marks=pytest.mark.proof),
        pytest.param("sqlite", "0003", marks=pytest.mark.proof),
        pytest.param("sqlite", "0004", marks=pytest.mark.proof),
        pytest.param("sqlite", "0005", marks=pytest.mark.proof),
        pytest.param("postgresql", "0001", marks=[pytest.mark.proof, pytest.mark.needs("postgres")]),
        pytest.param("postgresql", "0002", marks=[pytest.mark.proof, pytest.mark.needs("postgres")]),
        pytest.param("postgresql", "0003", marks=[pytest.mark.proof, pytest.mark.needs("postgres")]),
        pytest.param("postgresql", "0004", marks=[pytest.mark.proof, pytest.mark.needs("postgres")]),
        pytest.param("postgresql", "0005", marks=[pytest.mark.proof, pytest.mark.needs("postgres")]),
    ],
)
def test_bots_go_on_with_an_older_database_that_is_migrated_under_them(
    play: Play, url: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(url)
    load(engine, version)
    if version < "0005":  # that has all that this command reads
        since = play.type(play.alice, "/ha-history london")
        play.reads(play.alice, "My database", ", so nothing was ", since=since)
    assert play.stage.command("migrate").returncode == 0
    goes_on(play)
    newer(engine, tmp_path, monkeypatch)
    engine.dispose()
    goes_on_with_a_newer_one(play)
    assert [one.line for pair in play.pairs for one in pair.commands if one.changing] == []


def goes_on(play: Play) -> None:
    """All that the older release has left is there, and comes to its end."""
    rome = play.reads(play.bob, "ha-failback on rome was not sent")
    assert "My process that ran it has died. It had not been sent, and will not be." in text_of(rome)
    paris = play.reads(play.bob, "I can't tell how ha-failback on paris ended")
    assert last_said(paris) == ["Primary ACTIVE", "Secondary STANDBY"]
    bots = len(play.stages) if isinstance(play, Replicas) else 1
    play.wait(lambda: play.rows("SELECT count(*) FROM process") == [(bots,)])  # each is there again, and no other
    assert "It may still be running. You can decide from" in text_of(paris)  # the older release said from when nowhere
    play.rows("UPDATE run SET decidable_at = ended_at WHERE pair = 'paris' RETURNING id")
    since = play.latest()
    play.carol.click("Look again", paris)
    play.reads(play.carol, "I looked again", since=since)
    play.wait(lambda: labels(play.reads(play.bob, "how ha-failback on paris ended")) == CLOSING)
    play.carol.click("It didn't", play.reads(play.bob, "how ha-failback on paris ended"))
    play.reads(play.bob, "did not take effect: ha-failback on paris, says U0CAROL")
    play.reads(
        play.bob,
        "oslo: fail back to the Primary",
        "I was restarted between the approval and the run. Nothing was sent.",
    )
    card = play.reads(play.bob, "london: fail back to the Primary?")
    assert "Approved" in play.approve(card)
    play.reads(play.bob, "ha-failback on london was not sent")  # the pair here is another one than it was asked for
    since = play.type(play.alice, "/ha-failover bern the monthly drill")
    play.reads(play.alice, "Nothing was sent", since=since)  # its unknown run still holds it
    phases = play.rows("SELECT pair, phase FROM run ORDER BY id")
    assert phases[:3] == [("bern", "unknown"), ("rome", "not sent"), ("paris", "did not take effect")]
    assert phases[3:] == [("london", "not sent")]
    stages = play.rows("SELECT pair, stage FROM request ORDER BY id")
    assert stages[-2:] == [("oslo", "void"), ("london", "started")]
    play.wait(lambda: play.rows("SELECT count(*) FROM post WHERE NOT done") == [(0,)])


def goes_on_with_a_newer_one(play: Play) -> None:
    """What runs goes on, since a newer release only adds; what starts refuses, as it does not know what it would do."""
    since = play.type(play.alice, "/ha-status london")
    play.reads(play.alice, "london: healthy", since=since)
    play.type(play.alice, "/ha-incident rome open to be seen")
    play.reads(play.bob, "rome", "healthy")
    for words in ("run", "migrate"):
        refused = play.stage.command(words)
        assert refused.returncode == 2
        assert "The database is at version 9999, which a newer release has made" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_every_release_has_left_something(engine_name: str, empty_url: str) -> None:
    """Each version but the newest has its rows here, and they fit its tables."""
    engine = open_engine(empty_url)
    known = sorted(path.stem[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
    for version in known[:-1]:
        load(engine, version)
        migration.upgrade(engine)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM run")).scalar() == 3
            assert connection.execute(text("SELECT count(*) FROM post WHERE NOT done")).scalar() == 4
    engine.dispose()
