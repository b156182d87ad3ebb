"""Messages: in order, parents first, at least once, and never lost to a change that comes meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.domain.request import Stage, Step
from bot.store import MessageKind, Store, incidents, outbox, processes, requests, run_progress, runs
from bot.store.outbox import DueMessage
from bot.store.tables import OutboxMessage
from tests.store.given import (
    ASKER,
    CHANNEL,
    FIRST,
    SECOND,
    SPLIT,
    SUCCEEDED,
    Clock,
    approved,
    asked,
    claimed,
    seen,
    sent,
)
from tests.store.others import another


def kinds(found: list[DueMessage]) -> list[MessageKind]:
    return [post.kind for post in found]


def deliver(store: Store, most: int = 50) -> list[DueMessage]:
    """Deliver as the bot does, round after round, each with a time stamp of its own; what was delivered, in order."""
    told: list[DueMessage] = []
    while found := outbox.due(store, most):
        for post in found:
            told.append(post)
            outbox.delivered(store, post, CHANNEL, post.ts or f"{len(told)}.0")
    return told


def test_a_parent_comes_before_what_hangs_under_it(store: Store) -> None:
    run = sent(store)
    runs.end(store, run.id, SUCCEEDED, seen(), "text")
    first = outbox.due(store)
    assert kinds(first) == [MessageKind.CARD, MessageKind.TOLD]
    assert {post.thread for post in first} == {None}
    outbox.delivered(store, first[0], CHANNEL, "17.5")
    second = outbox.due(store)
    assert kinds(second) == [MessageKind.END, MessageKind.STEPS, MessageKind.TRANSCRIPT, MessageKind.TOLD]
    assert [post.thread for post in second] == ["17.5", "17.5", "17.5", None]
    assert {post.run_id for post in second} == {run.id}
    assert {post.request_id for post in second} == {run.request_id}


def test_a_newer_releases_kind_is_left_to_it_and_keeps_nothing_else(store: Store) -> None:
    asked(store)
    with store.engine.begin() as there:
        there.execute(update(OutboxMessage).values(kind="of a newer release"))
    run = sent(store, "paris")
    assert {post.request_id for post in outbox.due(store)} == {run.request_id}
    assert len(deliver(store)) > 1
    assert outbox.undelivered(store) == 1


def test_what_is_delivered_is_due_no_more(store: Store) -> None:
    asked(store)
    assert outbox.undelivered(store) == 1
    (card,) = deliver(store)
    assert (card.kind, card.to, card.ts, card.desired_revision) == (MessageKind.CARD, CHANNEL, None, 1)
    assert outbox.due(store) == []
    assert outbox.undelivered(store) == 0


def test_a_change_brings_the_same_message_up_to_date(store: Store) -> None:
    one = asked(store)
    deliver(store)
    requests.decide(store, one.id, Stage.WITHDRAWN, ASKER)
    (card,) = outbox.due(store)
    assert (card.kind, card.ts, card.channel, card.desired_revision) == (MessageKind.CARD, "1.0", CHANNEL, 2)


def test_a_change_during_delivery_stays_due(store: Store) -> None:
    one = asked(store, needed=2)
    (card,) = outbox.due(store)
    requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)  # while Slack takes the first state
    outbox.delivered(store, card, CHANNEL, "1.0")
    (again,) = outbox.due(store)
    assert (again.id, again.ts, again.desired_revision) == (card.id, "1.0", 2)
    outbox.delivered(store, again, CHANNEL, "1.0")
    assert outbox.due(store) == []


def test_a_late_answer_does_not_hide_a_newer_one(store: Store) -> None:
    one = asked(store, needed=2)
    (slow,) = outbox.due(store)
    requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)
    (fast,) = outbox.due(store)
    outbox.delivered(store, fast, CHANNEL, "2.0")
    outbox.delivered(store, slow, CHANNEL, None)
    assert outbox.undelivered(store) == 0


def test_what_slack_does_not_take_is_put_off_and_comes_again(store: Store, clock: Clock) -> None:
    asked(store)
    for tries in range(12):
        (card,) = outbox.due(store)
        assert card.tries == tries
        outbox.put_off(store, card, 30)
        assert outbox.due(store) == []
        assert outbox.undelivered(store) == 1
        clock.tick(seconds=29)
        assert outbox.due(store) == []
        clock.tick(seconds=1)
    (card,) = deliver(store)
    assert card.tries == 12


def test_a_message_that_is_put_off_holds_back_only_its_own(store: Store) -> None:
    claimed(store)
    (card,) = outbox.due(store)
    outbox.put_off(store, card, 60)
    assert outbox.due(store) == []
    asked(store, "paris")
    assert kinds(outbox.due(store)) == [MessageKind.CARD]


def test_a_change_is_tried_at_once(store: Store) -> None:
    one = asked(store)
    (card,) = outbox.due(store)
    outbox.put_off(store, card, 3600)
    requests.decide(store, one.id, Stage.DENIED, FIRST, "no")
    assert (MessageKind.CARD, 0) in [(post.kind, post.tries) for post in outbox.due(store)]


def test_many_that_wait_for_their_parents_hold_back_nobody_else(store: Store, clock: Clock) -> None:
    """A channel that is gone for hours: what hangs under its cards must not fill the list."""
    for number in range(1, 5):
        run = sent(store, f"pair {number}")
        runs.end(store, run.id, SUCCEEDED, seen(), "text")
        for post in outbox.due(store):
            outbox.put_off(store, post, 3600)
    assert outbox.undelivered(store) == 20
    asked(store, "paris")
    assert kinds(outbox.due(store, most=5)) == [MessageKind.CARD]


def test_only_so_many_at_a_time_and_all_in_the_end(store: Store) -> None:
    for number in range(7):
        run = claimed(store, f"pair {number}")
        runs.end(store, run.id, SUCCEEDED, seen(), "text")
    assert len(outbox.due(store, most=3)) == 3
    told = deliver(store, most=3)
    assert len({post.id for post in told}) == len(told) == 7 * 5
    assert outbox.undelivered(store) == 0


def test_what_is_dropped_is_not_due(store: Store) -> None:
    asked(store)
    (card,) = outbox.due(store)
    outbox.drop(store, card, "is_archived")
    assert outbox.due(store) == []
    assert outbox.undelivered(store) == 0


def test_progress_touches_one_message_however_long_it_runs(store: Store, clock: Clock) -> None:
    run = claimed(store)
    deliver(store)
    for _ in range(10):
        clock.tick(seconds=10)
        run_progress.progress(store, run.id, Step.UNCHANGED)
    assert kinds(outbox.due(store)) == [MessageKind.CARD, MessageKind.STEPS]


def test_delivery_over_a_recovery_in_order(store: Store, clock: Clock) -> None:
    one = asked(store)
    clock.tick(minutes=8)
    requests.remind(store)
    requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)
    run = runs.claim(store, one.id, one.plan.server_role, seen())
    assert run is not None
    told = kinds(deliver(store))
    assert told == [MessageKind.CARD, MessageKind.REMINDER, MessageKind.STEPS]


def test_a_signed_request_is_taken_once_and_forgotten_in_time(store: Store, clock: Clock) -> None:
    assert outbox.first_time(store, "v0=abc")
    assert not outbox.first_time(store, "v0=abc")
    assert outbox.first_time(store, "v0=abd")
    clock.tick(minutes=9)
    outbox.forget_receipts(store, timedelta(minutes=10))
    assert not outbox.first_time(store, "v0=abc")
    clock.tick(minutes=2)
    outbox.forget_receipts(store, timedelta(minutes=10))
    assert outbox.first_time(store, "v0=abc")


@pytest.mark.parametrize("make", [asked, approved, claimed, sent])
def test_every_message_can_be_traced_to_its_request(store: Store, make: object) -> None:
    assert callable(make)
    found = make(store)
    wanted = deliver(store)
    assert wanted
    assert {post.request_id for post in wanted} == {getattr(found, "request_id", found.id)}
    assert SECOND not in {post.to for post in wanted}


def test_what_one_process_sends_no_other_does(store: Store) -> None:
    asked(store)
    other = another(store)
    (card,), (too,) = outbox.due(store), outbox.due(other)
    assert outbox.take(store, card)
    assert outbox.take(store, card)  # its own claim: it may try again
    assert not outbox.take(other, too)
    assert outbox.due(other) == []
    assert outbox.delivered(store, card, CHANNEL, "1.0")
    assert not outbox.take(other, too)
    assert outbox.due(other) == []


def test_what_was_listed_before_a_change_is_not_sent(store: Store) -> None:
    """Else one that listed a message before another process posted it would post it anew."""
    one = asked(store, needed=2)
    other = another(store)
    (stale,) = outbox.due(other)
    (card,) = outbox.due(store)
    assert outbox.take(store, card)
    assert outbox.delivered(store, card, CHANNEL, "1.0")
    requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)
    assert not outbox.take(other, stale)
    (fresh,) = outbox.due(other)
    assert (fresh.ts, fresh.desired_revision) == ("1.0", 2)
    assert outbox.take(other, fresh)


def test_what_a_dead_process_was_sending_is_taken_over(store: Store, clock: Clock) -> None:
    asked(store)
    other = another(store)
    (card,) = outbox.due(store)
    assert outbox.take(store, card)
    clock.tick(seconds=59)
    assert outbox.due(other) == []
    clock.tick(seconds=1)
    (again,) = outbox.due(other)
    assert outbox.take(other, again)
    assert not outbox.delivered(store, card, CHANNEL, "1.0")  # it was only frozen, and is too late
    outbox.put_off(store, card, 3600)  # as is this
    assert outbox.delivered(other, again, CHANNEL, "2.0")
    assert not outbox.delivered(store, card, CHANNEL, "1.0")
    requests.decide(store, card.request_id, Stage.WITHDRAWN, ASKER)
    (newer,) = outbox.due(store)
    assert newer.ts == "2.0"


def test_what_a_leaving_process_may_still_be_sending_stays_its_own_for_a_while(store: Store, clock: Clock) -> None:
    asked(store)
    other = another(store)
    processes.beat(other, processes.Self("here", 1, "1.0"))
    (card,) = outbox.due(other)
    assert outbox.take(other, card)
    processes.leave(other)
    assert outbox.due(store) == []
    clock.tick(seconds=60)
    (again,) = outbox.due(store)
    assert again.tried, "it is looked for before it is sent anew"


def test_what_is_put_off_is_anybodys(store: Store, clock: Clock) -> None:
    asked(store)
    other = another(store)
    (card,) = outbox.due(store)
    assert outbox.take(store, card)
    outbox.put_off(store, card, 5)
    clock.tick(seconds=5)
    (again,) = outbox.due(other)
    assert outbox.take(other, again)


def test_what_was_put_off_does_not_wait_until_a_clock_that_was_set_back_comes_there(store: Store, clock: Clock) -> None:
    asked(store)
    (card,) = outbox.due(store)
    outbox.put_off(store, card, 30)
    clock.tick(hours=-1)
    assert kinds(outbox.due(store)) == [MessageKind.CARD]


def test_a_card_is_shown_though_its_pair_has_changed_its_channel_since_its_incident(store: Store) -> None:
    incidents.keep(store, seen("london", *SPLIT), "C0OLD")
    one = asked(store)
    assert one.channel == CHANNEL
    found = [(post.kind, post.to, post.thread) for post in outbox.due(store) if post.to == CHANNEL]
    assert found == [(MessageKind.CARD, CHANNEL, None)]
    with store.reading() as session:
        assert requests.thread_of(session, one.id) == requests.card_key(one.id, CHANNEL)
