"""Runs: claimed once, durable before the first byte, ended once, closed by a person."""

from datetime import timedelta

import pytest

from bot.domain.errors import Reason, Refusal
from bot.domain.outcome import Judgement, Outcome
from bot.domain.pair import Role
from bot.domain.request import Phase, Stage, Step
from bot.domain.status import State
from bot.store import MessageKind, Store, closure, outbox, requests, run_progress, runs
from tests.store.given import (
    ASKER,
    CHANNEL,
    FIRST,
    NOT_SENT,
    SECOND,
    SUCCEEDED,
    UNKNOWN,
    Clock,
    approved,
    asked,
    claimed,
    in_phase,
    lost,
    seen,
    sent,
)
from tests.support.refusals import refused

AFTER = seen(primary=State.STANDBY, secondary=State.ACTIVE)


def claim(store: Store, request_id: int) -> object:
    return runs.claim(store, request_id, Role.SECONDARY, seen())


def test_a_claim_consumes_the_approval_and_records_the_intent(store: Store, clock: Clock) -> None:
    one = approved(store)
    run = runs.claim(store, one.id, Role.SECONDARY, seen())
    assert run is not None
    assert run == runs.get(store, run.id) == runs.of_request(store, one.id) == runs.open_run(store, "london")
    assert (run.phase, run.role, run.action, run.pair) == (Phase.INTENT, Role.SECONDARY, "ha-failback", "london")
    assert run.steps == ((Step.APPROVED, clock.at),)
    assert (run.before, run.after, run.sent_at, run.ended_at) == (seen(), None, None, None)
    assert requests.get(store, one.id).stage is Stage.STARTED
    assert claim(store, one.id) is None


@pytest.mark.parametrize("stage", [Stage.DENIED, Stage.WITHDRAWN, Stage.EXPIRED, Stage.VOID, Stage.BY_HAND])
def test_nothing_else_can_be_claimed(store: Store, stage: Stage) -> None:
    one = asked(store)
    assert claim(store, one.id) is None
    requests.decide(store, one.id, stage, FIRST)
    assert claim(store, one.id) is None
    assert claim(store, 99) is None
    assert runs.open_run(store, "london") is None


def test_an_approval_past_its_time_cannot_be_claimed(store: Store, clock: Clock) -> None:
    one = approved(store)
    clock.tick(minutes=15)
    assert claim(store, one.id) is None
    assert requests.get(store, one.id).stage is Stage.APPROVED  # the sweep will say so


def test_a_request_with_one_approval_of_two_cannot_be_claimed(store: Store) -> None:
    """Whatever its stage says."""
    one = asked(store, needed=2)
    requests.approve(store, one.id, FIRST, Stage.APPROVED, 15)
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE request SET stage = 'approved'")
        session.commit()
    assert claim(store, one.id) is None


@pytest.mark.parametrize("phase", [Phase.INTENT, Phase.SENDING, Phase.UNKNOWN])
def test_an_open_run_holds_its_pair(store: Store, phase: Phase) -> None:
    """Also against a request that is open beside it, which only a broken index could let in."""
    held = {Phase.INTENT: claimed, Phase.SENDING: sent, Phase.UNKNOWN: lost}[phase](store)
    assert held.phase is phase
    other = approved(store, "paris")
    with store.writing() as session:
        session.connection().exec_driver_sql(f"UPDATE request SET pair = 'london' WHERE id = {other.id}")
        session.commit()
    with refused(rf"run {held.id}, asked for by {ASKER}, begun .*nothing else may start") as told:
        claim(store, other.id)
    assert told.value.reason is Reason.BUSY
    assert requests.get(store, other.id).stage is Stage.APPROVED  # the refusal undid the claim
    assert runs.of_request(store, other.id) is None
    assert runs.open_run(store, "london") == held


@pytest.mark.parametrize("judged", [SUCCEEDED, NOT_SENT, Judgement(Outcome.FAILED, "Nothing has changed.")])
def test_an_ended_run_frees_its_pair(store: Store, judged: Judgement) -> None:
    runs.end(store, sent(store).id, judged, AFTER, "")
    assert runs.open_run(store, "london") is None
    assert claimed(store).phase is Phase.INTENT


def test_sending_and_answering_are_written_down_in_order(store: Store, clock: Clock) -> None:
    run = claimed(store)
    assert not runs.commit_answer(store, run.id, patience=timedelta(0))
    clock.tick(seconds=1)
    assert runs.sending(store, run.id, asks=True, patience=timedelta(0))
    assert not runs.sending(store, run.id, asks=True, patience=timedelta(0))
    found = runs.get(store, run.id)
    assert (found.phase, found.sent_at, found.answered_at) == (Phase.SENDING, clock.at, None)
    clock.tick(seconds=1)
    assert runs.commit_answer(store, run.id, patience=timedelta(0))
    assert not runs.commit_answer(store, run.id, patience=timedelta(0)), "one commit point"
    assert runs.get(store, run.id).answered_at == clock.at


def test_a_line_that_asks_nothing_is_committed_by_sending(store: Store, clock: Clock) -> None:
    run = claimed(store)
    assert runs.sending(store, run.id, asks=False, patience=timedelta(0))
    assert runs.get(store, run.id).answered_at == clock.at
    assert not run_progress.stop(store, run.id, SECOND)


def test_a_stop_before_sending(store: Store) -> None:
    run = claimed(store)
    assert run_progress.stop(store, run.id, SECOND)
    assert not run_progress.stop(store, run.id, FIRST)
    assert not runs.sending(store, run.id, asks=True, patience=timedelta(0))
    assert (runs.get(store, run.id).phase, runs.get(store, run.id).stopped_by) == (Phase.INTENT, SECOND)


def test_a_stop_before_the_answer(store: Store) -> None:
    run = sent(store)
    assert run_progress.stop(store, run.id, SECOND)
    assert not runs.commit_answer(store, run.id, patience=timedelta(0))
    assert runs.get(store, run.id).answered_at is None


def test_a_stop_after_the_answer_is_too_late(store: Store) -> None:
    run = sent(store)
    assert runs.commit_answer(store, run.id, patience=timedelta(0))
    assert not run_progress.stop(store, run.id, SECOND)
    assert runs.get(store, run.id).stopped_by is None


@pytest.mark.parametrize("judged", [SUCCEEDED, NOT_SENT, UNKNOWN])
def test_what_has_ended_cannot_be_stopped_or_sent(store: Store, judged: Judgement) -> None:
    run = runs.end(store, claimed(store).id, judged, None, "")
    assert not run_progress.stop(store, run.id, SECOND)
    assert not runs.sending(store, run.id, asks=True, patience=timedelta(0))
    assert not runs.commit_answer(store, run.id, patience=timedelta(0))
    assert runs.get(store, run.id) == run


def test_steps_keep_their_order_and_time(store: Store, clock: Clock) -> None:
    run, start = claimed(store), clock.at
    for step in (Step.UNCHANGED, Step.PROVED):
        clock.tick(seconds=1.5)
        run_progress.progress(store, run.id, step)
    run_progress.progress(store, run.id)
    expected = [(step, start + timedelta(seconds=1.5 * n)) for n, step in enumerate(list(Step)[:3])]
    assert list(runs.get(store, run.id).steps) == expected


def test_an_end_is_kept_as_it_was_told(store: Store, clock: Clock) -> None:
    run = sent(store)
    clock.tick(seconds=42)
    judged = Judgement(Outcome.SUCCEEDED, "Done. ✅", lost=True)
    ended = runs.end(store, run.id, judged, AFTER, "$ ha-failback\n“öäü”\n")
    assert ended == runs.get(store, run.id)
    assert (ended.phase, ended.words, ended.lost, ended.after) == (Phase.SUCCEEDED, "Done. ✅", True, AFTER)
    assert (ended.ended_at, ended.transcript) == (clock.at, "$ ha-failback\n“öäü”\n")


def test_an_end_is_kept_once(store: Store, clock: Clock) -> None:
    run = runs.end(store, sent(store).id, UNKNOWN, AFTER, "first")
    clock.tick(minutes=1)
    assert runs.end(store, run.id, SUCCEEDED, seen(), "second") == run


def test_an_end_tells_the_thread_and_the_requester(store: Store) -> None:
    run = sent(store)
    told = {(due.kind, due.to) for due in outbox.due(store)}
    runs.end(store, run.id, SUCCEEDED, AFTER, "text")
    card = next(due for due in outbox.due(store) if due.kind is MessageKind.CARD)
    outbox.delivered(store, card, CHANNEL, "1.0")
    now = {(due.kind, due.to) for due in outbox.due(store)} - told
    assert now == {
        (MessageKind.STEPS, CHANNEL),
        (MessageKind.END, CHANNEL),
        (MessageKind.TRANSCRIPT, CHANNEL),
        (MessageKind.TOLD, ASKER),
    }


def test_only_an_unknown_run_can_be_closed_and_only_once(store: Store, clock: Clock) -> None:
    running = sent(store, "paris")
    assert closure.close(store, running.id, SECOND, Phase.TOOK_EFFECT, None) is None
    run = lost(store)
    clock.tick(minutes=5)
    closed = closure.close(store, run.id, SECOND, Phase.DID_NOT, AFTER)
    assert closed is not None
    assert (closed.phase, closed.closed_by, closed.closed_at) == (Phase.DID_NOT, SECOND, clock.at)
    assert closed.after == AFTER
    assert (closed.words, closed.ended_at) == (run.words, run.ended_at)
    assert closure.close(store, run.id, FIRST, Phase.TOOK_EFFECT, None) is None
    assert runs.get(store, run.id) == closed
    assert asked(store).stage is Stage.PENDING


def test_looking_again_shows_what_is_now_and_holds_the_pair(store: Store) -> None:
    run = lost(store)
    closure.looked_again(store, run.id, SECOND, AFTER)
    found = runs.get(store, run.id)
    assert (found.phase, found.after) == (Phase.UNKNOWN, AFTER)


def test_looking_again_changes_nothing_that_is_closed(store: Store) -> None:
    """The look took a while, and somebody closed it meanwhile: their evidence stays."""
    run = lost(store)
    closed = closure.close(store, run.id, SECOND, Phase.TOOK_EFFECT, AFTER)
    closure.looked_again(store, run.id, FIRST, seen())
    assert runs.get(store, run.id) == closed


def test_runs_are_found_by_phase_and_newest_first(store: Store) -> None:
    one, two, three = claimed(store, "a"), sent(store, "b"), lost(store, "c")
    assert [run.id for run in in_phase(store, Phase.INTENT, Phase.SENDING)] == [one.id, two.id]
    assert [run.id for run in in_phase(store, Phase.UNKNOWN)] == [three.id]
    runs.end(store, one.id, NOT_SENT, None, "")
    again = claimed(store, "a")
    assert [run.id for run in runs.latest(store, "a")] == [again.id, one.id]
    assert [run.id for run in runs.latest(store, "a", most=1)] == [again.id]


def test_no_such_run(store: Store) -> None:
    with pytest.raises(Refusal) as told:
        runs.get(store, 99)
    assert told.value.reason is Reason.GONE
    assert not runs.sending(store, 99, asks=True, patience=timedelta(0))
    assert not runs.commit_answer(store, 99, patience=timedelta(0))
    assert not run_progress.stop(store, 99, FIRST)
    assert closure.close(store, 99, FIRST, Phase.DID_NOT, None) is None
