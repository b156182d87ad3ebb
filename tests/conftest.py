"""What every test may use: databases of both kinds, at the newest version of the tables."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.store import migrate
from bot.store.engine import open_engine
from tests.needs import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.postgres import Postgres
from tests.support.engines import ENGINES

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]


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
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables."""
    file = tmp_path_factory.mktemp("template") / "pairkeeper.db"
    _upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with the tables."""
    name = postgres.create()
    _upgrade(postgres.url(name))
    return name


def _upgrade(url: str) -> None:
    engine = open_engine(url)
    migrate.upgrade(engine)
    engine.dispose()


@pytest.fixture
def database_url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own with the tables, empty."""
    fixture: Callable[[str], object] = request.getfixturevalue
    if engine_name == "sqlite":
        file = tmp_path / "pairkeeper.db"
        shutil.copy(str(fixture("sqlite_template")), file)
        yield f"sqlite:///{file}"
        return
    server = fixture("postgres")
    assert isinstance(server, Postgres)
    name = server.create(str(fixture("postgres_template")))
    yield server.url(name)
    server.drop(name)
