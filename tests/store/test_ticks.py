"""Ticks: claimed once, planned on, hurried."""

from datetime import timedelta
from threading import Barrier, Thread

from bot.store import Store, ticks
from tests.store.given import Clock

MINUTE = timedelta(minutes=1)


def test_a_tick_is_claimed_once(store: Store, clock: Clock) -> None:
    due = clock()
    ticks.plan(store, {"look:london": due, "look:paris": due})
    ticks.plan(store, {"look:london": due + MINUTE})
    assert ticks.planned(store) == {"look:london": due, "look:paris": due}
    assert ticks.claim(store, "look:london", due, due + MINUTE)
    assert not ticks.claim(store, "look:london", due, due + MINUTE)
    assert ticks.planned(store)["look:london"] == due + MINUTE


def test_many_claim_at_once_and_one_has_it(store: Store, clock: Clock) -> None:
    due, won, gate = clock(), [], Barrier(8)
    ticks.plan(store, {"canary": due})

    def race(name: str) -> None:
        gate.wait()
        if ticks.claim(store, "canary", due, due + MINUTE):
            won.append(name)

    racers = [Thread(target=race, args=(f"p{number}",)) for number in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(won) == 1


def test_hurried_ticks_are_due_at_once_but_not_those_just_done(store: Store, clock: Clock) -> None:
    start = clock()
    ticks.plan(store, {"look:london": start, "look:paris": start + MINUTE, "canary": start + MINUTE})
    ticks.claim(store, "look:london", start, start + MINUTE)
    ticks.hurry(store, "look:", start, start - timedelta(seconds=10))
    assert ticks.planned(store) == {
        "look:london": start + MINUTE,
        "look:paris": start,
        "canary": start + MINUTE,
    }


def test_what_is_forgotten_is_planned_no_more(store: Store, clock: Clock) -> None:
    ticks.plan(store, {"look:london": clock()})
    ticks.forget(store, ["look:london"])
    assert ticks.planned(store) == {}
