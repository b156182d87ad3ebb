"""Every card and refusal says how a person does the step at the server, or what is next where it would be wrong."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import Reason, Refusal
from bot.domain.outcome import Judgement, Outcome
from bot.domain.pair import Role
from bot.domain.request import Phase, RequestView, Stage
from bot.domain.statement import StatementKind
from bot.services import Details, adopt, approve, by_hand, deny, key_approval, stop
from bot.slack.rendering import facts_of
from bot.store import requests, runs
from bot.views.card import card, told
from bot.views.refusals import words as refusal_words
from bot.views.run import end
from bot.views.terminal import plain_blocks
from tests.store.replay import audit
from tests.support.interactions import press
from tests.support.stage import ALICE, BOB, CAROL, NO_ANSWER, Stage_, split

LINE = "on 10.0.0.11 (Primary): `ha-demote-primary`, answer y"
STILL = f"By hand, if both servers are still as the card shows: {LINE}."
READ_LINE = LINE.replace("`", "")  # as it is read where marks are drawn
READ = STILL.replace("`", "")


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    found = Stage_(tmp_path)
    split(found)
    return found


def refused(doing: Callable[[], object], reason: Reason) -> str:
    """The words of the refusal, which has to come for this reason."""
    with pytest.raises(Refusal) as caught:
        doing()
    assert caught.value.reason is reason, refusal_words(caught.value)
    return refusal_words(caught.value)


def asking(s: Stage_, action: str = "ha-demote-primary") -> Callable[[], object]:
    return lambda: s.ask(action)


def shown(s: Stage_, request: RequestView) -> str:
    """The card as it is now, with its buttons."""
    return plain_blocks(card(facts_of(s.desk, requests.get(s.store, request.id), runs.of_request(s.store, request.id))))


def ended(s: Stage_, request: RequestView) -> str:
    """What the thread says of the end, and the requester's direct message."""
    run = runs.of_request(s.store, request.id)
    assert run
    facts = facts_of(s.desk, requests.get(s.store, request.id), run)
    return plain_blocks(end(facts, run)[1]) + plain_blocks(told(facts)[1])


def heal(s: Stage_) -> None:
    s.world.own = {Role.PRIMARY: "Active", Role.SECONDARY: "Standby"}


@contextmanager
def locked(s: Stage_) -> Iterator[None]:
    """A writer that does not let go of the database."""
    database = s.store.engine.url.database
    assert database
    with sqlite3.connect(database, isolation_level=None) as held:
        held.execute("BEGIN IMMEDIATE")
        yield
        held.execute("ROLLBACK")


# --- refusals


def test_not_armed(s: Stage_) -> None:
    s.settings["london"] = replace(s.settings["london"], primary=replace(s.settings["london"].primary, user="root"))
    assert f"By hand: {LINE}." in refused(asking(s), Reason.NOT_ARMED)
    words = refused(asking(s, "ha-failback"), Reason.NOT_ARMED)
    assert "`ha-failback`" not in words
    assert "The Primary is still active: demote it first. Next: demote the Primary" in words


def test_nobody_else_can_approve(s: Stage_) -> None:
    s.settings["london"] = replace(s.settings["london"], approvers=(ALICE.id,))
    assert f"By hand: {LINE}." in refused(asking(s), Reason.NO_QUORUM)
    heal(s)
    words = refused(asking(s), Reason.NO_QUORUM)
    assert "`ha-demote-primary`" not in words
    assert "Nothing needs to be done." in words


def test_what_has_to_be_true_first_is_said_with_the_line(s: Stage_) -> None:
    s.world.own = {Role.PRIMARY: NO_ANSWER, Role.SECONDARY: "Standby"}
    s.settings["london"] = replace(s.settings["london"], approvers=())
    assert (
        "By hand, only if “The Primary of london (10.0.0.11) is powered off or isolated from users.”: "
        "on 10.0.0.12 (Secondary): `ha-failover`, answer y."
    ) in refused(asking(s, "ha-failover"), Reason.NO_QUORUM)


def test_what_only_a_person_at_its_console_can_do(s: Stage_) -> None:
    s.world.own = dict.fromkeys(Role, NO_ANSWER)
    given = Details(
        statements={
            StatementKind.RESTORED: "restored from Sunday's backup",
            StatementKind.SECONDARY_DEPLOYED: "Bob built it",
        }
    )
    words = refused(lambda: s.ask("ha-initialise", given), Reason.SITUATION)
    assert "only a person at its console can type it" in words
    line = "`ha-initialise`, answer the address, then the joining code, then y."
    assert f"By hand: on 10.0.0.11 (Primary): {line}" in words
    assert "Ask for it" not in words


def test_a_wrong_step_names_the_next_one_and_teaches_no_line(s: Stage_) -> None:
    words = refused(asking(s, "ha-failback"), Reason.SITUATION)
    assert "`ha-failback`" not in words
    assert "Next: demote the Primary (`ha-demote-primary`). Ask for it with /ha-demote-primary london" in words


def test_busy_with_a_request(s: Stage_) -> None:
    s.asked("ha-demote-primary")
    words = refused(asking(s), Reason.BUSY)
    assert words.startswith("<@U0ALICE> has asked for ha-demote-primary on london already, <!date^")
    assert STILL in words


def test_busy_with_a_run_and_with_an_unknown_one(s: Stage_) -> None:
    run = _sending(s)
    server = ("pam-new", 22, "10.0.0.21")
    for doing in (asking(s), lambda: key_approval.offer(s.desk, ALICE, "london", Role.PRIMARY, *server)):
        assert f"(run {run}, asked for by" in refused(doing, Reason.BUSY)
    words = refused(asking(s), Reason.BUSY)
    assert f"(run {run}, asked for by <@U0ALICE>, begun <!date^" in words
    assert "type nothing at the servers meanwhile" in words
    runs.end(s.store, run, Judgement(Outcome.UNKNOWN, "The line broke."), None, "")
    words = refused(asking(s), Reason.BUSY)
    assert "By hand only look, until it is closed: `ha-status` on 10.0.0.11 and 10.0.0.12." in words
    assert "answer y" not in words


def _sending(s: Stage_) -> int:
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.queue.clear()
    run = runs.of_request(s.store, request.id)
    assert run
    runs.sending(s.store, run.id, asks=True, patience=timedelta(0))
    return run.id


def test_the_database_is_away(s: Stage_) -> None:
    with locked(s):
        words = refused(asking(s), Reason.STORE)
        assert "By hand, look first: on 10.0.0.11: `ha-status`, on 10.0.0.12: `ha-status`." in words
    request = s.asked("ha-demote-primary")
    with locked(s):
        assert STILL in refused(lambda: approve(s.desk, request.id, BOB, "london"), Reason.STORE)


def test_the_settings_are_broken(s: Stage_) -> None:
    request = s.asked("ha-demote-primary")
    s.settings["paris"] = s.settings.pop("london")
    words = refused(lambda: approve(s.desk, request.id, BOB, "london"), Reason.NO_SUCH_PAIR)
    assert STILL in words
    assert "only <@U0ALICE>, who asked, can end this request: by Withdraw." in words


# --- what has ended


def expired(s: Stage_) -> RequestView:
    request = s.asked("ha-demote-primary")
    s.clock.tick(minutes=16)
    requests.expire(s.store)
    return request


def voided(s: Stage_) -> RequestView:
    request = s.asked("ha-demote-primary")
    requests.approve(s.store, request.id, BOB.id, Stage.APPROVED, 15)
    s.store.me = "restarted"
    adopt(s.desk)
    return request


def unreachable(s: Stage_) -> RequestView:
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.world.own[Role.PRIMARY] = NO_ANSWER
    s.drain()
    s.world.own[Role.PRIMARY] = "Active"
    return request


def lost_its_process(s: Stage_) -> RequestView:
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.queue.clear()
    s.store.me = "restarted"
    adopt(s.desk)
    s.drain()
    return request


UNSENT = [expired, voided, unreachable, lost_its_process]


@pytest.mark.parametrize("unsent", UNSENT)
def test_what_ended_unsent_says_how_and_takes_the_word_that_it_was_done(
    s: Stage_, unsent: Callable[[Stage_], RequestView]
) -> None:
    request = unsent(s)
    assert READ in shown(s, request)
    assert "[Done by hand]" in shown(s, request)
    s.world.own[Role.PRIMARY] = "Demoted"
    said: list[str] = []
    press(s.desk, BOB, "by_hand", str(request.id), lambda text, _: said.append(text))
    assert "was done by hand. I sent nothing. Now: 🟠 london: failed over after a split brain" in said[0]
    assert "Done by hand, says U0BOB" in shown(s, request)
    noted = [entry for entry in audit(s.store) if entry.kind == "request"][-1]
    assert (noted.request_id, noted.who, Stage(noted.state or "")) == (request.id, BOB.id, Stage.BY_HAND)
    assert "It is done by hand already by <@U0BOB>" in refused(
        lambda: by_hand(s.desk, request.id, CAROL), Reason.DECIDED
    )


@pytest.mark.parametrize("unsent", [expired, voided])
def test_a_click_that_comes_too_late_hears_how(s: Stage_, unsent: Callable[[Stage_], RequestView]) -> None:
    request = unsent(s)
    with pytest.raises(Refusal) as caught:
        approve(s.desk, request.id, BOB, "london")
    assert STILL in refusal_words(caught.value)


@pytest.mark.parametrize("unsent", [unreachable, lost_its_process])
def test_an_end_that_was_not_sent_says_how(s: Stage_, unsent: Callable[[Stage_], RequestView]) -> None:
    assert ended(s, unsent(s)).count(READ) == 2


def test_a_pair_that_moved_is_looked_at_first(s: Stage_) -> None:
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    heal(s)
    s.drain()
    for said in (ended(s, request), shown(s, request)):
        assert "See what is next now: /ha-recover london" in said
        assert READ_LINE not in said


def test_a_step_that_somebody_stopped_or_denied_is_looked_at_first(s: Stage_) -> None:
    request = s.asked("ha-demote-primary")
    deny(s.desk, request.id, BOB, "the Primary's data has to survive")
    assert "/ha-recover london shows what is next now" in shown(s, request)
    assert READ_LINE not in shown(s, request)
    refused(lambda: by_hand(s.desk, request.id, BOB), Reason.DECIDED)
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    run = runs.of_request(s.store, request.id)
    assert run
    stop(s.desk, run.id, BOB)
    s.drain()
    assert "See what is next now: /ha-recover london" in ended(s, request)
    assert READ_LINE not in shown(s, request)


def test_a_run_that_is_unknown_is_only_looked_at(s: Stage_) -> None:
    run = runs.get(s.store, _sending(s))
    runs.end(s.store, run.id, Judgement(Outcome.UNKNOWN, "The line broke."), None, "")
    request = requests.get(s.store, run.request_id)
    for said in (ended(s, request), shown(s, request)):
        assert "By hand only look, until it is closed: ha-status on 10.0.0.11 and 10.0.0.12" in said
        assert READ_LINE not in said
    refused(lambda: by_hand(s.desk, request.id, BOB), Reason.DECIDED)


def test_a_run_that_failed_says_how_where_it_is_still_the_next_step(s: Stage_) -> None:
    s.world.effect = lambda: None
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    run = runs.of_request(s.store, request.id)
    assert run
    assert run.phase is Phase.FAILED
    assert READ in ended(s, request)
    assert READ in shown(s, request)


def test_a_request_that_waits_for_its_code_says_how(s: Stage_) -> None:
    s.world.own = {Role.PRIMARY: "Active", Role.SECONDARY: NO_ANSWER}
    given = Details({"address": "10.0.0.12"}, {StatementKind.SECONDARY_DEPLOYED: "Bob built it in 8.4 tonight"})
    request = s.asked("ha-initialise", given)
    approve(s.desk, request.id, BOB, "london")
    assert ("By hand on 10.0.0.11 (Primary): ha-initialise, answer 10.0.0.12, then the joining code, then y") in shown(
        s, request
    )


def test_what_is_past_its_time_can_be_noted_before_the_sweep(s: Stage_) -> None:
    request = s.asked("ha-demote-primary")
    s.clock.tick(minutes=16)
    assert STILL in refused(lambda: approve(s.desk, request.id, BOB, "london"), Reason.EXPIRED)
    assert by_hand(s.desk, request.id, BOB).stage is Stage.BY_HAND
