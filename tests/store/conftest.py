"""A store on each kind of database, with a clock that the test moves."""

from collections.abc import Iterator

import pytest

from bot.store import Store
from tests.store.given import ME, Clock


@pytest.fixture
def clock() -> Clock:
    """Night in March."""
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    """An empty store at the newest version."""
    store = Store(database_url, clock)
    store.me = ME
    yield store
    store.engine.dispose()
