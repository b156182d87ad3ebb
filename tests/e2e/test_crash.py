"""Killed at any moment, the bot comes back to what was durable: never sent twice, never forgotten."""

from tests.e2e.conftest import Start
from tests.e2e.play import labels, last_said, modal_text, text_of
from tests.e2e.runs import CLOSING, QUICK, demote, true_effect


def test_killed_before_sending_means_not_sent(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK | {"commands": {}})
    card = p.ask("/ha-demote-primary london the switch failed")
    p.pair.primary.answer_slowly(3)
    p.approve(card)
    p.wait(lambda: p.rows("SELECT phase FROM run") == [("intent",)])
    p.stage.kill()
    p.pair.primary.answer_slowly(0)
    p.stage.start()
    end = p.reads(p.bob, "ha-demote-primary on london was not sent")
    assert "I was restarted. It had not been sent, and will not be." in text_of(end)
    assert p.changing() == []
    p.approve(p.ask("/ha-demote-primary london again"))
    p.reads(p.bob, "ha-demote-primary on london is done")
    assert p.changing() == ["ha-demote-primary"]


def test_killed_while_sending_means_unknown_and_locked(play: Start) -> None:
    p = play({"state": "split-brain", "seconds": 2.0}, settings=QUICK)
    demote(p)
    p.wait(lambda: p.pair.truth()["primary"]["running"])
    p.stage.kill()
    p.wait(lambda: true_effect(p))  # the line broke, and the command ran to its end
    p.stage.start()
    end = p.reads(p.bob, "I can't tell how ha-demote-primary on london ended")
    assert last_said(end) == ["Primary demoted", "Secondary ACTIVE"]
    p.wait(lambda: labels(p.reads(p.bob, "I can't tell how")) == CLOSING)
    p.carol.click("It worked", p.reads(p.bob, "I can't tell how"))
    p.reads(p.bob, "took effect: ha-demote-primary on london, says U0CAROL")
    assert p.changing() == ["ha-demote-primary"]
    assert p.rows("SELECT phase, closed_by FROM run") == [("took effect", "U0CAROL")]


def test_a_request_that_waits_for_its_code_survives_a_restart(play: Start) -> None:
    p = play({"state": "failed-secondary"}, settings=QUICK)
    p.pair.secondary.redeploy()
    p.stage.pairs["london"]["secondary"]["host_key"] = p.pair.secondary.host_key
    p.stage.prepare()
    since = p.type(p.alice, "/ha-initialise london the new Secondary is up")
    p.alice.click("Go on…", p.reads(p.alice, "It needs the address", since=since))
    p.wait(lambda: p.alice.modal())
    p.alice.submit({})
    p.wait(lambda: "Address" in text_of({"blocks": (p.alice.modal() or {}).get("blocks", [])}))
    p.alice.submit({})
    p.approve(p.reads(p.bob, "london: join the new Secondary?"))
    p.reads(p.bob, "waits for the joining code until")
    p.stage.kill()
    p.stage.start()
    card = p.reads(p.bob, "waits for the joining code until")
    p.bob.click("Enter joining code…", card)
    p.wait(lambda: "Joining code" in modal_text(p.bob.modal()))
    p.bob.submit({"Joining code": p.pair.joining_code})
    p.reads(p.bob, "london is healthy again")


def test_sigterm_lets_the_running_command_end(play: Start) -> None:
    p = play({"state": "split-brain", "seconds": 2.0}, settings=QUICK)
    demote(p)
    p.wait(lambda: p.rows("SELECT phase FROM run WHERE answered_at IS NOT NULL") == [("sending",)])
    assert p.stage.stop() == 0
    assert p.rows("SELECT phase FROM run") == [("succeeded",)]
    assert labels(p.reads(p.bob, "ha-demote-primary on london is done"))


def test_while_it_stops_it_begins_nothing_and_says_so(play: Start) -> None:
    """Alone it hears on until its runs have ended: no click meanwhile stays without an answer."""
    p = play({"state": "split-brain", "seconds": 3.0}, {"name": "paris", "state": "split-brain"}, settings=QUICK)
    waiting = p.ask("/ha-demote-primary paris the switch failed")
    demote(p)
    p.wait(lambda: p.rows("SELECT phase FROM run WHERE answered_at IS NOT NULL") == [("sending",)])
    p.stage.interrupt()
    p.wait(lambda: "stopping: no new runs" in p.log())
    assert "I am being restarted, so nothing was started and nothing was sent." in p.approve(waiting, name="paris")
    since = p.type(p.carol, "/ha-help")
    p.reads(p.carol, "/ha-status", since=since)
    assert p.stage.stop() == 0
    assert p.rows("SELECT pair, phase FROM run") == [("london", "succeeded")]
    assert p.rows("SELECT pair, stage FROM request ORDER BY id") == [("paris", "pending"), ("london", "started")]
    assert p.rows("SELECT count(*) FROM post WHERE NOT done") == [(0,)]
    assert p.rows("SELECT * FROM process") == []
    assert "broke" not in p.log()
    p.stage.start()
    assert "Approved" in p.approve(p.reads(p.bob, "paris: demote the Primary?"), name="paris")
    p.reads(p.bob, "ha-demote-primary on paris is done")


def test_a_second_bot_on_the_same_sqlite_file_refuses(play: Start) -> None:
    p = play()
    second = p.stage.command("run")
    assert second.returncode == 2
    assert "Another Pairkeeper runs on" in second.stderr
    assert "Traceback" not in second.stderr
