"""What is asked for once a look does not fetch all that was ever written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from bot.domain.schedule import Schedule
from bot.store import Store, canaries, history, requests, sightings, summaries
from bot.store.tables import Sighting
from tests.store.given import ASKER, SPLIT, Clock, asked, seen

C = "C0CANARY"
MANY = 12


@contextmanager
def fetched(store: Store) -> Iterator[list[int]]:
    """The rows that each query meanwhile has sent here; SQLite fetches them one by one, and does not say."""
    found: list[int] = []

    def count(_connection: Any, cursor: Any, *_more: Any) -> None:
        found.append(cursor.rowcount)

    event.listen(store.engine, "after_cursor_execute", count)
    try:
        yield found
    finally:
        event.remove(store.engine, "after_cursor_execute", count)


@pytest.fixture(autouse=True)
def _past(store: Store, clock: Clock) -> None:
    for day in range(MANY):
        summaries.make(store, Schedule(C, "0 8 * * *"), f"2026-03-{day + 1:02}T08:00", None, 0)
        sightings.see(store, seen())
        clock.tick(minutes=1)
        canaries.back(store, canaries.send(store, C, "17.1", "a"), C, "17.1", "a")
        requests.note_by_hand(store, asked(store).id, ASKER)
        sightings.see(store, seen("london", *SPLIT))
        clock.tick(minutes=1)


def test_only_the_newest_part_of_a_long_history_is_read(store: Store, clock: Clock) -> None:
    clock.tick(hours=1)
    past = history.read(store, "london")
    assert (len(past.sightings), past.cut) == (2, False), "what was seen before it was last healthy is left out"
    with store.writing() as session:
        row = session.exec(select(Sighting).order_by(col(Sighting.id).desc())).first()
        assert row is not None
        kept = row.model_dump(exclude={"id", "follows"})
        session.add_all(Sighting(**kept, follows=-1 - number) for number in range(history.MOST))
    with fetched(store) as rows:
        past = history.read(store, "london")
    assert (len(past.sightings), past.cut) == (history.MOST, True)
    assert max(rows) <= history.MOST + 1


QUESTIONS: dict[str, Callable[[Store], object]] = {
    "the newest sighting": lambda store: sightings.last_seen(store, "london"),
    "when it stopped being healthy": lambda store: sightings.window(store, "london"),
    "a sighting": lambda store: sightings.see(store, seen("london", *SPLIT)),
    "the canary's message": lambda store: canaries.perch(store, C),
    "the newest summary": lambda store: summaries.last(store, C),
    "the newest canary": lambda store: canaries.flown(store, C),
}


@pytest.mark.parametrize("question", list(QUESTIONS))
def test_one_row_is_fetched_of_a_long_history(store: Store, question: str) -> None:
    with fetched(store) as rows:
        QUESTIONS[question](store)
    assert rows
    assert max(rows) <= 1
