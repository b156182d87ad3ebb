"""Nobody releases a pair while a command may be at work on it: not by a click, a restart, a clock or a setting."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import Reason, Refusal
from bot.domain.pair import CommandLine, Role
from bot.domain.request import Note, Phase, Stage
from bot.domain.transport import Ending, Reply
from bot.scheduler import sweep
from bot.services import DetailsNeeded, adopt, by_hand, close, keep_pace, recover, stop_waiting
from bot.slack.rendering import facts_of
from bot.store import MessageKind, outbox, processes, requests, runs, sightings
from bot.views.refusals import words as refusal_words
from bot.views.run import meanwhile, steps
from bot.views.terminal import plain_blocks
from tests.services.held import at_work, killed, nothing_is_released, text
from tests.support.refusals import refused
from tests.support.stage import BOB, CAROL, Stage_

P, S = Role.PRIMARY, Role.SECONDARY
WORDS = ("It worked", "It didn't", "Partly")


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    one = Stage_(tmp_path)
    one.world.own = {P: "Active", S: "Promoted Active"}
    return one


def test_after_a_kill_nobody_says_how_it_ended_before_it_must_have(s: Stage_) -> None:
    desk = killed(s)
    run = runs.get(s.store, 1)
    assert run.phase is Phase.UNKNOWN
    assert run.answered_at
    assert run.decidable_at == run.answered_at + timedelta(seconds=900 + 5 + 15)
    while s.clock() + timedelta(seconds=30) < run.decidable_at:
        for phase in (Phase.TOOK_EFFECT, Phase.DID_NOT, Phase.FAILED):
            with refused(r"It may still be running\. You can decide from") as told:
                close(desk, 1, CAROL, phase)
            assert told.value.reason is Reason.BUSY
        with refused("ended unknown"):
            s.ask("ha-demote-primary")
        assert not [word for word in (*WORDS, "looks as if", "neither what") if word in text(s)]
        assert "[Look again]" in text(s)
        close(desk, 1, CAROL, None)
        sweep(desk)
        assert Note.DECIDABLE not in dict(runs.get(s.store, 1).notes)
        s.clock.tick(minutes=2)
    s.clock.at = run.decidable_at
    while shown := outbox.due(s.store):
        for post in shown:
            outbox.delivered(s.store, post, "C0OPS", f"{post.id}.0")
    sweep(desk)
    assert all(word in text(s) for word in WORDS)
    assert Note.DECIDABLE in dict(runs.get(s.store, 1).notes)
    due = {post.kind for post in outbox.due(s.store, 99)}
    assert {MessageKind.MEANWHILE, MessageKind.END} <= due, "people are called, and the buttons come"
    assert close(desk, 1, CAROL, Phase.DID_NOT).phase is Phase.DID_NOT


def test_the_time_holds_whatever_the_settings_say_by_then(s: Stage_) -> None:
    desk = killed(s)
    pair = s.settings["london"]
    quick = CommandLine("ha-demote-primary", longest=1.0)
    s.settings["london"] = replace(pair, verify_seconds=1.0, commands={"ha-demote-primary": quick})
    s.clock.tick(minutes=15)
    with refused("It may still be running"):
        close(desk, 1, CAROL, Phase.DID_NOT)


def test_a_command_has_a_longest_time_of_its_own(s: Stage_) -> None:
    slow = CommandLine("ha-demote-primary", longest=3600.0)
    s.settings["london"] = replace(s.settings["london"], commands={"ha-demote-primary": slow})
    sightings.arm(s.store, s.settings["london"])
    killed(s)
    run = runs.get(s.store, 1)
    assert run.answered_at
    assert run.decidable_at == run.answered_at + timedelta(seconds=3620)


def test_before_its_answer_the_time_counts_from_the_sending(s: Stage_) -> None:
    request = requests.approve(s.store, s.asked("ha-demote-primary").id, BOB.id, Stage.APPROVED, 15)
    assert request
    run = runs.claim(s.store, request.id, P, request.seen)
    assert run
    assert runs.sending(s.store, run.id, asks=True, patience=timedelta(seconds=960))
    s.store.me = "the next process"
    recover(replace(s.desk, held={}))
    found = runs.get(s.store, run.id)
    assert (found.phase, found.answered_at, found.decidable_at) == (
        Phase.UNKNOWN, None, found.sent_at + timedelta(seconds=960),  # type: ignore[operator]
    )  # fmt: skip


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=2), -timedelta(hours=1)], ids=str)
def test_a_clock_that_jumps_makes_it_later_never_earlier(s: Stage_, jump: timedelta) -> None:
    began = s.clock()
    passed = [0.0]
    desk = replace(killed(s), elapsed=lambda: passed[0])
    sweep(desk)
    s.clock.at += jump
    nothing_is_released(s, desk, passed)
    assert began < s.clock() or jump < timedelta(0)
    s.clock.tick(minutes=2)
    passed[0] += 120
    if jump > timedelta(0):
        assert close(desk, 1, CAROL, Phase.DID_NOT).phase is Phase.DID_NOT
    else:
        with refused("It may still be running"):
            close(desk, 1, CAROL, Phase.DID_NOT)


def test_what_could_be_decided_before_a_jump_still_can_be(s: Stage_) -> None:
    desk = replace(killed(s), elapsed=lambda: 0.0)
    s.clock.tick(minutes=17)
    keep_pace(desk)
    until = runs.get(s.store, 1).decidable_at
    s.clock.tick(hours=1)
    keep_pace(desk)
    assert runs.get(s.store, 1).decidable_at == until


def test_a_run_that_an_older_release_has_sent_waits_too(s: Stage_) -> None:
    desk = killed(s)
    with s.store.writing() as session:
        session.connection().exec_driver_sql("UPDATE run SET decidable_at = NULL")
    with refused("It may still be running"):
        close(desk, 1, CAROL, Phase.DID_NOT)
    s.clock.tick(minutes=17)
    assert close(desk, 1, CAROL, Phase.DID_NOT).phase is Phase.DID_NOT


def test_nothing_of_the_pair_is_done_by_hand_while_a_command_may_be_at_work(s: Stage_) -> None:
    old = s.asked("ha-demote-primary")
    requests.decide(s.store, old.id, Stage.EXPIRED, None)
    desk = killed(s)
    with refused("ended unknown"):
        by_hand(desk, old.id, CAROL)
    s.clock.tick(minutes=17)
    close(desk, 1, CAROL, Phase.DID_NOT)
    assert by_hand(desk, old.id, CAROL).stage is Stage.BY_HAND


def test_partly_keeps_what_both_show_and_asks_for_an_acknowledgement(s: Stage_) -> None:
    desk = killed(s)
    s.clock.tick(minutes=17)
    s.world.own = {P: "Active", S: "Promoted Active"}
    run = close(desk, 1, CAROL, Phase.FAILED)
    assert run.partly
    assert run.after
    assert "says" in text(s)
    assert "took effect in part" in text(s)
    s.clock.tick(minutes=60)
    needed = s.ask("ha-demote-primary")
    assert isinstance(needed, DetailsNeeded)
    assert "took effect in part" in refusal_words(needed.after)


# --- while its session is open


def test_while_it_is_at_work_nothing_releases_the_pair(s: Stage_) -> None:
    tried = []

    def ends(*_: object) -> None:
        processes.beat(s.store, processes.Self("here", 1, "1"))
        for _ in range(12):
            s.clock.tick(minutes=10)  # far beyond its limit, its longest time and the approval's
            sweep(s.desk)
            adopt(s.desk)
            for phase in (Phase.TOOK_EFFECT, Phase.DID_NOT, Phase.FAILED):
                with pytest.raises(Refusal):
                    close(s.desk, 1, CAROL, phase)
            with refused("is running"):
                s.ask("ha-demote-primary")
            tried.append(runs.get(s.store, 1).phase)

    s.world.effect = lambda: s.world.own.update({P: "Demoted"})
    at_work(s, ends)
    assert tried == [Phase.SENDING] * 12
    assert runs.get(s.store, 1).phase is Phase.SUCCEEDED


def test_who_stops_waiting_makes_it_unknown_and_is_told_from_when_it_can_be_decided(s: Stage_) -> None:
    def ends(_hears: object, goes_on: Callable[[], bool]) -> Reply:
        assert goes_on()
        stop_waiting(s.desk, 1, CAROL)
        with refused("stopped waiting already"):
            stop_waiting(s.desk, 1, BOB)
        assert not goes_on()
        return Reply("", None, Ending.LEFT, 1)

    at_work(s, ends)
    run = runs.get(s.store, 1)
    assert (run.phase, run.given_up_by) == (Phase.UNKNOWN, CAROL.id)
    assert "Somebody stopped waiting for it; nothing was cut off." in text(s)
    assert "It may still be running. You can decide from" in text(s)
    with refused("It has ended already"):
        stop_waiting(s.desk, 1, BOB)


def test_before_the_last_answer_there_is_nothing_to_stop_waiting_for(s: Stage_) -> None:
    request = requests.approve(s.store, s.asked("ha-demote-primary").id, BOB.id, Stage.APPROVED, 15)
    assert request
    run = runs.claim(s.store, request.id, P, request.seen)
    assert run
    for _ in range(2):
        with refused("press Stop"):
            stop_waiting(s.desk, run.id, BOB)
        runs.sending(s.store, run.id, asks=True, patience=timedelta(seconds=960))


def test_what_it_says_is_shown_at_once_and_a_question_is_told_not_answered(s: Stage_) -> None:
    shown: list[str] = []
    called: list[str] = []

    def ends(hears: Callable[[str, bool], None], _goes_on: object) -> None:
        def look() -> None:
            run = runs.get(s.store, 1)
            facts = facts_of(s.desk, requests.get(s.store, run.request_id), run)
            shown.append(plain_blocks(steps(facts, run)[1]))
            if found := meanwhile(facts, run):
                called.append(found[0])

        hears("copying the database", False)
        look()
        hears("copying the database\nOverwrite? [y/N]:", True)
        look()

    at_work(s, ends)
    assert "It says: “copying the database”" in shown[0]
    assert "[Stop waiting]" in shown[0]
    assert "[Stop]" not in shown[0]
    assert "asks something after the last answer, and I don't answer" in called[0]
    assert "Overwrite? [y/N]:" in called[0]


def test_a_refusal_of_the_servers_is_shown_in_its_own_words_before_the_looks_are_over(s: Stage_) -> None:
    said: list[str] = []
    ended = Reply("The joining code was refused.\n", 3, Ending.EXITED, 1)
    at_work(s, lambda *_: ended)
    s.desk.sleep(0)
    said.append(runs.get(s.store, 1).said)
    assert said == ["exit status 3: The joining code was refused."]
