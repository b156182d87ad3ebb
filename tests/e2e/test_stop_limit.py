"""SIGTERM while a command takes longer than the bot may wait for it: cut off, told as unknown, never sent again."""

from bot.domain.request import Phase
from bot.wiring import CUT
from tests.e2e.conftest import Start
from tests.e2e.play import labels, last_said, text_of
from tests.e2e.runs import CLOSING, QUICK, demote

LONGER_THAN_THE_TEST = 600.0


def test_a_command_that_outlasts_the_time_to_stop_is_unknown_to_the_next_process(play: Start) -> None:
    p = play({"state": "split-brain", "seconds": LONGER_THAN_THE_TEST}, settings=QUICK, PAIRKEEPER_STOP_SECONDS="1")
    demote(p)
    p.wait(lambda: p.rows("SELECT phase FROM run WHERE answered_at IS NOT NULL") == [(Phase.SENDING,)])
    assert p.stage.stop() == CUT == 70
    assert "ending before what was under way: its end is unknown" in p.log()
    assert p.rows("SELECT phase FROM run") == [(Phase.SENDING,)], "nobody has seen how it ended"
    assert p.rows("SELECT * FROM process") == [], "it has left, so that the next one need not wait for its silence"
    p.stage.start()
    end = p.reads(p.bob, "I can't tell how ha-demote-primary on london ended")
    assert last_said(end) == ["Primary ACTIVE", "Secondary ACTIVE"]
    assert "It may still be running. You can decide from" in text_of(end)
    assert not set(CLOSING[:3]) & set(labels(end))
    assert p.changing() == ["ha-demote-primary"]
