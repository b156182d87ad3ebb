"""The canary's rows: one message, numbered edits, each back once; and what is wrong is said once."""

from datetime import timedelta

from sqlmodel import select

from bot.store import Store, canaries, self_alerts
from bot.store.canaries import CanaryHealth
from bot.store.tables import Canary
from tests.store.given import START, Clock

C, TS = "C0CANARY", "17.1"


def test_one_message_is_kept_by_all(store: Store) -> None:
    assert canaries.perch(store, C) is None
    canaries.send(store, C, TS, "a")
    assert canaries.perch(store, C) == TS
    assert canaries.perch(store, "C0OTHER") is None
    canaries.send(store, C, "18.1", "b")
    assert canaries.perch(store, C) == "18.1"


def test_a_canary_comes_back_once_and_only_where_it_sat(store: Store, clock: Clock) -> None:
    number = canaries.send(store, C, TS, "a")
    assert canaries.flown(store, C) == CanaryHealth(None)
    canaries.taken(store, number)
    assert canaries.flown(store, C) == CanaryHealth(START)
    clock.tick(seconds=1.5)
    assert not canaries.back(store, number, C, "18.1", "b")
    assert not canaries.back(store, number, "C0OTHER", TS, "b")
    assert not canaries.back(store, number + 1, C, TS, "b")
    assert canaries.back(store, number, C, TS, "b")
    assert not canaries.back(store, number, C, TS, "c")
    assert canaries.flown(store, C) == CanaryHealth(START, START + timedelta(seconds=1.5), 1.5)


def test_one_that_slack_did_not_take_was_never_sent(store: Store, clock: Clock) -> None:
    canaries.back(store, canaries.send(store, C, TS, "a"), C, TS, "a")
    clock.tick(minutes=1)
    canaries.unsend(store, canaries.send(store, C, TS, "a"))
    assert canaries.flown(store, C) == CanaryHealth(None, START, 0.0)


def test_old_ones_are_forgotten_but_not_where_the_message_is(store: Store, clock: Clock) -> None:
    for _ in range(3):
        canaries.send(store, C, TS, "a")
    clock.tick(days=2)
    canaries.forget(store, timedelta(days=1))
    assert canaries.perch(store, C) == TS
    with store.reading() as session:
        assert len(session.exec(select(Canary)).all()) == 1


def test_a_trouble_is_said_once_and_its_end_once(store: Store, clock: Clock) -> None:
    assert not self_alerts.end(store, "deaf")
    assert self_alerts.begin(store, "deaf", "a")
    assert not self_alerts.begin(store, "deaf", "b")
    assert self_alerts.now(store) == {"deaf": START}
    assert self_alerts.end(store, "deaf")
    assert not self_alerts.end(store, "deaf")
    assert self_alerts.begin(store, "deaf", "b")
