"""What every test may use: databases of both kinds, at the newest version of the tables."""

import gc
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support import databases, forked_bot, needs
from tests.support.engines import ENGINES
from tests.support.needs import (
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.support.order import balanced
from tests.support.postgres import Postgres

__all__ = [
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    needs.pytest_collection_modifyitems(config, items)
    items[:] = balanced(items)


def pytest_collection_finish() -> None:
    """What there is now stays, and need not be gone through each time memory is collected."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """At the end pytest collects five times over, for what warns when it goes; once finds the same."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    needs.pytest_configure(config)
    databases.share_compiled_statements()
    if not hasattr(config, "workerinput"):
        forked_bot.share()


# An example may take as long as it needs: a busy machine is no finding.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The one PostgreSQL of this session."""
    server = Postgres()
    try:
        yield server.start()
    finally:
        server.clear_away()


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The test runs on both."""
    name: str = request.param
    return name


@pytest.fixture
def empty_url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own without a table."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """A SQLite file with the tables."""
    return databases.sqlite_template()


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with the tables."""
    name = postgres.create()
    databases.upgrade(postgres.url(name))
    return name


@pytest.fixture
def database_url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own with the tables, empty."""
    if engine_name == "sqlite":
        yield databases.fresh_sqlite(tmp_path / "pairkeeper.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)
