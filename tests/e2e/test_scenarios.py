"""The vendor's four scenarios, led from the first look to a closed incident, over real SSH, with two people."""

from typing import Any

import pytest

from bot.domain.plan import fingerprint
from bot.simulator.cast import OPS
from bot.simulator.slack import Actor
from tests.e2e.conftest import Start
from tests.e2e.play import Message, Play, labels, modal_text, text_of
from tests.support.checkout import ROOT

QUICK = {"verify_seconds": 6.0, "commands": {"ha-status": {"time_limit": 2.0}}}
CONSOLE = "Type the last six characters that its console shows"


def recover(p: Play, who: Actor | None = None) -> Message:
    """Type /ha-recover; what one is led to, in an answer of one's own beside the incident's message."""
    since = p.type(who or p.alice, "/ha-recover london")
    return p.reads(who or p.alice, "The incident's thread is in", since=since)


def head(p: Play, *words: str, look: bool = False) -> Message:
    """The incident's own message, once it says this; with `look` somebody has to press for it first.

    It is Bob who reads: Alice has answers to her /ha-recover too, which say the same of an earlier moment.
    """
    if look:
        found = p.reads(p.bob, "· incident 1, open since")
        # Where a look saw the new server meanwhile, the message leads on to it already, and offers no look.
        p.alice.click(next(label for label in ("Look again", "Next step", "Details") if label in labels(found)), found)
    return p.reads(p.bob, "· incident 1, open since", *words)


def stands(p: Play) -> list[object]:
    """What a restart must leave as it is: the thread, what was stated and asked for, what is next by a new look."""
    led = recover(p, p.slack.as_person("U0DAVE"))
    lines = [line for line in text_of(led).split("\n") if line.startswith(("Next:", "Then:", "At risk:", "You lose:"))]
    assert lines
    # A kill between Slack's taking a message and the note of it has it posted anew: that moment is not meant here.
    p.wait(lambda: p.rows("SELECT count(*) FROM post WHERE NOT done") == [(0,)])
    opens = p.reads(p.bob, "· incident 1, open since")
    cards = [(m["ts"], labels(m)) for m in p.all(p.bob) if "asked by" in text_of(m)]
    stated = p.rows("SELECT kind, by, words, revoked_at FROM statement ORDER BY id")
    asked = p.rows("SELECT id, stage, digest, expires_at FROM request ORDER BY id")
    return [lines, labels(led), opens["ts"], opens.get("thread_ts"), cards, stated, asked]


@pytest.fixture(params=["never killed", pytest.param("killed between two steps", marks=pytest.mark.proof)])
def killed(request: pytest.FixtureRequest) -> bool:
    """Whether the bot is killed and started again wherever a scenario says `restart`."""
    return bool(request.param == "killed between two steps")


@pytest.fixture
def scenario(play: Start, killed: bool) -> Start:
    """Start a play for one of the vendor's scenarios."""

    def start(*pairs: dict[str, Any], **more: Any) -> Play:
        found: Play = play(*pairs, **more)
        found.restarts = killed
        return found

    return start


def restart(p: Play) -> None:
    """Kill the bot in the middle and start it again: what is next must not depend on what it remembers."""
    if not p.restarts:
        return
    before = stands(p)
    p.stage.kill()
    p.wait(lambda: not p.slack.sockets())
    p.stage.start()
    assert stands(p) == before


def state(p: Play, led: Message, words: str) -> None:
    """Press the statement's button and make the statement."""
    p.alice.click(next(label for label in labels(led) if label.startswith("Confirm ")), led)
    p.wait(lambda: "You state:" in modal_text(p.alice.modal()))
    said = {"How do you know?": words, "Type london to state this under your name": "london"}
    assert not p.alice.submit(said)
    assert "Confirmed." in p.sent(p.alice)


def offer(p: Play, role: str, button_on: Message) -> Message:
    """Name the new server, which stands where the old one stood; the card with its key."""
    p.alice.click(f"New {role}…", button_on)
    p.wait(lambda: "I fetch the host key" in modal_text(p.alice.modal()))
    assert not p.alice.submit()
    p.sent(p.alice)
    return p.reads(p.bob, f"Is this the new {role} of london")


def replace(p: Play, role: str, button_on: Message) -> None:
    """A new server: its key is compared with the console by a second person, and pinned."""
    p.bob.click("It is the same…", offer(p, role, button_on))
    p.wait(lambda: CONSOLE in modal_text(p.bob.modal()))
    assert not p.bob.submit({CONSOLE: fingerprint(p.pair.server(role.lower()).host_key)[-6:]})
    p.sent(p.bob)
    p.reads(p.bob, f"✅ Host key of the new {role} of london", "approved by U0BOB")


def run(p: Play, button: str, led: Message, action: str, end: str) -> Message:
    """Ask by the button, restart with the request open, approve, and wait for the end."""
    p.alice.click(button, led)
    p.wait(lambda: "Why?" in modal_text(p.alice.modal()))
    assert not p.alice.submit({"Why?": f"as the runbook says: {action}"})
    p.sent(p.alice)
    card = p.reads(p.bob, f"Runs {action} on")
    restart(p)
    p.approve(card)
    return p.reads(p.carol, end)


def closed(p: Play, led: Message) -> str:
    """The incident is closed where it was opened, with its report and picture; the report's text."""
    end = p.reads(p.bob, "london: healthy again")
    assert labels(end) == []
    assert end["ts"] == led["ts"]
    p.reads(p.bob, "Incident 1 is closed.", "recovered after")
    p.reads(p.bob, "[file london-incident-1.md]")
    p.reads(p.bob, "[file london-incident-1.png]")
    return p.stage.command("incident", "1").stdout


def counted(p: Play, number: int) -> None:
    """The README's table says what people did here."""
    done = p.tally
    words = f"0 logons, {done.commands} slash command, {done.presses} presses, {done.fields} fields, in Slack |"
    (row,) = [
        one for one in (ROOT / "commands" / "README.md").read_text().splitlines() if one.startswith(f"| {number}, ")
    ]
    assert row.endswith(words), words


def test_scenario_1_a_failed_active_primary(scenario: Start) -> None:
    p = scenario({"state": "failed-primary"}, settings=QUICK)
    led = recover(p)
    assert "Check the Primary is powered off" in text_of(led)
    restart(p)
    dave = p.slack.as_person("U0DAVE")
    dave.click("I'm on it", p.reads(dave, "incident 1, open since"))
    p.reads(p.bob, "U0DAVE is on it")
    state(p, led, "powered off in the hypervisor, INC-4711")
    restart(p)
    led = head(p, "Next: fail over to the Secondary")
    run(p, "Ask to fail over to the Secondary", led, "ha-failover", "ha-failover on london is done")
    led = head(p, "Next: Deploy and configure a replacement Primary")
    restart(p)
    p.pair.primary.redeploy()
    replace(p, "Primary", led)
    led = head(p, "a new Primary is waiting for its data", look=True)
    restart(p)
    run(p, "Ask to fail back to the Primary", led, "ha-failback", "london is healthy again")
    report = closed(p, led)
    assert p.changing() == ["ha-failover", "ha-failback"]
    for words in (
        "stated (off): powered off in the hypervisor",
        "approved the host key of the new Primary",
        "asked for ha-failback",
    ):
        assert words in report
    assert "Began as Primary not answering" in report
    counted(p, 1)


def test_scenario_2_split_brain(scenario: Start) -> None:
    p = scenario({"state": "split-brain"}, settings=QUICK)
    led = recover(p)
    restart(p)
    run(p, "Ask to demote the Primary", led, "ha-demote-primary", "ha-demote-primary on london is done")
    restart(p)
    led = head(p, "was demoted to end a split brain", "fail back to the Primary")  # and not while it still runs
    run(p, "Ask to fail back to the Primary", led, "ha-failback", "london is healthy again")
    closed(p, led)
    assert p.changing() == ["ha-demote-primary", "ha-failback"]
    counted(p, 2)


def test_scenario_3_a_failed_standby_secondary(scenario: Start) -> None:
    p = scenario({"state": "failed-secondary"}, settings=QUICK)
    led = recover(p)
    assert "it may pass, or be only my network" in text_of(led)
    restart(p)
    p.pair.secondary.redeploy()
    replace(p, "Secondary", led)
    led = head(p, "a new Secondary is waiting to join it", look=True)
    restart(p)
    join(p, led)
    closed(p, led)
    assert p.changing() == ["ha-initialise"]
    counted(p, 3)


def join(p: Play, led: Message) -> None:
    """Ask to join the new Secondary, with what is needed, and give its code."""
    p.alice.click("Ask to join the new Secondary", led)
    p.wait(lambda: "Why?" in modal_text(p.alice.modal()))
    assert not p.alice.submit({"Why?": "the new Secondary is deployed"})
    form = p.wait(lambda: m if "Address of the new Secondary" in modal_text(m := p.alice.modal()) else None)
    said = {}
    if "How do you know?" in modal_text(form):
        said = {
            "How do you know?": "restored from Sunday's backup",
            "Type london to state this under your name": "london",
        }
    assert not p.alice.submit(said)
    p.sent(p.alice)
    card = p.reads(p.bob, "london: join the new Secondary?")
    restart(p)
    p.approve(card)
    card = p.reads(p.alice, "waits for the joining code until")
    restart(p)
    p.alice.click("Enter joining code…", card)
    p.wait(lambda: "Joining code" in modal_text(p.alice.modal()))
    assert not p.alice.submit({"Joining code": p.pair.joining_code})
    p.sent(p.alice)
    p.reads(p.carol, "london is healthy again")


def test_scenario_4_both_servers_fail(scenario: Start) -> None:
    p = scenario({"state": "both-failed"}, settings=QUICK)
    led = recover(p)
    assert "Ask a user whether they can log in" in text_of(led)
    assert "Ask to" not in " ".join(labels(led))
    restart(p)
    p.pair.primary.redeploy(restored=True)
    replace(p, "Primary", led)
    head(p, "Next: Ask a user", look=True)
    p.alice.click("Next step", p.reads(p.alice, "new Primary without a Secondary", "[Next step]"))
    led = p.reads(p.alice, "new Primary without a Secondary", "[New Secondary…]")
    restart(p)
    p.pair.secondary.redeploy()
    replace(p, "Secondary", led)
    led = head(p, "Next: join the new Secondary", look=True)
    restart(p)
    join(p, led)
    closed(p, led)
    assert p.changing() == ["ha-initialise"]
    counted(p, 4)


@pytest.mark.proof
def test_a_replaced_primary_that_comes_back_active_is_alarmed(play: Start) -> None:
    p = play({"state": "failed-primary"}, {"name": "spare"}, settings=QUICK)
    spare = p.pairs[1]
    state(p, recover(p), "powered off in the hypervisor, INC-4711")
    run(p, "Ask to fail over to the Secondary", recover(p), "ha-failover", "ha-failover on london is done")
    led = recover(p)
    since = p.latest()
    p.alice.click("New Primary…", led)
    p.wait(lambda: "I fetch the host key" in modal_text(p.alice.modal()))
    assert not p.alice.submit({"Port": str(spare.primary.port), "Address": "10.0.0.21"})
    assert "Somebody else has to compare it" in p.sent(p.alice)
    card = p.reads(p.bob, "Is this the new Primary of london at 10.0.0.21", since=since)
    p.bob.click("It is the same…", card)
    p.wait(lambda: CONSOLE in modal_text(p.bob.modal()))
    assert not p.bob.submit({CONSOLE: fingerprint(spare.primary.host_key)[-6:]})
    p.sent(p.bob)
    p.reads(p.bob, "✅ Host key of the new Primary of london at 10.0.0.21", "approved by U0BOB")
    p.pair.cut_link()
    p.pair.primary.power_on()  # the old one, still active, under its old address
    recover(p)
    p.reads(p.carol, "the old Primary at 10.0.0.11 answers again and says ACTIVE")
    recover(p)
    alarms = [m for m in p.all(p.carol) if "answers again and says ACTIVE" in text_of(m)]
    assert len(alarms) == 1
    assert p.changing() == ["ha-failover"]


def test_a_wrong_key_is_refused_and_the_server_is_sent_nothing(play: Start) -> None:
    p = play({"state": "failed-secondary"}, settings=QUICK)
    p.pair.secondary.redeploy()
    ran, logins = len(p.pair.commands), p.pair.secondary.logins
    card = offer(p, "Secondary", recover(p))
    since = p.latest()
    p.alice.click("It is the same…", card)
    p.reads(p.alice, "You asked for this one, so somebody else has to approve it", since=since)
    p.bob.click("It is the same…", card)
    p.wait(lambda: CONSOLE in modal_text(p.bob.modal()))
    wrong = "Those are not the last six characters of the fingerprint. Compare it with the console. Nothing was pinned."
    assert p.bob.submit({CONSOLE: "AAAAAA"}) == {CONSOLE: wrong}
    p.bob.close()
    p.bob.click("Refuse the key", card)
    p.reads(p.bob, "Host key of the new Secondary", "refused by U0BOB")
    since = p.latest()
    p.carol.click("It is the same…", card, stale=True)
    p.reads(p.carol, "It is refused already by U0BOB", since=since)
    assert "host key" in text_of(p.reads(p.alice, "no answer", since=p.type(p.alice, "/ha-status london")))
    assert p.changing() == []
    assert [one.line for one in p.pair.commands[ran:] if one.server == p.pair.secondary.role] == []
    assert p.pair.secondary.logins == logins


def test_a_settings_file_that_says_something_else_disarms_with_a_sentence(play: Start) -> None:
    p = play({"state": "failed-secondary"}, settings=QUICK)
    p.pair.secondary.redeploy()
    replace(p, "Secondary", recover(p))
    p.stage.pairs["london"]["secondary"]["address"] = "10.0.0.77"
    p.stage.write()
    since = p.type(p.alice, "/ha-initialise london go on")
    p.reads(p.alice, "The settings file has changed its secondary of london since a replacement", since=since)


def test_what_if_asks_for_nothing(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    since = p.type(p.alice, "/ha-plan london demote-primary")
    answer = text_of(p.reads(p.alice, "What if: ha-demote-primary on london?", since=since))
    assert "Before 🔴 split brain" in answer
    assert "After Primary demoted, Secondary active" in answer
    assert "You lose sessions on the Primary; at" in answer
    assert "Next steps then fail back to the Primary" in answer
    since = p.type(p.alice, "/ha-plan london ha-failover")
    answer = text_of(p.reads(p.alice, "What if: ha-failover on london?", since=since))
    assert "⛔ Both servers are already active" in answer
    assert "Instead demote the Primary" in answer
    since = p.latest()
    p.alice.mention(OPS, "plan london")
    p.reads(p.alice, "On which pair, and which command?", since=since)
    assert p.rows("SELECT count(*) FROM request") == [(0,)]


def test_an_incident_is_taken_handed_over_and_noted(play: Start) -> None:
    p = play({"state": "split-brain"}, settings=QUICK)
    recover(p)
    for line, words in (
        ("take", "You are on it: incident 1"),
        ("give @bob", "Handed over to U0BOB"),
        ("give @olivia", "U0OLIVIA is neither a requester nor an approver"),
        ("note the switch vendor is on the phone", "Noted in incident 1"),
        ("dance", 'I do not know "dance"'),
        ("", "U0BOB is on it"),
    ):
        since = p.type(p.alice, f"/ha-incident london {line}")
        p.reads(p.alice, words, since=since)
    report = p.stage.command("incident", "1").stdout
    assert "noted · Alice Ando noted: the switch vendor is on the phone" in report
    assert '"owner": "U0BOB"' in p.stage.command("incident", "1", "--format", "json").stdout
    assert p.stage.command("incident", "1", "--format", "html").stdout.startswith("<!doctype html>")
    assert p.stage.command("incident", "9").returncode == 2


def test_several_pairs_out_of_reach_point_at_the_bots_own_network(play: Start) -> None:
    p = play({"state": "both-failed"}, {"name": "paris", "state": "both-failed"}, settings=QUICK)
    since = p.type(p.alice, "/ha-status paris")
    p.reads(p.alice, "paris: ", "Primary 10.0.", since=since)
    since = p.type(p.alice, "/ha-status london")
    told = p.reads(p.alice, "london: several pairs not answering", "Primary 10.0.", since=since)
    assert "This may be my network: can users log in?" in text_of(told)
    assert not any(label.startswith("Ask to") for label in labels(told))


def test_flapping_is_named_and_advises_no_action(play: Start) -> None:
    p = play({}, settings=QUICK)
    for situation in ("healthy", "no standby", "healthy", "flapping"):
        since = p.type(p.alice, "/ha-status london")
        told = p.reads(p.alice, f"london: {situation}", since=since)
        if situation == "healthy":
            p.pair.secondary.make_sick("failed")
        else:
            p.pair.secondary.heal()
    assert not any(label.startswith("Ask to") for label in labels(told))
