"""A DATABASE_URL that cannot be used, by each command that opens it: one sentence with a remedy."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.simulator.stage import scrubbed
from bot.store import Store
from bot.wiring import lock_sqlite, now
from tests.support import forked_bot

NO_URL = "write it as in sqlite:///pairkeeper.db or postgresql://user@host/pairkeeper."
ABSENT = 'raise ModuleNotFoundError("No module named \'psycopg\'", name="psycopg")\n'  # as where it is not installed


def said(folder: Path, command: str, url: str) -> str:
    """What this command prints on stderr: one line, and no traceback."""
    return line_of(forked_bot.run(command.split(), scrubbed(os.environ) | {"DATABASE_URL": url}, folder))


def line_of(done: subprocess.CompletedProcess[str]) -> str:
    """What a command that failed printed: one line on stderr, and no traceback."""
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.startswith("⛔ "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("command", ["migrate", "incident 1"])
@pytest.mark.parametrize(
    "url", ["nosuch://x", "mysql://x/y", "pairkeeper.db", "postgresql://u@h:port/x", "sqlite:///x?a=b&timeout=y"]
)
def test_a_url_that_is_none(tmp_path: Path, command: str, url: str) -> None:
    assert NO_URL in said(tmp_path, command, url)


@pytest.mark.parametrize("command", ["migrate", "incident 1"])
def test_postgresql_without_its_driver(tmp_path: Path, command: str) -> None:
    (tmp_path / "psycopg.py").write_text(ABSENT)
    environ = {"DATABASE_URL": "postgresql://u:s3cret@127.0.0.1/x", "PYTHONPATH": str(tmp_path)}
    line = [sys.executable, "-m", "bot", *command.split()]
    done = subprocess.run(line, env=scrubbed(os.environ) | environ, cwd=tmp_path, capture_output=True, text=True)
    words = line_of(done)
    assert "pip install 'pairkeeper[postgres]'" in words
    assert "s3cret" not in words


@pytest.mark.parametrize("command", ["migrate", "incident 1"])
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:////nowhere/x.db", "unable to open database file"),
        ("sqlite:///noise.db", "file is not a database"),
        ("postgresql://u:s3cret@127.0.0.1:1/x", "onnection"),
    ],
)
def test_one_that_cannot_be_opened(tmp_path: Path, command: str, url: str, why: str) -> None:
    (tmp_path / "noise.db").write_bytes(bytes(range(256)) * 20)
    words = said(tmp_path, command, url)
    assert "The database cannot be opened (" in words
    assert why in words
    assert "See DATABASE_URL" in words
    assert "s3cret" not in words


def test_one_that_another_holds_cannot_be_migrated(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "held.db", isolation_level=None)
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("BEGIN IMMEDIATE")
    words = said(tmp_path, "migrate", "sqlite:///held.db")
    assert "cannot be brought up to date (database is locked)" in words
    assert "`pairkeeper migrate` again" in words
    holder.close()


def test_only_its_user_reads_a_database(tmp_path: Path) -> None:
    done = forked_bot.run(["migrate"], scrubbed(os.environ) | {"DATABASE_URL": "sqlite:///pairkeeper.db"}, tmp_path)
    assert done.returncode == 0, done
    assert (tmp_path / "pairkeeper.db").stat().st_mode & 0o777 == 0o600


def test_one_that_others_could_read_is_theirs_no_longer(sqlite_template: Path, tmp_path: Path) -> None:
    file = tmp_path / "pairkeeper.db"
    file.write_bytes(sqlite_template.read_bytes())
    file.chmod(0o644)
    store = Store(f"sqlite:///{file}", now)
    held = lock_sqlite(store)
    assert held
    held.close()
    store.engine.dispose()
    assert file.stat().st_mode & 0o777 == 0o600
