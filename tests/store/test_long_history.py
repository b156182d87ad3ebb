"""What is asked for once a look does not fetch all that was ever written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.domain.schedule import Schedule
from bot.store import Store, canaries, requests, sightings, summaries
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


QUESTIONS: dict[str, Callable[[Store], object]] = {
    "the newest sighting": lambda store: sightings.last_seen(store, "london"),
    "when it stopped being healthy": lambda store: sightings.window(store, "london"),
    "a sighting": lambda store: sightings.see(store, seen("london", *SPLIT)),
    "what is done by hand": lambda store: requests.done_by_hand(store, "london", store.now() - timedelta(days=1)),
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
