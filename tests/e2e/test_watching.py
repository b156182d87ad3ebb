"""Nobody types anything: the channel hears what is wrong, once, and how it ends."""

import re
from typing import Any

import pytest

from bot.simulator import cast
from bot.simulator.slack import Actor
from tests.e2e.conftest import Start
from tests.e2e.play import Play, labels, modal_text, text_of

SOON = {"look_seconds": 5, "commands": {"ha-status": {"time_limit": 1.5}}}
NAMES = ("london", "paris", "tokyo")


def beside(p: Play, head: Any) -> list[Any]:
    """The channel's messages that hang in no thread of this message, in one reading; the message itself is one."""
    return [m for m in p.slack.messages(cast.OPS) if m["ts"] == head["ts"] or m.get("thread_ts") != head["ts"]]


def heads(p: Play, words: str) -> list[str]:
    """The messages of the channel, threads left out, that have these words."""
    return [text_of(m) for m in p.bob.sees(cast.OPS) if words in text_of(m)]


def test_what_breaks_is_told_once_taken_and_told_resolved(play: Start) -> None:
    p = play(settings=SOON | {"escalate_minutes": 0.05, "escalate_to": ["C0GENERAL", "U0CAROL", "S0APPROVERS"]})
    p.pair.secondary.power_off()
    alert = p.reads(p.bob, "london: no standby")
    assert "Nobody is on it yet" in text_of(alert)
    assert labels(alert) == ["Look again", "I'm on it", "Details"]
    p.wait(lambda: [m for m in p.carol.sees("C0GENERAL") if "Nobody is on incident" in text_of(m)])
    p.wait(lambda: [m for m in p.carol.directs() if "Nobody is on incident" in text_of(m)])
    p.wait(lambda: [m for m in p.bob.sees(cast.OPS, alert["ts"]) if "Nobody is on incident" in text_of(m)])
    p.press(p.bob, "I'm on it", alert)
    p.wait(lambda: heads(p, " is on it ·") and not heads(p, "Nobody is on it"))
    p.wait(lambda: [m for m in p.carol.directs() if "is on incident" in text_of(m) and "Nobody" not in text_of(m)])
    p.pair.secondary.power_on()
    p.wait(lambda: heads(p, "healthy again"))
    p.wait(lambda: [m for m in p.bob.sees(cast.OPS, alert["ts"]) if "is closed" in text_of(m)])
    assert len(heads(p, "london:")) == 1


@pytest.mark.proof
def test_many_at_once_are_one_message_that_suspects_my_network(play: Start) -> None:
    p = play(*({"name": name} for name in NAMES), settings=SOON)
    p.wait(lambda: p.rows("SELECT count(*) FROM sighting") == [(3,)])
    for pair in p.pairs:
        for server in (pair.primary, pair.secondary):
            server.cut_from_bot()
    storm = p.reads(p.bob, "3 pairs got into trouble together", "This may be my network: can users log in?")
    p.wait(lambda: len(p.bob.sees(cast.OPS, storm["ts"])) >= 4)  # each pair's own message hangs below
    assert len(beside(p, storm)) == 1
    p.press(p.bob, "I'm on it", storm)
    p.reads(p.bob, "You are on it", "london", "tokyo")
    for pair in p.pairs:
        for server in (pair.primary, pair.secondary):
            server.join_bot()
    p.wait(lambda: heads(p, "All 3 pairs that got into trouble together are healthy again"))
    assert len(beside(p, storm)) == 1


def test_maintenance_keeps_alerts_back_until_it_ends(play: Start) -> None:
    p = play(settings=SOON)
    p.type(p.alice, "/ha-maintenance london because I like it")
    # Slack opens a form for three seconds only: on a slow machine the same is asked in words.
    p.wait(lambda: "For how long?" in " ".join([modal_text(p.alice.modal()), *map(text_of, p.all(p.alice))]))
    if p.alice.modal():
        p.alice.close()
    p.type(p.alice, "/ha-maintenance london for 2h because the Secondary is upgraded")
    said = p.reads(p.bob, "Maintenance on london until", "the Secondary is upgraded")
    looks = p.rows("SELECT count(*) FROM sighting")[0][0]
    p.pair.secondary.power_off()
    p.wait(lambda: p.rows("SELECT count(*) FROM sighting")[0][0] > looks)
    p.type(p.bob, "/ha-summary")
    p.reads(p.bob, "PAM health", "london", "In maintenance until")
    assert p.rows("SELECT count(*) FROM incident") == [(0,)]
    p.type(p.person("olivia"), "/ha-maintenance london end")
    p.reads(p.person("olivia"), "Only requesters and approvers of london can do that")
    p.press(p.bob, "End maintenance", said)
    p.reads(p.bob, "Maintenance on london is over")
    p.reads(p.bob, "london: no standby")


@pytest.mark.proof
def test_who_asks_for_a_summary_sees_its_picture_too(play: Start) -> None:
    p = play({"name": "london"}, {"name": "paris", "state": "split-brain"}, settings=SOON)
    p.reads(p.bob, "paris: split brain")

    def pictures(who: Actor, since: str) -> list[dict[str, Any]]:
        said = [message for message in p.all(who) if message["ts"] > since]
        return [block for message in said for block in message.get("blocks", ()) if block["type"] == "image"]

    since = p.type(p.bob, "/ha-summary")
    p.reads(p.bob, "PAM health", "paris", since=since)
    (day,) = p.wait(lambda: pictures(p.bob, since))
    assert re.match(r"2 pairs at \d\d:\d\d: 1 in split brain, 1 healthy\.", day["alt_text"])
    assert day["slack_file"]["id"] in [one.id for one in p.slack.files]
    since = p.type(p.carol, "/ha-summary paris")
    (one,) = p.wait(lambda: pictures(p.carol, since))
    assert re.match(r"1 pair at \d\d:\d\d: in split brain\.", one["alt_text"])
    assert pictures(p.alice, "0") == [], "only who asked sees it"


@pytest.mark.proof
def test_a_summary_comes_by_its_schedule_with_its_picture(play: Start) -> None:
    schedule = {"channel": "C0GENERAL", "cron": "* * * * *", "zone": "Europe/London"}
    p = play(settings=SOON, summaries=[schedule])
    p.wait(lambda: [m for m in p.bob.sees("C0GENERAL") if "PAM health" in text_of(m)])
    said = p.bob.sees("C0GENERAL")[0]
    assert "🟢 PAM health" in text_of(said)
    assert "Availability, at least: 100 % in 24 h" in text_of(said)
    day, month = [block for block in said["blocks"] if block["type"] == "image"]  # no incident, so no times
    assert "healthy" in day["alt_text"]
    assert month["alt_text"].startswith("london: served 100 %")
    for image in (day, month):
        (file,) = [one for one in p.slack.files if one.id == image["slack_file"]["id"]]
        assert file.content is not None
        assert file.content.startswith(b"\x89PNG")
    p.wait(lambda: len(p.bob.sees("C0GENERAL")) > 1)
    again = [block for block in p.bob.sees("C0GENERAL")[-1]["blocks"] if block["type"] == "image"]
    assert len(again) == 1, "the calendar comes once a week"
