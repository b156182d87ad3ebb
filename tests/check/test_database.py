"""What the check says of a database that takes no write: a finding with a remedy, and never a traceback."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.check.database import REMEDY, opened
from bot.simulator.pair import SimulatedPair
from bot.simulator.slack import LocalSlack
from bot.simulator.stage import Stage, make_key, settings_of
from tests.support import forked_bot


def test_one_that_is_right(database_url: str) -> None:
    store, found = opened(database_url)
    assert store is not None
    assert found.right
    assert found.words.endswith("can be written")
    store.engine.dispose()


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "pairkeeper.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return copy


def test_one_that_another_holds(file: Path) -> None:
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    store, found = opened(f"sqlite:///{file}")
    holder.close()
    assert store is None
    assert (found.right, found.words, found.remedy) == (False, "cannot be written: database is locked", REMEDY)


def test_one_that_is_read_only(file: Path) -> None:
    store, found = opened(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert store is None
    assert (found.right, found.remedy) == (False, REMEDY)
    assert "readonly" in found.words


def test_urls_and_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "noise.db").write_bytes(bytes(range(256)) * 20)
    for url, words in (
        ("nosuch://x", "DATABASE_URL cannot be used"),
        (f"sqlite:///{tmp_path}/noise.db", "cannot be opened: file is not a database"),
        ("sqlite:////nowhere/x.db", "cannot be opened: unable to open database file"),
        (f"sqlite:///{tmp_path}/empty.db", "is not created yet"),
    ):
        store, found = opened(url)
        assert store is None
        assert not found.right
        assert words in found.words
        assert found.remedy


@pytest.fixture
def stage(file: Path, tmp_path: Path) -> Iterator[Stage]:
    """A pair whose check would pass, without Slack."""
    key, public = make_key(tmp_path)
    with SimulatedPair("london", client_key=public) as pair:
        stage = Stage(tmp_path, LocalSlack(), settings_of([pair], key, channel="C0PAMOPS"), start=forked_bot.start)
        stage._more = {"SLACK_API_URL": ""}
        stage.write()
        yield stage


def test_a_pair_that_cannot_be_armed_is_a_finding(stage: Stage, file: Path) -> None:
    with sqlite3.connect(file) as database:
        database.execute(
            "ALTER TABLE audit RENAME TO gone"
        )  # what arms a pair writes there, and the first look does not
    done = stage.command("check", "--no-slack", "--json")
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    wrong = [one for one in json.loads(done.stdout) if not one["right"]]
    assert [(one["what"], one["pair"]) for one in wrong] == [("database", "london")]
    assert "cannot be written: no such table" in wrong[0]["words"]
    with sqlite3.connect(file) as database:
        assert not database.execute("SELECT * FROM arming").fetchall()
        database.execute("ALTER TABLE gone RENAME TO audit")
    assert stage.command("check", "--no-slack").returncode == 0
