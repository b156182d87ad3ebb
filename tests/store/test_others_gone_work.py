"""What the other pairs are now is found without a walk through all that was ever seen of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from bot.domain.history import shared_outage
from bot.domain.status import State
from bot.store import Store, history, sightings
from bot.store.tables import Sighting
from tests.store.given import seen

NAMES = [f"pair {number:02}" for number in range(10)]


@pytest.fixture
def engine_name() -> str:
    """Only SQLite counts its steps."""
    return "sqlite"


@contextmanager
def steps(store: Store) -> Iterator[list[int]]:
    """One entry for every ten steps that SQLite's machine takes meanwhile."""
    found: list[int] = []

    def count(connection: Any, *_more: Any) -> None:
        connection.set_progress_handler(lambda: found.append(1), 10)

    event.listen(store.engine, "checkout", count)
    try:
        yield found
    finally:
        event.remove(store.engine, "checkout", count)


def work(store: Store) -> int:
    past = history.read(store, NAMES[0])
    with steps(store) as found:
        assert not shared_outage(past, history.outages(store, NAMES[0]))
    return len(found)


def test_a_long_past_makes_no_more_work(store: Store) -> None:
    for name in NAMES:
        sightings.see(store, seen(name))
        sightings.see(store, seen(name, secondary=State.SILENT))
    young = work(store)
    with store.writing() as session:
        row = session.exec(select(Sighting)).first()
        assert row is not None
        kept = row.model_dump(exclude={"id", "pair", "follows"})
        session.add_all(Sighting(**kept, pair=name, follows=-1 - number) for name in NAMES for number in range(200))
    for name in NAMES:
        sightings.see(store, seen(name, State.DEMOTED, State.ACTIVE))
    assert 0 < young <= work(store) <= 1.2 * young
