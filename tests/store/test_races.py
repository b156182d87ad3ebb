"""Many at once, over threads and processes: the database has one winner, and a naive way has many in the same race."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import col, func, select

from bot.domain.maintenance import MaintenanceView
from bot.domain.pair import Role
from bot.domain.request import Phase, Stage
from bot.store import MessageKind, Store, host_keys, incidents, maintenance, requests, runs, sightings
from bot.store.tables import Approval, Arming, Maintenance, OutboxMessage, Run, Sighting
from bot.views.incident_group import maintenance as drawn
from tests.store.given import CHANNEL, ME, SPLIT, Clock, approved, asked, claimed, lost, pair, seen, sent
from tests.store.racing import Racers, prepared
from tests.store.replay import held, replayed

ROUNDS = 12
RACERS = 6
Race = Callable[..., list[list[Any]]]


@pytest.fixture(scope="module")
def racers() -> Iterator[Racers]:
    """Two processes with three threads each."""
    racers = Racers(2, RACERS // 2)
    yield racers
    racers.close()


@pytest.fixture
def race(racers: Racers, database_url: str) -> Race:
    """All of them on this test's database; a job's name, and the rows to fight for."""
    return partial(racers.race, database_url)


@pytest.fixture(autouse=True)
def audited(store: Store, request: pytest.FixtureRequest) -> Iterator[None]:
    """Whoever won, the audit says the same as the tables; the naive ways write nothing, keys are neither."""
    yield
    if not any(word in request.node.name for word in ("naive", "replacement", "maintenance", "left_open", "storm")):
        assert replayed(store) == held(store)


def count(store: Store, table: Any, *where: Any) -> int:
    """How many rows there are."""
    with store.reading() as session:
        return session.exec(select(func.count(table.id)).where(*where)).one()


def windows(store: Store) -> list[MaintenanceView]:
    """Every maintenance there ever was, as its message has it."""
    with store.reading() as session:
        ids = list(session.exec(select(Maintenance.id).order_by(col(Maintenance.id))))
    return [maintenance.get(store, one or 0) for one in ids]


def test_one_of_many_claims_an_approved_request(store: Store, race: Race) -> None:
    rows = prepared(store, approved, ROUNDS)
    rounds = race("claim", rows)
    assert [won.count(True) for won in rounds] == [1] * ROUNDS
    assert count(store, Run) == ROUNDS


def test_a_naive_claim_has_doubles_in_the_same_race(store: Store, race: Race) -> None:
    rounds = race("claim_naively", prepared(store, approved, ROUNDS))
    doubles = sum(won.count(True) > 1 for won in rounds)
    assert doubles > 0, "this race could not have shown a claim that is not atomic"


def test_a_code_that_is_given_twice_runs_once(store: Store, race: Race) -> None:
    rows = prepared(store, approved, ROUNDS, then=Stage.WAITING)
    assert [won.count(True) for won in race("claim", rows)] == [1] * ROUNDS


def test_two_approved_requests_of_one_pair_never_run_at_once(store: Store, race: Race) -> None:
    """Not even when the index that forbids the second request is gone."""
    with store.writing() as session:
        session.connection().exec_driver_sql("DROP INDEX uq_request_open")
        session.commit()
    for number in range(1, ROUNDS + 1):
        approved(store, f"pair {number}")
        approved(store, f"pair {number}")
    rounds = race("claim_either", range(1, 2 * ROUNDS, 2))
    assert [won.count(True) for won in rounds] == [1] * ROUNDS
    with store.reading() as session:
        found = session.exec(select(Run.pair).where(col(Run.phase) == Phase.INTENT)).all()
    assert len(set(found)) == len(found) == ROUNDS


def test_a_quorum_of_two_out_of_many_is_reached_once(store: Store, race: Race) -> None:
    rows = prepared(store, asked, ROUNDS, needed=2)
    for stages in race("approve", rows):
        assert Counter(stages) == {Stage.PENDING: 1, Stage.APPROVED: 1, "too late": RACERS - 2}
    assert all(len(requests.get(store, row).approved_by) == 2 for row in rows)
    assert count(store, Approval) == 2 * ROUNDS


def test_a_naive_quorum_miscounts_in_the_same_race(store: Store, race: Race) -> None:
    rounds = race("approve_naively", prepared(store, asked, ROUNDS, needed=2))
    assert any(stages.count(Stage.STARTED) != 1 for stages in rounds)


def test_one_person_clicking_on_and_on_is_one_approval(store: Store, race: Race) -> None:
    rows = prepared(store, asked, ROUNDS, needed=2)
    for told in race("approve_twice", rows):
        assert Counter(told) == {Stage.PENDING: 1, "decided": RACERS - 1}
    assert {requests.get(store, row).stage for row in rows} == {Stage.PENDING}


def test_approved_or_denied_but_not_both(store: Store, race: Race) -> None:
    rows = prepared(store, asked, ROUNDS)
    for row, told in zip(rows, race("decide", rows), strict=True):
        ends = Counter(told)
        assert ends["denied"] + ends["claimed"] == 1, told
        request, run = requests.get(store, row), runs.of_request(store, row)
        assert (request.stage is Stage.STARTED) == bool(ends["claimed"]) == (run is not None)


def test_a_stop_at_the_commit_point_wins_or_loses(store: Store, race: Race) -> None:
    rows = prepared(store, sent, ROUNDS)
    for row, told in zip(rows, race("stop_or_answer", rows), strict=True):
        ends, run = Counter(told), runs.get(store, row)
        assert ends["answered"] + ends["stopped"] == 1, told
        assert (run.answered_at is None) == (run.stopped_by is not None)
        assert (run.answered_at is not None) == bool(ends["answered"])


def test_a_stop_before_sending_wins_or_comes_after_it(store: Store, race: Race) -> None:
    """A run that is being sent can still be stopped, until its question is answered."""
    rows = prepared(store, claimed, ROUNDS)
    for row, told in zip(rows, race("stop_or_send", rows), strict=True):
        ends, run = Counter(told), runs.get(store, row)
        assert ends["stopped"] == 1, told
        assert run.phase is (Phase.SENDING if ends["sent"] else Phase.INTENT)
        assert not runs.commit_answer(store, row, patience=timedelta(0))


def test_a_run_ends_once(store: Store, race: Race) -> None:
    rows = prepared(store, sent, ROUNDS)
    for row, words in zip(rows, race("end", rows), strict=True):
        assert set(words) == {runs.get(store, row).words}
    assert (
        count(
            store, OutboxMessage, col(OutboxMessage.kind) == MessageKind.END, col(OutboxMessage.desired_revision) == 1
        )
        == ROUNDS
    )


def test_an_unknown_run_is_closed_once(store: Store, race: Race) -> None:
    rows = prepared(store, lost, ROUNDS)
    assert [won.count(True) for won in race("close", rows)] == [1] * ROUNDS


def test_one_of_many_asks(store: Store, race: Race) -> None:
    assert [won.count(True) for won in race("ask", range(1, ROUNDS + 1))] == [1] * ROUNDS


def test_many_sweeps_remind_once(store: Store, race: Race) -> None:
    rows = prepared(store, asked, 5)
    rounds = race("remind", rows, minutes=8)
    assert sum(map(sum, rounds)) == len(rows)
    assert count(
        store, OutboxMessage, col(OutboxMessage.kind) == MessageKind.REMINDER, col(OutboxMessage.desired_revision) == 1
    ) == len(rows)


def test_many_sweeps_end_each_request_once(store: Store, race: Race) -> None:
    rows = prepared(store, asked, 5)
    rounds = race("expire", rows, minutes=15)
    assert sum(map(sum, rounds)) == len(rows)


def test_a_redelivered_event_is_taken_once(store: Store, race: Race) -> None:
    rounds = race("first_time", range(1, ROUNDS + 1))
    assert [won.count(True) for won in rounds] == [1] * ROUNDS


def test_a_pair_that_is_armed_twice_is_armed(store: Store, race: Race) -> None:
    race("arm", range(1, 6))
    assert count(store, Arming) == 5


def test_one_of_many_posts_a_message(store: Store, race: Race) -> None:
    rows = prepared(store, asked, ROUNDS)
    assert [won.count(True) for won in race("take", rows)] == [1] * ROUNDS


def test_one_replacement_of_a_server_is_in_force(store: Store, race: Race) -> None:
    rows = []
    for number in range(5):
        file = pair(f"pair {number}")
        offered = [host_keys.offer(store, file, file.primary, Role.PRIMARY, file.primary, "U1") for _ in range(RACERS)]
        rows.append(offered[0].id)
    for won in race("pin", rows):
        assert won.count(True) >= 1
    assert [len(host_keys.approved(store, f"pair {number}")) for number in range(5)] == [1] * 5


def test_what_a_dead_process_held_is_taken_over_by_one(store: Store, race: Race) -> None:
    rows = prepared(store, sent, ROUNDS)  # by a process that never gave a sign of life
    (rounds,) = race("take_over", rows[:1])
    assert sorted(run for taken in rounds for run in taken) == rows


def test_a_change_that_many_see_is_one_sighting(store: Store, race: Race) -> None:
    pairs = range(1, ROUNDS + 1)
    for _ in range(2):
        race("see", pairs)
        assert count(store, Sighting) == ROUNDS
    for row in pairs:
        sightings.see(store, seen(f"pair {row}", *SPLIT))
    race("see", pairs)  # another change: back again
    assert count(store, Sighting) == 3 * ROUNDS


def test_naive_sightings_double_in_the_same_race(store: Store, race: Race) -> None:
    race("see_naively", range(1, ROUNDS + 1))
    assert count(store, Sighting) > ROUNDS


def test_of_a_storm_people_are_told_further_once(store: Store, race: Race, clock: Clock) -> None:
    for row in range(1, 6):
        for number in range(RACERS):
            incidents.keep(store, seen(f"pair {row} {number}", *SPLIT, at=clock()), CHANNEL, together=True)
        clock.tick(minutes=11)
    assert {one.group_id for one in incidents.all_open(store)} == set(range(1, 6))
    rounds = race("escalate", range(1, 6), minutes=90)
    assert [won.count(True) for won in rounds] == [1] * 5


def test_of_many_that_begin_maintenance_at_once_one_is_in_force(store: Store, race: Race, clock: Clock) -> None:
    race("work", range(1, ROUNDS + 1))
    clock.tick(minutes=2)
    is_open = col(Maintenance.ended_at).is_(None)
    assert (count(store, Maintenance), count(store, Maintenance, is_open)) == (ROUNDS * RACERS, ROUNDS)
    ended = maintenance.end(store, "pair 1", ME)
    assert ended is not None
    assert maintenance.current(store, "pair 1") is None
    words = [text for text, _ in (drawn(maintenance.get(store, row.id)) for row in windows(store))]
    assert sum(text == f"✅ Maintenance on pair 1 ended by <@{ME}>. Alerts are on again." for text in words) == 1
    assert count(store, Maintenance, is_open) == ROUNDS - 1


def test_whatever_was_left_open_is_ended_with_the_newest(store: Store, clock: Clock) -> None:
    """By an older release, whose `begin` two could win at once."""
    maintenance.begin(store, "london", CHANNEL, ME, "one", clock() + timedelta(hours=2))
    maintenance.begin(store, "london", CHANNEL, ME, "two", clock() + timedelta(hours=1))
    first, _ = windows(store)
    assert drawn(first)[0] == f"✅ Maintenance on london ended by <@{ME}>. Another one is in force."
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE maintenance SET ended_at = NULL, ended_by = NULL")
        session.commit()
    assert maintenance.end(store, "london", ME) is not None
    assert maintenance.current(store, "london") is None
    assert count(store, Maintenance, col(Maintenance.ended_at).is_(None)) == 0


@pytest.mark.parametrize("first", [True, False])
def test_many_can_have_one_run_shown_anew(store: Store, race: Race, first: bool) -> None:
    """Two that want a message that is not there yet: both are served, and no change is lost."""
    rows = prepared(store, sent, 5)
    if first:
        with store.writing() as session:
            session.connection().exec_driver_sql("DELETE FROM post")
            session.commit()
    with store.reading() as session:
        before = sum(session.exec(select(OutboxMessage.desired_revision)).all())
    race("show", rows)
    with store.reading() as session:
        posts = session.exec(select(OutboxMessage)).all()
    assert sum(post.desired_revision for post in posts) == before + 2 * len(rows) * RACERS
    assert {post.to for post in posts} == {CHANNEL}
