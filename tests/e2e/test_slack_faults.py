"""Slack limiting or being away never stops, repeats or loses a run; what it missed is delivered later."""

import pytest

from tests.e2e.conftest import Start
from tests.e2e.play import text_of
from tests.e2e.runs import QUICK, demote


def ends(p: object, who: object) -> int:
    """How many messages tell the end."""
    return sum("ha-demote-primary on london is done" in text_of(m) for m in p.all(who))  # type: ignore[attr-defined]


def test_a_rate_limit_during_a_run_delays_the_message_only(play: Start) -> None:
    p = play({"state": "split-brain", "seconds": 1.0}, settings=QUICK)
    demote(p)
    p.slack.rate_limit(4, ["chat.postMessage", "chat.update"])
    p.wait(lambda: p.rows("SELECT phase FROM run") == [("succeeded",)])
    p.reads(p.bob, "ha-demote-primary on london is done")
    assert ends(p, p.bob) == 1
    assert p.changing() == ["ha-demote-primary"]


def test_slack_away_during_a_run_loses_nothing(play: Start) -> None:
    p = play({"state": "split-brain", "seconds": 1.0}, settings=QUICK)
    demote(p)
    p.slack.away()
    p.wait(lambda: p.rows("SELECT phase FROM run") == [("succeeded",)])
    p.slack.back()
    p.reads(p.bob, "ha-demote-primary on london is done")
    assert ends(p, p.bob) == 1
    p.reads(p.alice, "The story")


@pytest.mark.proof
def test_the_socket_is_opened_again(play: Start) -> None:
    p = play({"state": "split-brain"})
    for shake in (lambda: p.slack.disconnect("refresh_requested"), p.slack.drop_sockets, p.slack.mute_sockets):
        shake()

        def answered() -> bool:
            return bool(p.slack.sockets()) and p.alice.command("/ha-help", channel="C0PAMOPS").acked

        p.wait(answered)


def test_a_bot_starts_while_slack_is_away(play: Start) -> None:
    p = play({"state": "split-brain"})
    p.stage.stop()
    p.slack.away(3)
    p.stage.start()
    since = p.type(p.alice, "/ha-status london")
    p.reads(p.alice, "split brain", since=since)
