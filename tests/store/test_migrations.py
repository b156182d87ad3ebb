"""The tables come from migrations: models equal head, up and down, at once, and out of a wheel."""

import os
import shutil
import subprocess
import sys
import tomllib
import venv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, inspect, text
from sqlmodel import Session, col, select

from bot.domain.outcome import ByHand, Judgement, Outcome
from bot.domain.request import Phase
from bot.store import Base, Store, migration, runs
from bot.store.engine import open_engine
from bot.store.tables import Deterioration, Escalation, KnownSchedule, Trouble
from tests.store.given import Clock, in_phase, sent
from tests.support.checkout import ROOT
from tests.support.postgres import Postgres

BEFORE_COLUMNS = """
INSERT INTO incident (id, pair, channel, opened_at, first, latest, reminded_at)
VALUES (7, 'london', 'C0OPS', '2026-01-01 00:00:00', '', '', '2026-01-01 00:00:00');
INSERT INTO audit (at, kind, pair, state, data) VALUES
('2026-01-01 00:01:00', 'escalated', 'london', NULL, '{"incident": 7, "to": ["C0BOSSES", "U0BOSS"]}'),
('2026-01-01 00:02:00', 'worse', 'london', NULL, '{"situation": "split brain", "incident": 7}'),
('2026-01-01 00:03:00', 'worse', 'london', 'kept back', '{"situation": "split brain", "incident": 7}'),
('2026-01-01 00:04:00', 'blind', 'paris', 'begun', '{"words": "once", "channel": "C0OLD"}'),
('2026-01-01 00:05:00', 'blind', 'paris', 'over', '{}'),
('2026-01-01 00:06:00', 'blind', 'paris', 'begun', '{"words": "no \\u0000 key", "channel": "C0OPS"}'),
('2026-01-01 00:07:00', 'note', 'paris', NULL, 'no JSON');
INSERT INTO trouble VALUES ('blind:paris', '2026-01-01 00:06:00', 'me'), ('deaf', '2026-01-01 00:06:00', 'me');
INSERT INTO tick (job, due_at) VALUES ('look:london', '2026-01-01 00:00:00'),
('summaries since:C0OPS:0 8 * * 1-5:Europe/Berlin', '2026-01-01 00:00:00')
"""
FAILING = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "more", HEAD

def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO nowhere VALUES (1)")
"""
ALTERING = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "more", HEAD

def upgrade():
    with op.batch_alter_table("request") as request:
        request.alter_column("pair", type_=sa.Text())
"""
RACER = "import sys; from bot.store import migration; from bot.store.engine import open_engine as e\n" + (
    "sys.stdin.read(1); migration.upgrade(e(sys.argv[1]))"
)


@pytest.fixture
def engine(empty_url: str) -> Any:
    """An engine on a database without a table."""
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> dict[str, Any]:
    """Everything that the database says of its tables, the version table left out."""
    look = inspect(engine)
    return {
        name: {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)),
            "indexes": sorted((i["name"] or "", tuple(i["column_names"]), i["unique"]) for i in look.get_indexes(name)),
            "where": sorted(str(where) for i in look.get_indexes(name) for where in i["dialect_options"].values()),
            "primary key": look.get_pk_constraint(name),
            "unique": sorted((u["name"], tuple(u["column_names"])) for u in look.get_unique_constraints(name)),
            "foreign keys": [(f["name"], f["referred_table"]) for f in look.get_foreign_keys(name)],
        }
        for name in look.get_table_names()
        if name != "alembic_version"
    }


def test_models_and_head_are_the_same(engine: Engine) -> None:
    migration.upgrade(engine)
    migration.check(engine)
    migrated = tables(engine)
    migration.downgrade(engine, "base")
    Base.metadata.create_all(engine)
    assert migrated == tables(engine)
    assert {"request", "run", "audit", "post"} <= set(migrated)


def test_the_check_sees_a_difference(engine: Engine) -> None:
    migration.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE run DROP COLUMN words"))
    with pytest.raises(CommandError, match="words"):
        migration.check(engine)


def test_up_and_down_and_up(engine: Engine) -> None:
    assert migration.version(engine) is None
    for _ in range(2):
        migration.upgrade(engine)
        assert migration.version(engine) == migration.head()
        assert tables(engine)
        migration.downgrade(engine, "base")
        assert migration.version(engine) is None
        assert tables(engine) == {}
    migration.upgrade(engine)
    migration.upgrade(engine)  # nothing to do
    assert migration.version(engine) == migration.head()


def test_a_migration_that_fails_leaves_nothing_behind(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration.upgrade(engine)
    before, head = tables(engine), migration.head()
    monkeypatch.setattr(migration, "FOLDER", with_version(tmp_path, FAILING))
    with pytest.raises(Exception, match="nowhere"):
        migration.upgrade(engine)
    assert tables(engine) == before
    assert migration.version(engine) == head


def test_a_table_that_others_refer_to_can_be_altered(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration.upgrade(engine)
    with engine.connect().execution_options(writes=True) as connection:
        columns = "id, pair, action, requester, reason, stage, plan, digest, seen, needed, approvals, created_at"
        values = "1, 'london', 'a', 'U1', '', 'denied', '', '', '', 1, 0, '2026-01-01 00:00:00'"
        more = "expires_at, why, channel, acknowledgement, reminded"
        connection.execute(
            text(f"INSERT INTO request ({columns}, {more}) VALUES ({values}, '2026-01-01 00:00:00', '', '', '', false)")
        )
        connection.execute(text("INSERT INTO approval VALUES (1, 1, 'U2', '2026-01-01 00:00:00')"))
        connection.commit()
    monkeypatch.setattr(migration, "FOLDER", with_version(tmp_path, ALTERING))
    migration.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM approval")).scalar() == 1
    with pytest.raises(Exception, match=r"(?i)foreign key"), engine.connect() as connection:
        connection.execute(text("INSERT INTO approval VALUES (2, 99, 'U2', '2026-01-01 00:00:00')"))


def test_what_was_decided_is_taken_over_from_the_audit(engine: Engine) -> None:
    migration.upgrade(engine)
    migration.downgrade(engine, "0005")
    with engine.connect().execution_options(writes=True) as connection:
        for statement in BEFORE_COLUMNS.split(";\n"):
            connection.exec_driver_sql(statement)
        connection.commit()
    migration.upgrade(engine)
    with Session(engine) as session:
        escalations = session.exec(select(Escalation).order_by(col(Escalation.recipient))).all()
        assert [(one.incident_id, one.recipient) for one in escalations] == [(7, "C0BOSSES"), (7, "U0BOSS")]
        worse = session.exec(select(Deterioration).order_by(col(Deterioration.id))).all()
        assert [(one.incident_id, one.pair, one.kept_back) for one in worse] == [
            (7, "london", False),
            (7, "london", True),
        ]
        assert worse[1].at - worse[0].at == timedelta(minutes=1)
        troubles = session.exec(select(Trouble).order_by(col(Trouble.name))).all()
        assert [(one.channel, one.words) for one in troubles] == [("C0OPS", "no \ufffd key"), (None, "")]
        (schedule,) = session.exec(select(KnownSchedule)).all()
        assert (schedule.channel, schedule.cron, schedule.zone) == ("C0OPS", "0 8 * * 1-5", "Europe/Berlin")


ENDS = {
    "london": (Outcome.NOT_SENT, "The approval has expired. Nothing was sent.\nBy hand: …", ByHand.AS_APPROVED),
    "paris": (Outcome.NOT_SENT, "It is changed.\nLook what is next now: /ha-recover paris", ByHand.LOOK_FIRST),
    "tokyo": (Outcome.UNKNOWN, "It asked a question that I do not know (“Wipe?”).", ByHand.READ_QUESTION),
    "lima": (None, "", ByHand.LOOK_FIRST),
}


def test_how_to_go_on_by_hand_is_taken_over_from_the_words_of_runs(engine: Engine) -> None:
    migration.upgrade(engine)
    store = Store("", Clock(), engine)
    for pair, (outcome, words, _) in ENDS.items():
        run = sent(store, pair)
        if outcome:
            runs.end(store, run.id, Judgement(outcome, words), None, "")
    migration.downgrade(engine, "0005")
    migration.upgrade(engine)
    found = {run.pair: run.by_hand for run in in_phase(store, *Phase)}
    assert found == {pair: by_hand for pair, (_, _, by_hand) in ENDS.items()}


def with_version(folder: Path, code: str) -> Path:
    """A copy of the migrations with one more."""
    copy = folder / "migrations"
    shutil.copytree(ROOT / "migrations", copy)
    (copy / "versions" / "more.py").write_text(code.replace("HEAD", repr(migration.head())))
    return copy


def test_three_processes_upgrade_one_empty_database_at_once(empty_url: str) -> None:
    words = [sys.executable, "-c", RACER, empty_url]
    racers = [subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"g")
        racer.stdin.flush()
    told = [racer.communicate(timeout=60)[1].decode() for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0], told
    engine = open_engine(empty_url)
    migration.check(engine)
    engine.dispose()


def test_a_new_version_is_written_in_plain_types(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("versions", "__pycache__"))
    (folder / "versions").mkdir()
    config = Config()
    config.set_main_option("script_location", str(folder))
    with engine.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        command.revision(config, message="all of it", autogenerate=True)
    (written,) = (folder / "versions").glob("*.py")
    for plain in ("sa.DateTime(timezone=True)", "sa.Text()", "sa.String()"):
        assert plain in written.read_text()
    assert "bot." not in written.read_text()
    assert "sqlmodel" not in written.read_text()


def test_the_versions_here_import_nothing_of_the_bot() -> None:
    versions = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    assert versions
    for version in versions:
        imports = [line for line in version.read_text().splitlines() if line.startswith(("import ", "from "))]
        assert imports == ["import sqlalchemy as sa", "from alembic import op"], version


def alembic(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line of Alembic, as somebody calls it in the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | more
    return subprocess.run(
        [sys.executable, "-m", "alembic", *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_command_line_of_alembic(empty_url: str) -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["alembic"]["script_location"]
    assert alembic("upgrade", "head", DATABASE_URL=empty_url).returncode == 0
    told = alembic("check", DATABASE_URL=empty_url)
    assert "No new upgrade operations" in told.stdout + told.stderr
    assert f"{migration.head()} (head)" in alembic("current", DATABASE_URL=empty_url).stdout
    refused = alembic("upgrade", "head", "--sql", DATABASE_URL=empty_url)
    assert refused.returncode != 0
    assert "leave out --sql" in refused.stderr


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a venv into which the wheel was installed; what it depends on is borrowed from here."""
    folder = tmp_path_factory.mktemp("wheel")
    names = ["bot", "commands", "migrations", "pyproject.toml", "README.md", "LICENSE"]
    for name in names:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    build = "from hatchling.build import build_wheel; build_wheel('dist')"
    subprocess.run([sys.executable, "-c", build], cwd=folder, check=True, capture_output=True, timeout=60)
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "venv", with_pip=True, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return python


@pytest.mark.proof
@pytest.mark.needs("pip")
def test_the_wheel_brings_its_migrations(installed: Path, empty_url: str, tmp_path: Path) -> None:
    code = (
        "import sys, bot\nfrom bot.store import migration\nfrom bot.store.engine import open_engine\n"
        "engine = open_engine(sys.argv[1])\nmigration.upgrade(engine)\nmigration.check(engine)\n"
        "print(bot.__file__, migration.version(engine), sep='\\n', end='')"
    )
    told = subprocess.run(
        [installed, "-I", "-c", code, empty_url], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert told.returncode == 0, told.stderr
    where, version = told.stdout.splitlines()[-2:]
    assert Path(where).is_relative_to(installed.parents[1])
    assert version == migration.head()


@pytest.mark.proof
@pytest.mark.needs("pip")
def test_the_wheel_brings_the_command(installed: Path, tmp_path: Path) -> None:
    words = [str(installed.parent / "pairkeeper"), "--help"]
    told = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    assert "migrate" in told.stdout


@pytest.mark.needs("postgres")
def test_postgresql_here_is_reached_by_a_socket_only_and_keeps_its_folder_shut(postgres: Postgres) -> None:
    assert postgres.folder.stat().st_mode & 0o077 == 0
    assert len(os.fsencode(postgres.folder / ".s.PGSQL.5432")) <= 107
    engine = open_engine(postgres.url("postgres"))
    with engine.connect() as connection:
        assert connection.execute(text("SHOW listen_addresses")).scalar() == ""
    engine.dispose()
