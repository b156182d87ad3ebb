"""Requests: one open per pair, decided once, by distinct people, in time."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from bot.domain.errors import Reason, Refusal
from bot.domain.pair import Role
from bot.domain.request import Phase, Stage
from bot.store import MessageKind, Store, outbox, requests, runs
from bot.store.tables import OutboxMessage
from tests.store.given import (
    ASKER,
    CHANNEL,
    FIRST,
    NOT_SENT,
    SECOND,
    SUCCEEDED,
    Clock,
    approved,
    asked,
    claimed,
    lost,
    plan,
    seen,
)
from tests.support.refusals import refused


def wanted(store: Store) -> list[tuple[str, str, int]]:
    """What Slack should show: the kind, to whom, and how many changes it has had."""
    with store.reading() as session:
        return sorted((post.kind, post.to, post.desired_revision) for post in session.exec(select(OutboxMessage)))


def test_what_was_asked_comes_back_as_it_was(store: Store, clock: Clock) -> None:
    reason = "“Käse” 🧀 <@U1> & 'quoted' \\ % {x} :x; -- " + "long " * 1000
    one = asked(store, reason=reason, acknowledgement="I know")
    assert one == requests.get(store, one.id) == requests.open_request(store, "london")
    assert one.stage is Stage.PENDING
    assert (one.reason, one.acknowledgement, one.requester, one.channel) == (reason, "I know", ASKER, CHANNEL)
    assert one.plan == plan()
    assert one.digest == plan().digest()
    assert one.seen == seen()
    assert one.created_at == clock.at
    assert one.expires_at == clock.at + timedelta(minutes=15)
    assert (one.approved_by, one.decided_at, one.decided_by) == ((), None, None)


def test_times_come_back_aware_and_in_utc(store: Store, clock: Clock) -> None:
    one = approved(store)
    run = runs.claim(store, one.id, Role.SECONDARY, seen())
    assert run is not None
    for moment in (one.created_at, one.expires_at, one.decided_at, run.started_at):
        assert moment is not None
        assert moment.utcoffset() == timedelta(0)
        assert str(moment.tzinfo) == "UTC"
    assert one.created_at == clock.at  # to the microsecond


def test_a_time_given_in_another_zone_is_the_same_moment(store: Store, clock: Clock) -> None:
    there = (clock.at + timedelta(minutes=5)).astimezone(ZoneInfo("Asia/Tokyo"))
    one = requests.ask(store, plan(), seen(), requester=ASKER, reason="r", channel=CHANNEL, needed=1, expires_at=there)
    assert requests.get(store, one.id).expires_at == there
    clock.tick(minutes=4, seconds=59)
    assert requests.expire(store) == 0
    clock.tick(seconds=1)
    assert requests.expire(store) == 1


def test_a_pair_has_one_open_request(store: Store) -> None:
    asked(store)
    with refused(f"{ASKER} has asked for ha-failback on london already, .*03:00:00") as told:
        asked(store)
    assert told.value.reason is Reason.BUSY
    asked(store, "paris")
    assert len(requests.history(store, None)) == 2


@pytest.mark.parametrize("end", [Stage.DENIED, Stage.WITHDRAWN, Stage.EXPIRED, Stage.VOID, Stage.BY_HAND])
def test_a_request_that_has_ended_makes_room(store: Store, end: Stage) -> None:
    one = asked(store)
    ended = requests.decide(store, one.id, end, SECOND, "because")
    assert ended is not None
    assert (ended.stage, ended.decided_by, ended.why) == (end, SECOND, "because")
    assert requests.open_request(store, "london") is None
    assert asked(store).id != one.id


@pytest.mark.parametrize("stage", [Stage.APPROVED, Stage.WAITING])
def test_an_approved_request_is_still_open(store: Store, stage: Stage) -> None:
    approved(store, then=stage)
    with refused("has asked for ha-failback on london already"):
        asked(store)


@pytest.mark.parametrize("make", [claimed, lost])
def test_nothing_can_be_asked_while_a_run_is_open(store: Store, make: object) -> None:
    assert callable(make)
    run = make(store)
    with refused(rf"run {run.id}, asked for by {ASKER}, begun .*03:00:00") as told:
        asked(store)
    assert told.value.reason is Reason.BUSY
    assert [one.id for one in requests.history(store, "london")] == [run.request_id]


def test_no_such_request(store: Store) -> None:
    with pytest.raises(Refusal) as told:
        requests.get(store, 99)
    assert told.value.reason is Reason.GONE
    assert requests.decide(store, 99, Stage.DENIED, FIRST) is None
    assert requests.approve(store, 99, FIRST, Stage.APPROVED, 15) is None


def test_the_last_approval_decides(store: Store, clock: Clock) -> None:
    one = asked(store, needed=2)
    first = requests.approve(store, one.id, FIRST, Stage.APPROVED, 10)
    assert first is not None
    assert (first.stage, first.approved_by, first.decided_at) == (Stage.PENDING, (FIRST,), None)
    assert first.expires_at == one.expires_at
    clock.tick(minutes=3)
    second = requests.approve(store, one.id, SECOND, Stage.APPROVED, 10)
    assert second is not None
    assert (second.stage, second.approved_by) == (Stage.APPROVED, (FIRST, SECOND))
    assert (second.decided_at, second.decided_by) == (clock.at, SECOND)
    assert second.expires_at == clock.at + timedelta(minutes=10)


def test_one_person_counts_once(store: Store) -> None:
    one = asked(store, needed=2)
    requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)
    with refused("approved this one already") as told:
        requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)
    assert told.value.reason is Reason.DECIDED
    again = requests.get(store, one.id)
    assert (again.stage, again.approved_by) == (Stage.PENDING, (FIRST,))
    # The refused click was not counted either: the next person's is the second one, no more and no less.
    found = requests.approve(store, one.id, SECOND, Stage.APPROVED, 15)
    assert found is not None
    assert found.stage is Stage.APPROVED


def test_a_second_click_finds_it_decided(store: Store) -> None:
    one = approved(store)
    assert requests.approve(store, one.id, SECOND, Stage.APPROVED, 15) is None
    assert requests.get(store, one.id).approved_by == (FIRST,)
    assert requests.decide(store, one.id, Stage.DENIED, SECOND, start=(Stage.PENDING,)) is None


def test_nobody_approves_what_was_denied(store: Store) -> None:
    one = asked(store)
    requests.decide(store, one.id, Stage.DENIED, FIRST, "no")
    assert requests.approve(store, one.id, SECOND, Stage.APPROVED, 15) is None
    assert requests.decide(store, one.id, Stage.WITHDRAWN, ASKER) is None
    assert requests.get(store, one.id).stage is Stage.DENIED


def test_an_expired_request_cannot_be_approved_even_before_the_sweep(store: Store, clock: Clock) -> None:
    one = asked(store, minutes=15)
    clock.tick(minutes=15)
    assert requests.approve(store, one.id, FIRST, Stage.APPROVED, 15) is None
    assert requests.get(store, one.id).approved_by == ()


@pytest.mark.parametrize("stage", [Stage.PENDING, Stage.APPROVED, Stage.WAITING])
def test_what_nobody_carries_on_expires_once(store: Store, clock: Clock, stage: Stage) -> None:
    one = asked(store) if stage is Stage.PENDING else approved(store, then=stage)
    other = asked(store, "paris", minutes=60)
    clock.tick(minutes=14, seconds=59)
    assert requests.expire(store) == 0
    clock.tick(seconds=1)
    assert requests.expire(store) == 1
    assert requests.expire(store) == 0
    assert requests.get(store, one.id).stage is Stage.EXPIRED
    assert requests.get(store, other.id).stage is Stage.PENDING
    assert (MessageKind.TOLD, ASKER, 1) in wanted(store)


def test_why_it_expired_is_true(store: Store, clock: Clock) -> None:
    one, two = asked(store), approved(store, "paris", then=Stage.WAITING)
    clock.tick(minutes=15)
    requests.expire(store)
    assert "decided" in requests.get(store, one.id).why
    assert "code" in requests.get(store, two.id).why


def test_an_approval_that_comes_while_the_sweep_looks_is_not_swept_away(database_url: str) -> None:
    """The approver's replica is a second behind: it approves in time, by its clock, what the sweep has found late."""
    other = Store(database_url, Clock())
    one = asked(other)
    behind = Clock()
    behind.tick(minutes=14, seconds=59)
    ahead = Clock()
    ahead.tick(minutes=15)
    late = Store(database_url, ahead)
    asks = iter(range(9))

    def now() -> object:
        if next(asks) == 1:  # the sweep has looked, and has not decided yet
            assert requests.approve(Store(database_url, behind), one.id, FIRST, Stage.APPROVED, 15) is not None
        return ahead()

    late.now = now  # type: ignore[assignment]
    assert requests.expire(late) == 0
    assert next(asks) >= 2, "the approval did not come in between"
    assert requests.get(other, one.id).stage is Stage.APPROVED


def test_approvers_are_reminded_once_at_half_time(store: Store, clock: Clock) -> None:
    one = asked(store, minutes=15)
    clock.tick(minutes=7, seconds=29)
    assert requests.remind(store) == 0
    clock.tick(seconds=1)
    assert requests.remind(store) == 1
    assert requests.get(store, one.id).reminded
    clock.tick(minutes=1)
    assert requests.remind(store) == 0
    assert (MessageKind.REMINDER, CHANNEL, 1) in wanted(store)


def test_nobody_is_reminded_of_what_is_decided(store: Store, clock: Clock) -> None:
    approved(store)
    clock.tick(minutes=10)
    assert requests.remind(store) == 0


def test_the_requester_hears_the_end_unless_it_is_theirs(store: Store) -> None:
    requests.decide(store, asked(store).id, Stage.DENIED, FIRST, "no")
    assert wanted(store) == [(MessageKind.CARD, CHANNEL, 2), (MessageKind.TOLD, ASKER, 1)]
    requests.decide(store, asked(store, "paris").id, Stage.WITHDRAWN, ASKER)
    assert [kind for kind, _, _ in wanted(store)].count(MessageKind.TOLD) == 1


def test_the_requester_hears_of_each_end_though_numbers_meet(store: Store) -> None:
    """Request 2 is denied; run 2 is another request's: two messages to one person."""
    runs.end(store, claimed(store, "one").id, NOT_SENT, None, "")
    two = asked(store, "two")
    run = claimed(store, "three")
    assert run.id == two.id
    requests.decide(store, two.id, Stage.DENIED, FIRST, "no")
    before = [(kind, count) for kind, to, count in wanted(store) if to == ASKER]
    runs.end(store, run.id, SUCCEEDED, seen(), "")
    after = [(kind, count) for kind, to, count in wanted(store) if to == ASKER]
    assert after == [*before, (MessageKind.TOLD, 1)]


def test_history_is_newest_first_and_bounded(store: Store) -> None:
    ids = [requests.decide(store, asked(store, name).id, Stage.DENIED, FIRST) for name in ("a", "b", "a", "c")]
    found = [one.id for one in ids if one]
    assert [one.id for one in requests.history(store, None)] == found[::-1]
    assert [one.id for one in requests.history(store, None, most=2)] == found[:1:-1]
    assert [one.pair for one in requests.history(store, "a")] == ["a", "a"]


def test_somebody_is_woken_by_every_change_and_by_no_refusal(store: Store, clock: Clock) -> None:
    woken = []
    store.woken = lambda: woken.append(clock.at)
    one = asked(store)
    assert len(woken) == 1
    with pytest.raises(Refusal):
        asked(store)
    assert len(woken) == 1
    requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)
    requests.approve(store, one.id, SECOND, Stage.APPROVED, 15)
    assert len(woken) == 2
    run = runs.claim(store, one.id, Role.SECONDARY, seen())
    assert run is not None
    assert run.phase is Phase.INTENT
    assert len(woken) == 3


def test_the_card_is_wanted_anew_at_every_change(store: Store) -> None:
    one = asked(store, needed=2)
    requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)
    requests.approve(store, one.id, SECOND, Stage.APPROVED, 15)
    assert wanted(store) == [(MessageKind.CARD, CHANNEL, 3)]
    (card,) = outbox.due(store)
    assert card.kind is MessageKind.CARD
    assert card.desired_revision == 3
