"""Defects found in a review of the desk: each test fails on the code of 23 November and passes on the right one."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.approval import same_name
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Role, Server
from bot.domain.request import Phase, RequestView, Stage
from bot.domain.situation import SituationCode, assess
from bot.domain.snapshot import snapshot
from bot.domain.statement import StatementKind
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.domain.words import esc, plain
from bot.services import (
    Details,
    DetailsNeeded,
    adopt,
    approve,
    ask,
    by_hand,
    close,
    enter_code,
    execute,
    observe,
    recover,
    stop,
    withdraw,
)
from bot.services.incident_handling import revoke
from bot.services.key_approval import offer
from bot.services.late_clicks import decided
from bot.services.requests import acknowledgement_due
from bot.store import requests, runs, sightings
from bot.views.refusals import words as refusal_words
from tests.store.given import in_phase
from tests.support.refusals import refused
from tests.support.stage import ADDRESS, ALICE, BOB, CAROL, NO_ANSWER, OFF, Stage_, pair, split


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    return Stage_(tmp_path)


# --- statements


def test_off_does_not_outlive_an_answer_of_the_server_that_was_said_to_be_off(s: Stage_) -> None:
    s.world.own[Role.PRIMARY] = NO_ANSWER
    first = s.asked("ha-failover", OFF)
    requests.decide(s.store, first.id, Stage.DENIED, BOB.id, "It is NOT off, I am logged on to it")
    s.clock.tick(minutes=10)
    s.world.own[Role.PRIMARY] = "Active"
    assert assess(observe(s.desk, s.settings["london"])).name is SituationCode.HEALTHY
    s.clock.tick(minutes=20)
    s.world.own[Role.PRIMARY] = NO_ANSWER  # a partition, this time
    again = s.ask("ha-failover")
    assert isinstance(again, DetailsNeeded), "the old word, refuted by the server itself, opened the way to a failover"


def test_a_deployed_secondary_that_joined_by_hand_is_not_fresh_when_it_falls_silent(s: Stage_) -> None:
    s.world.own[Role.SECONDARY] = NO_ANSWER
    given = Details({"address": "10.0.0.12"}, {StatementKind.SECONDARY_DEPLOYED: "Bob built it in 8.4 tonight"})
    request = s.asked("ha-initialise", given)
    requests.decide(s.store, request.id, Stage.BY_HAND, BOB.id)
    s.clock.tick(minutes=5)
    s.world.own[Role.SECONDARY] = "Standby"
    assert assess(observe(s.desk, s.settings["london"])).name is SituationCode.HEALTHY
    s.clock.tick(minutes=60)
    s.world.own[Role.SECONDARY] = NO_ANSWER
    assert assess(observe(s.desk, s.settings["london"])).name is SituationCode.NO_STANDBY


def test_a_statement_names_the_server_that_it_was_made_about(s: Stage_, monkeypatch: pytest.MonkeyPatch) -> None:
    s.world.own[Role.PRIMARY] = NO_ANSWER
    request = s.asked("ha-failover", OFF)
    withdraw(s.desk, request.id, ALICE)
    one = s.settings["london"]
    s.settings["london"] = replace(one, primary=replace(one.primary, address="10.0.0.99", host="pam-new"))
    monkeypatch.setitem(ADDRESS, Role.PRIMARY, "10.0.0.99")
    seen = snapshot(observe(s.desk, s.settings["london"]))
    assert all("10.0.0.99" not in said.sentence for said in seen.statements)


def test_a_word_that_the_approver_refuted_is_shown_until_they_take_it_back(s: Stage_) -> None:
    given = Details(statements={StatementKind.NOT_SERVING: "nobody can log on, I think"})
    request = s.asked("ha-failover", given)
    requests.decide(s.store, request.id, Stage.DENIED, BOB.id, "it serves 40 users, look again")
    s.clock.tick(minutes=1)
    seen = snapshot(observe(s.desk, s.settings["london"]))
    assert seen.situation is SituationCode.SICK_PRIMARY
    assert revoke(s.desk, BOB, s.settings["london"], seen.statements[0].id).situation is SituationCode.HEALTHY


def test_a_demotion_by_hand_out_of_a_split_brain_is_remembered_like_one_of_ours(s: Stage_) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    by_hand(s.desk, request.id, BOB)
    s.world.own[Role.PRIMARY] = "Demoted"
    s.clock.tick(minutes=1)
    assert (
        assess(observe(s.desk, s.settings["london"])).name is SituationCode.AFTER_SPLIT
    )  # row 4: Primary-only changes are lost


# --- what counts as silent


@pytest.mark.parametrize(
    "said",
    [
        Unreachable(UnreachableReason.LOGIN, "it refused the login"),
        Unreachable(UnreachableReason.NO_EXEC, "it gives an interactive shell only"),
        Reply("disk error", None, Ending.TIMED_OUT),
        Reply("Enter passcode:", None, Ending.UNEXPECTED, question="Enter passcode:"),
    ],
    ids=["login refused", "no exec", "ha-status hangs", "ha-status asks"],
)
def test_a_primary_that_proved_its_host_key_is_not_silent(s: Stage_, said: Unreachable | Reply) -> None:
    s.world.own[Role.PRIMARY] = said
    seen = observe(s.desk, s.settings["london"])
    assert assess(seen).name is not SituationCode.PRIMARY_SILENT, assess(seen).says
    needed = s.ask("ha-failover")
    assert isinstance(needed, DetailsNeeded)
    assert (StatementKind.OFF,) not in needed.ways  # it runs an SSH server with the pinned key: it is not powered off


# --- runs


def test_what_was_never_checked_is_not_driven(s: Stage_) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    one = s.settings["london"]
    s.settings["london"] = replace(one, primary=replace(one.primary, user="root", pty=True, key="other"))
    assert not sightings.armed(s.store, s.settings["london"])
    with suppress(Refusal):
        approve(s.desk, request.id, BOB, "london")
    s.drain()
    assert s.world.sent == []


def test_one_lost_run_that_cannot_be_looked_at_does_not_keep_the_others(s: Stage_) -> None:
    split(s)
    s.settings["paris"] = pair("paris")
    sightings.arm(s.store, s.settings["paris"])
    for name in ("paris", "london"):
        found = ask(s.desk, ALICE, name, "ha-demote-primary", "split")
        assert isinstance(found, RequestView)
        approve(s.desk, found.id, BOB, name)
        run = runs.of_request(s.store, found.id)
        assert run
        assert runs.sending(s.store, run.id, asks=True, patience=timedelta(0))  # … and here the process was killed
    s.queue.clear()
    s.store.me = "restarted"
    del s.settings["paris"]  # taken out of the file, or renamed, while the bot was down
    with suppress(Refusal):
        recover(s.desk)
    assert {run.pair: run.phase for run in in_phase(s.store, *Phase)} == {
        "paris": Phase.UNKNOWN,
        "london": Phase.UNKNOWN,
    }


def test_an_approval_whose_claim_fails_does_not_block_the_pair(s: Stage_, monkeypatch: pytest.MonkeyPatch) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    with monkeypatch.context() as away:

        def locked(*_: object) -> None:
            raise Refusal(RefusalCode.UNWRITABLE)

        away.setattr(runs, "claim", locked)  # another process held the lock for two seconds
        with pytest.raises(Refusal):
            approve(s.desk, request.id, BOB, "london")
    s.clock.tick(seconds=30)
    requests.expire(s.store)
    s.drain()
    after = requests.get(s.store, request.id)
    if after.stage is Stage.PENDING:
        approve(s.desk, request.id, BOB, "london")
    assert after.stage is not Stage.APPROVED, "approved, not running, no button on its card, and the pair is blocked"


def test_an_approval_that_was_written_but_not_confirmed_does_not_block_the_pair(
    s: Stage_, monkeypatch: pytest.MonkeyPatch
) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    unconfirmed(requests, "approve", monkeypatch)
    with pytest.raises(Refusal):
        approve(s.desk, request.id, BOB, "london")
    assert requests.get(s.store, request.id).stage is Stage.APPROVED
    monkeypatch.undo()
    s.drain()
    after = requests.get(s.store, request.id)
    assert (after.stage, s.world.sent) == (Stage.VOID, [])
    assert "did not confirm the approval" in after.why
    s.asked("ha-demote-primary")


def test_a_claim_that_was_written_late_and_not_confirmed_does_not_block_the_pair(
    s: Stage_, monkeypatch: pytest.MonkeyPatch
) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    unconfirmed(runs, "claim", monkeypatch)
    with pytest.raises(Refusal):
        approve(s.desk, request.id, BOB, "london")
    s.queue.clear()  # what looked after it at once came before the database had written it
    monkeypatch.undo()
    adopt(s.desk)
    s.drain()
    assert [run.phase for run in runs.latest(s.store, "london")] == [Phase.INTENT]  # it could be just beginning
    s.clock.tick(seconds=31)
    adopt(s.desk)
    s.drain()
    (run,) = runs.latest(s.store, "london")
    assert (run.phase, s.world.sent) == (Phase.NOT_SENT, [])
    assert "did not confirm the start" in run.words


def unconfirmed(module: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written, and the word of it does not come: as a database does that freezes as it commits."""
    real = getattr(module, name)

    def write(*words: Any) -> None:
        real(*words)
        raise Refusal(RefusalCode.UNWRITABLE)

    monkeypatch.setattr(module, name, write)


@pytest.mark.parametrize("code", ["7Q4K-\u200b99", "7Q4K\u00a099", "7Q4K-99\ufeff"], ids=["zero width", "nbsp", "bom"])
def test_a_code_that_cannot_be_typed_is_refused_before_anything_runs(s: Stage_, code: str) -> None:
    s.world.own[Role.SECONDARY] = NO_ANSWER
    given = Details({"address": "10.0.0.12"}, {StatementKind.SECONDARY_DEPLOYED: "Bob built it in 8.4 tonight"})
    request = s.asked("ha-initialise", given)
    approve(s.desk, request.id, BOB, "london")
    try:
        run = enter_code(s.desk, request.id, BOB, {"joining_code": code})
    except Refusal:
        assert requests.get(s.store, request.id).stage is Stage.WAITING  # and may be given again
        return
    s.drain()
    assert s.world.sent == []
    after = runs.get(s.store, run.id)
    assert after.phase is Phase.NOT_SENT, after.words


def test_stop_after_an_end_without_an_answer_does_not_say_that_it_was_answered(s: Stage_) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.world.own[Role.PRIMARY] = "Demoted"  # somebody did it by hand: void
    s.drain()
    run = runs.of_request(s.store, request.id)
    assert run
    assert run.phase is Phase.NOT_SENT
    with pytest.raises(Refusal) as told:
        stop(s.desk, run.id, BOB)
    assert "was answered" not in refusal_words(told.value)


def test_still_looking_does_not_say_locked_when_it_is_closed(s: Stage_) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    run = runs.of_request(s.store, request.id)
    assert run
    runs.sending(s.store, run.id, asks=True, patience=timedelta(0))
    s.queue.clear()
    s.store.me = "restarted"
    recover(s.desk)
    close(s.desk, run.id, BOB, Phase.DID_NOT)
    with pytest.raises(Refusal):
        close(s.desk, run.id, CAROL, None)


def test_one_silent_look_after_a_failover_does_not_mark_the_primary_as_lost(s: Stage_) -> None:
    request = s.asked("ha-failover", Details(statements={StatementKind.PLANNED: "the monthly drill, CHG-1"}))
    approve(s.desk, request.id, BOB, "london")

    def take_over() -> None:
        s.world.own = {Role.PRIMARY: NO_ANSWER, Role.SECONDARY: "Promoted Active"}  # its services start anew

    def sleep(seconds: float) -> None:
        s.clock.tick(seconds=seconds)
        if s.world.sent:
            s.world.own[Role.PRIMARY] = "Demoted"  # two seconds later

    s.world.effect = take_over
    run = runs.of_request(s.store, request.id)
    assert run
    execute(replace(s.desk, sleep=sleep), run.id, {})
    after = runs.get(s.store, run.id)
    assert after.phase is Phase.SUCCEEDED
    assert not after.lost, after.words


def test_verify_ends_although_the_clock_is_set_back(s: Stage_) -> None:
    split(s)
    s.world.effect = lambda: None
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    slept: list[float] = []
    desk = replace(s.desk, sleep=slept.append)
    looks = 0
    probe = s.world.probe

    def back(server: Server, line: str, seconds: float) -> Reply:
        nonlocal looks
        looks += 1
        s.clock.tick(seconds=2)
        if looks == 4:
            s.clock.tick(hours=-1)  # ntpd steps
        assert looks < 200, "looking for an hour"
        return probe(server, line, seconds)

    s.world.probe = back  # type: ignore[method-assign]
    run = runs.of_request(s.store, request.id)
    assert run
    execute(desk, run.id, {})


def test_nobody_who_reads_the_thread_is_told_that_they_may_not(s: Stage_) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.settings["london"] = replace(s.settings["london"], approvers=("U0CAROL", "U0DAVE"))
    s.drain()
    run = runs.of_request(s.store, request.id)
    assert run
    assert run.phase is Phase.NOT_SENT
    assert "You are not" not in run.words, run.words


# --- words and small rules


def test_expired_after_an_approval_does_not_say_that_nobody_decided(s: Stage_) -> None:
    s.world.own[Role.SECONDARY] = NO_ANSWER
    given = Details({"address": "10.0.0.12"}, {StatementKind.SECONDARY_DEPLOYED: "Bob built it in 8.4 tonight"})
    request = s.asked("ha-initialise", given)
    approve(s.desk, request.id, BOB, "london")
    s.clock.tick(minutes=16)
    requests.expire(s.store)
    after = requests.get(s.store, request.id)
    assert after.stage is Stage.EXPIRED
    assert "before anybody decided" not in refusal_words(decided(s.desk, request.id))


def test_the_same_command_a_second_time_within_the_cool_down_needs_a_reason(s: Stage_) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    s.clock.tick(minutes=1)
    s.world.own[Role.PRIMARY] = "Active"  # it came back active: flapping
    seen = observe(s.desk, s.settings["london"])
    assert acknowledgement_due(s.desk, s.settings["london"], s.desk.action("ha-demote-primary"), seen)


def test_a_name_copied_from_the_card_is_the_name() -> None:
    assert same_name(esc("pam_london"), "pam_london")
    assert plain(esc("pam_london")) == "pam_london"


def test_a_look_that_met_the_new_key_before_it_was_pinned_is_no_evidence_afterwards(s: Stage_) -> None:
    before = s.settings["london"]
    observe(s.desk, before)
    seen = sightings.last_seen(s.store, "london")
    s.world.own[Role.SECONDARY] = Unreachable(UnreachableReason.WRONG_KEY)
    s.settings["london"] = replace(before, secondary=replace(before.secondary, host_key="ssh-ed25519 BBBB"))
    observe(s.desk, before)
    assert sightings.last_seen(s.store, "london") == seen
    observe(s.desk, s.settings["london"])
    assert sightings.last_seen(s.store, "london") != seen, "under the settings that are in force it counts"


@pytest.mark.parametrize(
    ("host", "address", "words"),
    [
        ("pam-new", "2001:db8::0010", "That is the floating IP"),
        ("2001:DB8:0::10", "2001:db8::13", "That is the floating IP"),
        ("pam-new", "2001:0db8::12", "is the Secondary's address"),
        ("pam-new", "pam-new", "is no IP address"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(s: Stage_, host: str, address: str, words: str) -> None:
    one = s.settings["london"]
    secondary = replace(one.secondary, address="2001:db8::12")
    s.settings["london"] = replace(one, floating_ip="2001:db8::10", secondary=secondary)
    with refused(f"{words}.* Nothing was done"):
        offer(s.desk, ALICE, "london", Role.PRIMARY, host, 22, address)
    assert offer(s.desk, ALICE, "london", Role.PRIMARY, "pam-new", 22, " 2001:db8::13 ").address == "2001:db8::13"
