"""A look that shows nothing new asks the database for little, and writes once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, event

from bot.domain.pair import Role
from bot.services.monitor import watch
from bot.services.observation import keep_incident, observe
from bot.store import Store, sightings
from tests.monitor.house import House

# At most so many statements and transactions: each is a wait at PostgreSQL, and costs CPU at SQLite.
HEALTHY, SICK = (3, 2), (9, 3)


@contextmanager
def asked(store: Store) -> Iterator[list[str]]:
    """What the database gets meanwhile: each statement, and `read` or `write` for each transaction before it."""
    found: list[str] = []

    def begun(connection: Connection) -> None:
        found.append("write" if connection.get_execution_options().get("writes") else "read")

    def sent(_connection: Any, _cursor: Any, words: str, *_more: Any) -> None:
        if not words.startswith(("BEGIN", "PRAGMA")):
            found.append(words)

    event.listen(store.engine, "begin", begun)
    event.listen(store.engine, "before_cursor_execute", sent)
    try:
        yield found
    finally:
        event.remove(store.engine, "begin", begun)
        event.remove(store.engine, "before_cursor_execute", sent)


def cost(found: list[str]) -> tuple[int, int]:
    """How many statements and how many transactions that were."""
    visits = found.count("read") + found.count("write")
    return len(found) - visits, visits


def look(house: House) -> list[str]:
    """One turn in which london shows what it has shown before; what it asked."""
    house.clock.true += timedelta(seconds=20)
    with asked(house.store) as found:
        watch(house.desk, house.pairs["london"], lambda: False)
    assert sightings.looked_at(house.store, "london") == house.clock.now(), "it counts all the same"
    return found


def test_a_healthy_pair_costs_one_write_and_few_questions(house: House) -> None:
    house.pass_(70)
    found = look(house)
    assert found.count("write") == 1
    assert cost(found) <= HEALTHY


def test_a_pair_with_an_incident_costs_one_write_and_few_questions(house: House) -> None:
    house.off("london")
    house.pass_(120)
    assert house.open() == {"london": "no standby"}
    found = look(house)
    assert found.count("write") == 1
    assert cost(found) <= SICK


def test_the_other_pairs_are_asked_for_only_where_they_matter(house: House) -> None:
    house.off("london")
    house.pass_(120)
    assert not any("maintenance" in words for words in look(house)), "an active Primary is no reason"
    house.on("london")
    house.off("london", Role.PRIMARY)
    house.pass_(120)
    assert any("maintenance" in words for words in look(house))


def test_an_incident_that_goes_on_as_before_is_not_written(house: House) -> None:
    """Nor is the lack of one at a healthy pair: whoever looks by hand waits for no lock."""
    for state in ({}, {"london": "no standby"}):
        house.pass_(120)
        assert house.open() == state
        seen = observe(house.desk, house.pairs["london"], looks=1)
        with asked(house.store) as found:
            keep_incident(house.desk, seen)
        assert "write" not in found
        house.off("london")
