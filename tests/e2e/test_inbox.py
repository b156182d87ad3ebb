"""Killed between the acknowledgement and the answer: whoever waits is told, and nothing is carried out behind them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from bot.simulator import cast
from tests.e2e.conftest import Start
from tests.e2e.play import Play, labels, modal_text
from tests.e2e.runs import QUICK

SPLIT = {"state": "split-brain"}


def killed(p: Play) -> None:
    """It dies right after the acknowledgement: work begins a tenth of a second later."""
    p.stage.kill()
    p.stage.start()


@contextmanager
def slow_answer(p: Play) -> Iterator[None]:
    """What decides a request takes for ever meanwhile, so a form is acknowledged before there is an answer to it."""
    for_ever = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with closing(sqlite3.connect(p.folder / "pairkeeper.db", isolation_level=None)) as database:
        database.execute(f"CREATE TRIGGER slow BEFORE UPDATE ON request BEGIN {for_ever}; END")
        yield
        database.execute("DROP TRIGGER slow")


def nothing_is_left(p: Play) -> None:
    p.wait(lambda: p.rows("SELECT * FROM inbox") == [])


def test_a_command_that_was_acknowledged_and_lost_is_told(play: Start) -> None:
    p = play({**SPLIT})
    for line, asked in (
        ("/ha-status london", "/ha-status london"),
        ("/ha-demote-primary london the switch failed", "/ha-demote-primary london"),
    ):
        since = p.type(p.alice, line)
        killed(p)
        told = p.reads(p.alice, f"I was interrupted before you had my answer to {asked}, ", since=since)
        assert told["is_ephemeral"]
        p.reads(p.alice, "Nothing was sent, and I won't carry on with it. Type it again", since=since)
    nothing_is_left(p)
    assert p.rows("SELECT * FROM request") == []


def test_a_mention_is_told_in_private(play: Start) -> None:
    p = play({**SPLIT})
    since = p.latest()
    assert p.alice.mention(cast.OPS, "incident london note the switch is back").acked
    killed(p)
    p.reads(p.alice, "my answer to “incident london”", "Write it again", since=since)
    nothing_is_left(p)


def test_a_form_does_not_say_one_moment_for_ever(play: Start) -> None:
    p = play({**SPLIT}, settings=QUICK)
    card = p.ask("/ha-demote-primary london the switch failed")
    p.bob.click(labels(card)[0], card)
    p.wait(lambda: "to approve" in modal_text(p.bob.modal()))
    with slow_answer(p):
        p.bob.submit({"Type london to approve": "london"})
        p.stage.kill()
    p.stage.start()
    p.wait(lambda: "I was interrupted before you had my answer" in modal_text(p.bob.modal()))
    assert "Nothing was sent, and I won't carry on with it." in modal_text(p.bob.modal())
    nothing_is_left(p)
    assert p.rows("SELECT stage FROM request") == [("pending",)]
    p.bob.close(everything=True)
    assert "Approved" in p.approve(card)
    p.reads(p.bob, "ha-demote-primary on london is done")
    assert p.changing() == ["ha-demote-primary"]


def test_what_could_not_be_answered_is_told_when_slack_is_back(play: Start) -> None:
    p = play({**SPLIT})
    p.slack.drop_sockets()
    p.slack.wait_for(p.slack.sockets)
    assert p.alice.command("/ha-history london", channel=cast.OPS).acked
    p.slack.away()  # before the answer
    p.wait(lambda: p.log().count("an answer could not be given") == 2)
    p.slack.back()
    p.reads(p.alice, "I was interrupted before you had my answer to /ha-history london")
    nothing_is_left(p)


def test_what_cannot_be_written_down_in_time_is_refused_within_slacks_three_seconds(play: Start) -> None:
    p = play({**SPLIT})
    with sqlite3.connect(p.folder / "pairkeeper.db", isolation_level=None) as held:
        held.execute("BEGIN IMMEDIATE")
        since = p.type(p.alice, "/ha-help")
        p.reads(p.alice, "My database could not be written, so nothing was sent.", since=since)
        held.execute("ROLLBACK")
    since = p.type(p.alice, "/ha-help")
    p.reads(p.alice, "/ha-status", since=since)
    nothing_is_left(p)


def test_no_code_is_written_down(play: Start) -> None:
    p = play({"state": "failed-secondary"}, settings=QUICK)
    p.pair.secondary.redeploy()
    p.stage.pairs["london"]["secondary"]["host_key"] = p.pair.secondary.host_key
    p.stage.prepare()
    since = p.type(p.alice, "/ha-initialise london the new Secondary is up")
    p.alice.click("Go on…", p.reads(p.alice, "It needs the address", since=since))
    p.wait(lambda: p.alice.modal())
    p.alice.submit({})
    p.wait(lambda: "Address" in modal_text(p.alice.modal()))
    p.alice.submit({})
    p.approve(p.reads(p.bob, "london: join the new Secondary?"))
    card = p.reads(p.bob, "waits for the joining code until")
    p.bob.click("Enter joining code…", card)
    p.wait(lambda: "Joining code" in modal_text(p.bob.modal()))
    with slow_answer(p):
        p.bob.submit({"Joining code": p.pair.joining_code})
        rows = p.rows("SELECT * FROM inbox")
        p.stage.kill()
    assert len(rows) == 1
    for file in p.folder.glob("pairkeeper.db*"):
        assert p.pair.joining_code.encode() not in file.read_bytes()
