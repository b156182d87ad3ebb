"""The main job: a split brain is seen, demoted, failed back and healthy again, with two people, on both transports."""

import re
from typing import Any

import pytest

from bot.domain.plan import fingerprint
from tests.e2e.conftest import Start
from tests.e2e.play import labels, modal_text, text_of

CLOCK = r"\(\d\d:\d\d UTC\)"


@pytest.mark.parametrize(
    ("pair", "http"),
    [
        pytest.param({}, False, id="socket mode"),
        pytest.param({}, True, id="http"),
        pytest.param(
            {"layout": "b", "needs_pty": True}, False, id="another layout over a terminal", marks=pytest.mark.proof
        ),
    ],
)
def test_a_split_brain_is_brought_back_to_bau_by_two_people(play: Start, pair: dict[str, Any], http: bool) -> None:
    p = play({"state": "split-brain", **pair}, http=http)
    since = p.type(p.alice, "/ha-status")
    status = p.reads(p.alice, "london: split brain", "Primary 10.0.", since=since)
    assert "Both servers are active: users may be on either. Nothing replicates." in text_of(status)
    assert labels(status) == ["Ask to demote the Primary", "What if…", "Details"]
    p.alice.click("Details", status)
    p.wait(lambda: "ha-failback: The Primary is still active" in modal_text(p.alice.modal()))
    p.alice.close()

    card = p.ask("/ha-demote-primary london the switch failed, the Secondary has today's changes")
    assert labels(card) == ["Approve demote-primary on london…", "Deny…", "Done by hand"]
    assert "> the switch failed, the Secondary has today's changes" in text_of(card)
    found = fingerprint(p.pair.primary.host_key)
    assert "Runs ha-demote-primary on Primary 10.0.0.11" in text_of(card)
    assert f"host key {found[:15]}…{found[-6:]} · By hand on 10.0.0.11" in text_of(card)
    assert p.changing() == []
    assert "Approved" in p.approve(card)
    assert labels(p.changed(p.bob, card)) == []
    end = p.reads(p.carol, "ha-demote-primary on london is done")
    before, after = (f"{one}, Secondary ACTIVE {CLOCK}" for one in ("Before: Primary ACTIVE", "after: Primary demoted"))
    assert re.search(f"^{before} → {after}$", text_of(end), re.MULTILINE)
    assert "failed over after a split brain" in text_of(end)
    assert labels(end)[0] == "Ask to fail back to the Primary"

    p.alice.click("Ask to fail back to the Primary", end)
    p.wait(lambda: "Ask to fail back" in modal_text(p.alice.modal()))
    assert not p.alice.submit({"Why?": "the switch is mended"})
    p.sent(p.alice)
    card = p.reads(p.bob, "london: fail back to the Primary?")
    p.approve(card, p.carol)
    end = p.reads(p.bob, "london is healthy again")
    assert "asked by" in text_of(end).lower()
    p.reads(p.bob, "[file london-ha-failback-run-2.txt]")
    p.reads(p.alice, "ha-failback on london: ✅ Approved by U0CAROL")
    assert p.changing() == ["ha-demote-primary", "ha-failback"]
    assert p.pair.truth()["primary"]["state"] == "active"
    assert p.rows("SELECT phase FROM run ORDER BY id") == [("succeeded",), ("succeeded",)]
    since = p.type(p.alice, "/ha-history london")
    history = text_of(p.reads(p.alice, "Last requests on london", since=since))
    assert history.index("ha-failback") < history.index("ha-demote-primary")


@pytest.mark.proof
def test_a_failed_primary_is_failed_over_on_a_persons_word_only(play: Start) -> None:
    p = play({"state": "failed-primary"}, settings={"commands": {"ha-status": {"time_limit": 2.0}}})
    since = p.type(p.alice, "/ha-failover london the disk of the Primary died")
    needed = p.reads(p.alice, "needs your word", since=since)
    assert labels(needed) == ["Go on…"]
    p.alice.click("Go on…", needed)
    p.wait(lambda: p.alice.modal())
    assert not p.alice.submit({})
    form = p.wait(lambda: m if "How do you know?" in modal_text(m := p.alice.modal()) else None)
    assert "powered off or isolated" in modal_text(form)
    known = {
        "How do you know?": "powered off in the hypervisor at 03:01",
        "Type london to state this under your name": "x",
    }
    errors = p.alice.submit(known)
    assert errors == {
        "Type london to state this under your name": "Type the pair's name, london, to state this. Nothing was stated."
    }
    assert p.rows("SELECT count(*) FROM statement") == [(0,)]
    assert not p.alice.submit(known | {"Type london to state this under your name": "London"})
    card = p.reads(p.bob, "london: fail over to the Secondary?")
    assert "“powered off in the hypervisor at 03:01” (U0ALICE" in text_of(card)
    assert "Primary no answer" in text_of(card)
    p.approve(card)
    end = p.reads(p.bob, "ha-failover on london is done")
    assert "wasn't seen demoted: it stays marked as lost" in text_of(end)
    assert p.pair.truth()["secondary"]["state"] == "active"
    assert p.rows("SELECT lost FROM run") == [(1,)]


def test_a_planned_hand_over_needs_to_be_stated_as_such(play: Start) -> None:
    p = play()
    since = p.type(p.alice, "/ha-failover london patching the Primary")
    needed = p.reads(p.alice, "needs your word", since=since)
    p.alice.click("Go on…", needed)
    p.wait(lambda: p.alice.modal())
    p.alice.submit({})
    p.wait(lambda: "Which of these do you state?" in modal_text(p.alice.modal()))
    p.alice.submit(
        {
            "Which of these do you state?": "This is a planned hand-over of london, which is healthy.",
            "How do you know, or what is it for?": "monthly patches, CHG-17",
            "Type london to state this under your name": "london",
        }
    )
    card = p.reads(p.bob, "london: fail over to the Secondary?")
    assert "Confirmed it's planned: “" in text_of(card)
    p.approve(card)
    end = p.reads(p.bob, "ha-failover on london is done")
    assert "after: Primary demoted, Secondary ACTIVE" in text_of(end)
    card = p.ask("/ha-failback london patched")  # the next step of the same recovery: no cool-down
    p.approve(card)
    p.reads(p.bob, "london is healthy again")


def test_mentions_work_where_slash_commands_do_not(play: Start) -> None:
    p = play({"state": "split-brain"})
    said = p.alice.mention("C0PAMOPS", "status london")
    p.wait(lambda: [m for m in p.alice.sees("C0PAMOPS", said.message["ts"]) if "Secondary 10.0." in text_of(m)])
    p.alice.direct("status london")
    p.wait(lambda: [m for m in p.alice.directs() if "split brain" in text_of(m)])
    p.alice.mention("C0PAMOPS", "demote-primary london it is a split brain", thread_ts=said.message["ts"])
    p.reads(p.bob, "london: demote the Primary?")
    p.alice.mention("C0PAMOPS", "nonsense")
    p.reads(p.alice, "I know no /ha-nonsense")
    p.alice.mention("C0PAMOPS", "help")
    p.reads(p.bob, "/ha-failover <pair> <reason>")


def test_what_people_say_to_each_other_is_none_of_the_bots_business(play: Start) -> None:
    p = play({"state": "split-brain"})
    told = p.alice.say("C0PAMOPS", "status of london?")
    assert told is not None
    assert told.acked, "Slack tells the bot of what is said in its channels"
    p.alice.say("C0PAMOPS", "demote-primary london should wait until everybody is done")
    p.alice.say("C0PAMOPS", "lunch?", thread_ts=told.message["ts"])
    said = p.alice.mention("C0PAMOPS", "status london")
    p.wait(lambda: [m for m in p.alice.sees("C0PAMOPS", said.message["ts"]) if "Secondary 10.0." in text_of(m)])
    p.alice.direct("help")  # what the bot does with a message comes before what it does with a later one
    p.wait(lambda: [m for m in p.alice.directs() if "/ha-failover" in text_of(m)])
    heard = [text_of(m) for m in p.all(p.alice) if "I know no" in text_of(m) or "Approve" in text_of(m)]
    assert heard == []
    assert len([m for m in p.alice.sees("C0PAMOPS", said.message["ts"]) if "Secondary 10.0." in text_of(m)]) == 1


def test_raw_output_is_one_click_away(play: Start) -> None:
    p = play()
    p.pair.secondary.print_raw("what is <this> *thing*?")
    since = p.type(p.alice, "/ha-status london")
    status = p.reads(p.alice, "unreadable", "Primary 10.0.", since=since)
    assert "not understood" in text_of(status)
    p.alice.click("Details", status)
    view = p.wait(lambda: p.alice.modal())
    assert "what is <this>" in modal_text(view)
    assert "Primary PAM Server" in modal_text(view)


def test_app_home_shows_every_pair_and_what_waits(play: Start) -> None:
    p = play({"state": "split-brain"}, {"name": "paris"})
    p.bob.open_home()
    p.wait(lambda: p.bob.home())
    p.ask("/ha-demote-primary london the switch failed")
    p.bob.open_home()
    p.wait(lambda: "🔴 london split brain" in modal_text(p.bob.home()))
    p.wait(lambda: "🟢 paris healthy" in modal_text(p.bob.home()))
    p.wait(lambda: "[Approve demote-primary…] [Deny…]" in modal_text(p.bob.home()))
    p.alice.open_home()
    p.wait(lambda: "[Withdraw]" in modal_text(p.alice.home()))
    assert "U0BOB and U0CAROL can approve it" in modal_text(p.alice.home())
    olivia = p.person("olivia")
    olivia.open_home()
    p.wait(lambda: "Nothing waits for you." in modal_text(olivia.home()))
    assert "Approve" not in modal_text(olivia.home())
    p.bob.click("Approve demote-primary…")
    p.wait(lambda: "Type london to approve" in modal_text(p.bob.modal()))
    assert not p.bob.submit({"Type london to approve": "london"})
    p.reads(p.carol, "ha-demote-primary on london is done")


@pytest.mark.proof
def test_app_home_of_an_approver_by_group_brings_an_unknown_run_to_its_end(play: Start) -> None:
    commands = {"ha-status": {"time_limit": 2.0}, "ha-demote-primary": {"longest": 2.0}}
    people = {"approvers": ["S0APPROVERS"], "requesters": ["U0ALICE"]}
    p = play({"state": "split-brain", "seconds": 1.5}, settings={"commands": commands, "verify_seconds": 4.0} | people)
    for person in (p.alice, p.bob, p.carol):
        person.open_home()
    p.ask("/ha-demote-primary london the switch failed")
    p.wait(lambda: "[Approve demote-primary…]" in modal_text(p.bob.home()))
    p.bob.click("Approve demote-primary…")
    p.wait(lambda: "Type london to approve" in modal_text(p.bob.modal()))
    assert not p.bob.submit({"Type london to approve": "london"})
    p.reads(p.bob, "✅ answered")
    p.pair.primary.freeze()
    p.carol.click("Stop waiting", p.reads(p.carol, "[Stop waiting]"))
    p.wait(lambda: "[It worked] [It didn't] [Partly] [Look again]" in modal_text(p.carol.home()))
    p.pair.primary.thaw()
    assert "Approve" not in modal_text(p.bob.home())
    assert "It worked" not in modal_text(p.alice.home())
    p.carol.click("It worked")
    p.wait(lambda: "The pair is free again." in modal_text(p.carol.modal()))
    p.wait(lambda: "Nothing waits for you." in modal_text(p.carol.home()))
