"""A run under every fault: what was told is held against what was true, and nothing is ever sent twice."""

import sqlite3
import time
from itertools import pairwise

import pytest

from tests.e2e.conftest import Start
from tests.e2e.play import Play, labels, modal_text, text_of
from tests.e2e.runs import CLOSING, QUICK, demote, true_effect


def test_a_pair_that_moved_since_it_was_asked_for_voids_the_approval(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    card = p.ask("/ha-demote-primary london the switch failed")
    p.pair.primary.make_sick("failed")
    p.approve(card)
    end = p.reads(p.bob, "ha-demote-primary on london was not sent")
    assert "The pair has changed since this was asked for" in text_of(end)
    assert "Primary: approved as active, now failed" in text_of(end)
    assert "Nothing was sent." in text_of(end)
    assert labels(p.reads(p.alice, "⛔ not sent", "The story")) == ["Ask again"]
    assert p.changing() == []


def test_stop_before_the_question_is_answered_leaves_nothing_done(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK | {"commands": {}})
    card = p.ask("/ha-demote-primary london the switch failed")
    p.pair.primary.answer_slowly(1.5)
    p.approve(card)
    steps = p.reads(p.bob, "⏳ running · ha-demote-primary")
    p.person("dave").click("Stop", steps)
    p.reads(p.person("dave"), "Stopped before the question was answered")
    end = p.reads(p.bob, "ha-demote-primary on london was not sent")
    assert "stopped" in text_of(end)
    assert not true_effect(p)
    since = p.latest()
    p.person("dave").click("Stop", steps, stale=True)
    p.reads(p.person("dave"), "U0DAVE has stopped it already", since=since)


def test_stop_after_the_answer_is_too_late(play: Start) -> None:
    p = play({"state": "split-brain", "seconds": 3.0}, settings=QUICK)
    demote(p)
    steps = p.reads(p.bob, "⏳ running · ha-demote-primary", "[Stop]")
    p.reads(p.bob, "⏳ running · ha-demote-primary", "✅ answered")
    since = p.latest()
    p.carol.click("Stop", steps, stale=True)
    p.reads(p.carol, "Too late: ha-demote-primary was answered already", since=since)
    p.reads(p.bob, "ha-demote-primary on london is done")
    assert true_effect(p)


@pytest.mark.proof
def test_while_it_runs_its_one_message_is_kept_current(play: Start) -> None:
    p = play({"state": "split-brain", "seconds": 25.0}, settings=QUICK)
    demote(p)
    steps = p.reads(p.bob, "⏳ running · ha-demote-primary", "✅ answered")
    shown = [(time.monotonic(), text_of(steps))]
    while p.rows("SELECT phase FROM run") == [("sending",)]:
        (now,) = [text_of(m) for m in p.all(p.bob) if " · Primary 10.0.0.11" in text_of(m)]
        if now != shown[-1][1]:
            shown.append((time.monotonic(), now))
        time.sleep(0.2)
    shown.append((time.monotonic(), ""))
    assert len(shown) >= 4, shown  # at 10 s, at 20 s, and as it ends
    assert all(later - sooner <= 30 for (sooner, _), (later, _) in pairwise(shown)), shown
    ended = p.reads(p.bob, "✅ done · ha-demote-primary", "✅ both servers checked")
    assert ended["ts"] == steps["ts"]


@pytest.mark.parametrize("place", ["first", "instead"])
def test_an_unexpected_question_is_never_answered(play: Start, place: str) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    p.pair.primary.ask_unknown_question(place=place)
    demote(p)
    end = p.reads(p.bob, "ha-demote-primary on london", "question I don't know")
    assert not true_effect(p)
    assert "failed" in text_of(end)


def test_a_question_after_the_last_answer_is_told_and_never_answered_nor_hung_up_on(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    p.pair.primary.ask_unknown_question(place="later")
    demote(p)
    p.reads(p.bob, "ha-demote-primary on london asks something after the last answer, and I don't answer")
    assert p.rows("SELECT phase FROM run") == [("sending",)]
    assert [one.exit for one in p.pair.commands if one.changing] == [None]
    p.carol.click("Stop waiting", p.reads(p.carol, "[Stop waiting]"))
    p.reads(p.bob, "I can't tell how ha-demote-primary on london ended", "nothing was cut off")
    assert [one.exit for one in p.pair.commands if one.changing] == [None], "it was hung up on"
    assert not true_effect(p)


IN_THE_PROOFS = [pytest.param(cut, marks=pytest.mark.proof) for cut in ("prompt", "before", "killed")]


@pytest.mark.parametrize("cut", ["midway", "after", *IN_THE_PROOFS])
def test_a_cut_line_is_never_told_as_failed(play: Start, cut: str) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    p.pair.primary.cut_line(cut)
    demote(p)
    end = p.reads(p.carol, "ha-demote-primary on london", "Asked by U0ALICE, approved by U0BOB")
    told = text_of(end)
    assert p.changing() == ["ha-demote-primary"]
    assert "on london failed" not in told
    if "is done" in told:
        assert true_effect(p)
        return
    assert "I can't tell how ha-demote-primary on london ended. It may have run. I won't send it again." in told
    locked(p, "took_effect" if true_effect(p) else "did_not")


def locked(p: Play, truth: str) -> None:
    """An unknown run holds its pair until somebody else closes it; then an acknowledgement is due."""
    p.wait(lambda: labels(p.reads(p.carol, "I can't tell how")) == CLOSING)
    end = p.reads(p.carol, "I can't tell how")
    since = p.type(p.person("dave"), "/ha-failback london go on")
    p.reads(p.person("dave"), "ended unknown, and nobody has closed it yet", since=since)
    since = p.latest()
    p.alice.click("It didn't", end)
    p.reads(p.alice, "You asked for it, so somebody else has to say how it ended", since=since)
    p.carol.click("Look again", end)
    p.reads(p.carol, "I looked again", since=since)
    label = {"took_effect": "It worked", "did_not": "It didn't"}[truth]
    p.carol.click(label, p.reads(p.carol, "I can't tell how"))
    p.reads(p.carol, "The pair is free again.", since=since)
    p.reads(p.bob, "says U0CAROL")
    line = "/ha-failback london go on" if truth == "took_effect" else "/ha-demote-primary london once more"
    since = p.type(p.alice, line)
    needed = p.reads(p.alice, "It needs a reason for one more command.", since=since)
    p.alice.click("Go on…", needed)
    p.wait(lambda: p.alice.modal())
    p.alice.submit({})
    p.wait(lambda: "Why one more command now?" in modal_text(p.alice.modal()))
    p.alice.submit({"Why one more command now?": "Carol looked at both servers"})
    card = p.reads(p.bob, "Runs ha-", since=since)
    assert "“Carol looked at both servers”" in text_of(card)


def test_a_frozen_server_is_waited_for_until_somebody_waits_no_more(play: Start) -> None:
    commands = {"ha-status": {"time_limit": 2.0}, "ha-demote-primary": {"time_limit": 3.0}}
    p = play({"state": "split-brain", "seconds": 1.5}, settings=QUICK | {"commands": commands})
    demote(p)
    p.reads(p.bob, "✅ answered")
    p.pair.primary.freeze()
    p.reads(p.bob, "ha-demote-primary on london is taking longer than usual")
    p.reads(p.bob, "no answer from the Primary while ha-demote-primary runs")
    assert p.rows("SELECT phase FROM run") == [("sending",)]
    p.carol.click("Stop waiting", p.reads(p.carol, "[Stop waiting]"))
    end = p.reads(p.bob, "I can't tell how ha-demote-primary on london ended")
    assert "It may still be running. You can decide from" in text_of(end)
    assert labels(end) == ["Look again"]
    p.pair.primary.thaw()
    assert p.changing() == ["ha-demote-primary"]


def test_another_host_key_is_sent_nothing(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    card = p.ask("/ha-demote-primary london the switch failed")
    p.pair.primary.change_host_key()
    p.approve(card)
    end = p.reads(p.bob, "was not sent")
    assert "host key" in text_of(end)
    assert p.changing() == []


def test_a_request_that_nobody_decides_expires_by_itself(play: Start) -> None:
    p = play({"state": "split-brain"}, settings={"approval_minutes": 0.08})
    card = p.ask("/ha-demote-primary london the switch failed")
    p.reads(p.bob, "Still waiting: ha-demote-primary on london, asked by U0ALICE. U0BOB and U0CAROL, it expires")
    expired = p.reads(p.bob, "Expired at", "Nobody decided it in time. Nothing was sent.")
    assert expired["ts"] == card["ts"]
    assert labels(expired) == ["Done by hand"]
    by_hand = (
        "By hand, if both servers are still as the card shows: on 10.0.0.11 (Primary): ha-demote-primary, answer y."
    )
    assert by_hand in text_of(expired)
    since = p.latest()
    p.bob.click("Approve demote-primary on london…", card, stale=True)
    p.reads(p.bob, "It expired before anybody decided it. Nothing was sent.", since=since)
    told = p.reads(p.alice, "Expired at", by_hand, "The story")
    p.alice.click("Ask again", told)
    view = p.wait(lambda: p.alice.modal())
    assert view["blocks"][1]["element"]["initial_value"] == "the switch failed"
    reminders = [m for m in p.all(p.bob) if "Still waiting" in text_of(m)]
    assert len(reminders) == 1
    assert p.changing() == []
    since = p.latest()
    p.bob.click("Done by hand", expired)
    p.reads(
        p.bob, "Noted: ha-demote-primary on london was done by hand. I sent nothing. It does not show:", since=since
    )
    assert labels(p.reads(p.carol, "Done by hand, says U0BOB")) == []


def test_authority_is_read_when_it_runs(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    card = p.ask("/ha-demote-primary london the switch failed")
    p.bob.click("Approve demote-primary on london…", card)
    p.wait(lambda: p.bob.modal())
    p.stage.pairs["london"]["approvers"] = ["U0CAROL", "U0DAVE"]
    p.stage.write()
    p.bob.submit({"Type london to approve": "london"})
    assert "You are not an approver of london." in p.told(p.bob)
    assert p.changing() == []


def test_who_was_taken_out_of_the_group_right_before_it_runs_is_refused(play: Start) -> None:
    """What Slack said a moment ago is good enough for an answer, and not for a command."""
    p = play({"state": "split-brain"}, settings=QUICK | {"approvers": ["S0APPROVERS"]})
    card = p.ask("/ha-demote-primary london the switch failed")
    p.bob.click("Approve demote-primary on london…", card)
    p.wait(lambda: p.bob.modal())
    p.slack.change_group("S0APPROVERS", users=("U0CAROL", "U0DAVE"))
    p.bob.submit({"Type london to approve": "london"})
    end = p.reads(p.carol, "ha-demote-primary on london was not sent")
    assert "U0BOB may no longer do this on london." in text_of(end)
    assert p.changing() == []


def test_two_have_to_approve_where_the_settings_say_so(play: Start) -> None:
    two = {"approvals": 2, "requesters": ["U0ALICE"]}
    p = play({"state": "split-brain"}, settings=two)
    card = p.ask("/ha-demote-primary london the switch failed")
    assert "Waiting for 2 of:" in text_of(card)
    p.approve(card)
    card = p.reads(p.carol, "approved by U0BOB")
    p.bob.click("Approve demote-primary on london…", card)
    p.wait(lambda: "to approve" in modal_text(p.bob.modal()))
    p.bob.submit({"Type london to approve": "london"})
    assert "You have approved this one already" in p.told(p.bob)
    p.approve(card, p.carol)
    p.reads(p.bob, "ha-demote-primary on london is done")
    assert p.changing() == ["ha-demote-primary"]


def test_a_database_that_cannot_be_written_sends_nothing(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    card = p.ask("/ha-demote-primary london the switch failed")
    p.bob.click("Approve demote-primary on london…", card)
    p.wait(lambda: p.bob.modal())
    with sqlite3.connect(p.folder / "pairkeeper.db", isolation_level=None) as held:
        held.execute("BEGIN IMMEDIATE")  # a writer that does not let go
        p.bob.submit({"Type london to approve": "london"})
        assert "My database could not be written, so nothing was sent." in p.told(p.bob)
        held.execute("ROLLBACK")
    assert p.changing() == []
