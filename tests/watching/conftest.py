"""A few pairs in the sky, a clock that jumps, and a bot that watches."""

from collections.abc import Iterator

import pytest

from bot.store import Store
from tests.watching.house import START, House
from tests.watching.virtual import VirtualTime


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """On each kind of database."""
    clock = VirtualTime(START)
    store = Store(database_url, clock.now)
    yield House(store, clock)
    store.engine.dispose()
