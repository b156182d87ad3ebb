"""Several processes on one database: who is alive, who holds what, and what is taken over from the dead."""

from datetime import timedelta

import pytest

from bot.domain.outcome import Judgement, Outcome
from bot.domain.request import Phase, Stage
from bot.store import Store, outbox, ownership, processes, requests, runs
from bot.store.processes import BEAT, GAP, LEASE, ProcessWatch, Self
from tests.store.given import FIRST, NOT_SENT, SUCCEEDED, UNKNOWN, approved, asked, claimed, seen, sent

HERE = Self("a machine", 4711, "1.0")


@pytest.fixture
def other(store: Store) -> Store:
    """Another process on the same database; both are alive."""
    other = Store("", store.now, store.engine)
    assert not processes.beat(store, HERE)
    assert not processes.beat(other, HERE)
    return other


def die(store: Store, process: Store) -> None:
    """It gives no more signs of life, and the others notice."""
    assert processes.bury(store, process.me, processes.others(store)[process.me])


def test_who_gives_no_sign_of_life_for_a_lease_is_dead() -> None:
    watch, at = ProcessWatch(), 1000.0
    for beat in range(int(LEASE / BEAT) + 1):
        assert watch.dead({"living": beat, "dead": 7}, at) == []
        at += BEAT
    assert watch.dead({"living": 99, "dead": 7}, at) == ["dead"]
    assert watch.dead({"living": 100, "dead": 8}, at + BEAT) == []  # it was only slow


def test_after_a_gap_every_lease_begins_anew() -> None:
    """This process was frozen, or the database away: the others may have given signs that nobody could see."""
    watch = ProcessWatch()
    assert watch.dead({"other": 7}, 1000.0) == []
    assert watch.dead({"other": 7}, 1000.0 + LEASE + GAP) == []
    assert watch.dead({"other": 7}, 1000.0 + LEASE + GAP + BEAT) == []


def test_a_sign_of_life_keeps_a_process_from_its_grave(store: Store, other: Store) -> None:
    beats = processes.others(store)[other.me]
    assert processes.beat(other, HERE)
    assert not processes.bury(store, other.me, beats)
    assert processes.bury(store, other.me, beats + 1)
    assert not processes.bury(store, other.me, beats + 1)
    assert not processes.beat(other, HERE)  # it was only frozen: it notices, and is there again
    assert other.me in processes.others(store)


def test_one_that_froze_in_its_first_moments_is_not_ended_again_when_it_is_back(store: Store, other: Store) -> None:
    """It had given no further sign then, and counts from the beginning now: the same number, and it lives."""
    watch, at = ProcessWatch(), 1000.0
    while not watch.dead(processes.others(store), at):
        at += BEAT
    die(store, other)
    watch.forget(other.me)
    assert not processes.beat(other, HERE)
    assert watch.dead(processes.others(store), at + BEAT) == []


def test_what_a_living_process_holds_is_left_alone(store: Store, other: Store) -> None:
    run, request = sent(other, "london"), approved(other, "paris")
    assert ownership.take_over(store) == []
    assert ownership.void(store, "Nobody is at it.") == 0
    assert runs.get(store, run.id).phase is Phase.SENDING
    assert requests.get(store, request.id).stage is Stage.APPROVED
    assert [one.id for one in ownership.held(other)] == [run.id]
    assert ownership.held(store) == []


def test_what_a_process_holds_itself_is_not_taken_over(store: Store, other: Store) -> None:
    claimed(store, "london")
    approved(store, "paris")
    die(other, store)  # even when it is taken for dead: its own threads are at it
    assert ownership.take_over(store) == []
    assert ownership.void(store, "Nobody is at it.") == 0


@pytest.mark.parametrize("ends", ["buried", "left"])
def test_what_a_dead_process_held_is_taken_over_once(store: Store, other: Store, ends: str) -> None:
    third = Store("", store.now, store.engine)
    processes.beat(third, HERE)
    mine = [claimed(other, "london").id, sent(other, "paris").id]
    request = approved(other, "rome")
    die(store, other) if ends == "buried" else processes.leave(other)
    assert [run.id for run in ownership.take_over(store)] == mine
    assert ownership.take_over(third) == []
    assert [run.holder for run in ownership.held(store)] == [store.me] * 2
    assert ownership.void(third, "Nobody is at it.") == 1
    assert ownership.void(store, "Nobody is at it.") == 0
    assert requests.get(store, request.id).stage is Stage.VOID


def test_what_nobody_ever_held_is_taken_over(store: Store, other: Store) -> None:
    """As an older release leaves it, that knew one process only."""
    run, request = sent(other, "london"), approved(other, "paris")
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE run SET holder = NULL")
        session.connection().exec_driver_sql("UPDATE request SET holder = NULL")
        session.commit()
    assert [one.id for one in ownership.take_over(store)] == [run.id]
    assert ownership.void(store, "Nobody is at it.") == 1
    assert requests.get(store, request.id).why == "Nobody is at it."


def test_requests_that_wait_for_people_are_nobodys(store: Store, other: Store) -> None:
    pending, waiting = asked(other, "london"), approved(other, "paris", then=Stage.WAITING)
    die(store, other)
    assert ownership.void(store, "Nobody is at it.") == 0
    assert requests.get(store, pending.id).stage is Stage.PENDING
    assert requests.get(store, waiting.id).stage is Stage.WAITING
    assert requests.approve(store, pending.id, FIRST, Stage.APPROVED, 15) is not None


def test_a_process_that_was_only_frozen_goes_no_further(store: Store, other: Store) -> None:
    intended, answering = claimed(other, "london"), sent(other, "paris")
    die(store, other)
    assert len(ownership.take_over(store)) == 2
    processes.beat(other, HERE)
    assert not runs.sending(other, intended.id, asks=True, patience=timedelta(0))
    assert not runs.commit_answer(other, answering.id, patience=timedelta(0))
    assert runs.get(store, intended.id).phase is Phase.INTENT


def test_what_a_frozen_process_saw_to_its_end_is_not_told_as_unknown(store: Store, other: Store) -> None:
    run = sent(other)
    die(store, other)
    ownership.take_over(store)
    assert runs.end(other, run.id, SUCCEEDED, seen(), "text").phase is Phase.SUCCEEDED  # it knows
    assert runs.end(store, run.id, UNKNOWN, seen(), "").phase is Phase.SUCCEEDED


def test_what_was_sent_meanwhile_is_not_told_as_not_sent(store: Store) -> None:
    run = claimed(store)
    assert runs.sending(store, run.id, asks=True, patience=timedelta(0))
    ended = runs.end(store, run.id, NOT_SENT, None, "", start=(Phase.INTENT,))
    assert ended.phase is Phase.SENDING
    ended = runs.end(store, run.id, Judgement(Outcome.UNKNOWN, "I cannot tell."), None, "", start=(Phase.SENDING,))
    assert ended.phase is Phase.UNKNOWN


def test_the_message_that_a_dead_process_was_sending_is_free_at_once(store: Store, other: Store) -> None:
    asked(store)
    (card,) = outbox.due(other)
    assert outbox.take(other, card)
    assert outbox.due(store) == []
    die(store, other)
    (again,) = outbox.due(store)
    assert outbox.take(store, again)


def test_who_goes_on_when_one_stops(store: Store, other: Store) -> None:
    assert processes.successors(store) == 1
    processes.stopping(other)
    assert processes.successors(store) == 0
    assert processes.successors(other) == 1
    processes.leave(store)
    assert processes.successors(other) == 0
    assert processes.others(other) == {}


def test_alone_behind_a_lock_every_other_is_of_an_earlier_life(store: Store, other: Store) -> None:
    run = sent(other)
    processes.bury_others(store)
    assert processes.others(store) == {}
    assert [one.id for one in ownership.take_over(store)] == [run.id]
