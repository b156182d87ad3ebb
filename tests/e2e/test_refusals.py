"""Bad input, each with one clear sentence and nothing done; one play for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.simulator import cast
from tests.e2e.conftest import Start
from tests.e2e.play import Play, labels, modal_text, text_of

NOBODY = ["U0GRETA", "U0STAN"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    people = {"requesters": [*cast.REQUESTERS, *NOBODY], "approvers": [*cast.APPROVERS, *NOBODY]}
    folder: Path = tmp_path_factory.mktemp("refusals")
    with Play(folder, {"state": "split-brain"}, {"name": "paris"}) as play:
        for name, table in play.stage.pairs.items():  # only now: the check says that some of them may do nothing
            play.stage.pairs[name] = table | people
        play.stage.write()
        yield play


@pytest.fixture
def p(shared: Play) -> Iterator[Play]:
    """The shared one; afterwards nothing was done, and its settings are as they were."""
    yield shared
    for person in (shared.alice, shared.bob, shared.carol):
        if person.modal():
            person.close(everything=True)
    assert shared.changing() == []
    shared.stage.write()


TYPED = [
    ("/ha-failover londn it is down", 'I know no pair "londn". Did you mean london? I look after london and paris.'),
    ("/ha-status nowhere", 'I know no pair "nowhere". I look after london and paris. Nothing was done.'),
    ("/ha-failover london " + "x" * 5000, "Your reason has 5000 characters; 250 fit the card. Shorten it."),
    ("/ha-make-standalone london because", "ha-make-standalone dissolves a pair and belongs to no recovery"),
    ("/ha-help nonsense", "I know no command “nonsense”."),
]
LOOKED_AT_FIRST = [
    ("/ha-failover london it is down", "ha-failover is not possible on london now. Both servers are already active"),
    ("/ha-failback london back", "The Primary is still active: demote it first."),
    ("/ha-demote-primary paris because", "It is only for a split brain"),
]


@pytest.mark.parametrize(("line", "words"), TYPED, ids=[line[:40] for line, _ in TYPED])
def test_what_is_typed_wrong_is_told_in_a_sentence(p: Play, line: str, words: str) -> None:
    before = p.rows("SELECT count(*) FROM request")
    since = p.type(p.alice, line)
    p.reads(p.alice, words, since=since)
    assert p.rows("SELECT count(*) FROM request") == before
    assert not [m for m in p.all(p.alice) if m["ts"] > since and "Looking at both servers" in text_of(m)]


@pytest.mark.parametrize(("line", "words"), LOOKED_AT_FIRST, ids=[line[:40] for line, _ in LOOKED_AT_FIRST])
def test_what_is_not_possible_now_is_told_in_a_sentence(p: Play, line: str, words: str) -> None:
    before = p.rows("SELECT count(*) FROM request")
    p.reads(p.alice, words, since=p.type(p.alice, line))
    assert p.rows("SELECT count(*) FROM request") == before


FORMS = [
    ("/ha-failover", {"Which pair?": "paris", "Why?": "the Primary hums"}),
    ("/ha-failover paris", {"Why?": "the Primary hums"}),
]


def opens_form(p: Play, line: str, words: str) -> None:
    """Type a line that lacks something, and see the form for it."""
    since = p.type(p.alice, line)

    def opened() -> bool:
        return words in modal_text(p.alice.modal())

    def refused() -> bool:
        return any(m["ts"] > since and "Fill in the form…" in labels(m) for m in p.all(p.alice))

    p.wait(lambda: opened() or refused())
    if not opened():  # Slack opens it for three seconds only, and this machine was too slow
        p.alice.click("Fill in the form…", p.reads(p.alice, "⛔", since=since))
        p.wait(opened)


@pytest.mark.parametrize(("line", "given"), FORMS, ids=[line for line, _ in FORMS])
def test_what_is_missing_in_a_command_is_asked_for_in_a_form(p: Play, line: str, given: dict[str, str]) -> None:
    opens_form(p, line, "Nothing is sent until it is approved.")
    assert ("Which pair?" in modal_text(p.alice.modal())) == ("Which pair?" in given)
    p.alice.submit(given)
    p.wait(lambda: "planned hand-over of paris" in modal_text(p.alice.modal()))


def sends(p: Play, given: dict[str, str], words: str) -> None:
    """Send the form; its answer stands in the channel, or in the form where it took a moment."""
    since = p.latest()
    assert not p.alice.submit(given)
    shown = [p.sent(p.alice)]
    p.wait(lambda: words in " ".join([*shown, *(text_of(m) for m in p.all(p.alice) if m["ts"] > since)]))


def test_a_form_that_completes_a_line_is_answered_where_the_line_was_typed(p: Play) -> None:
    opens_form(p, "/ha-maintenance paris for 4h", "Begin maintenance of paris.")
    sends(p, {"Why?": "the disk is changed"}, "paris is in maintenance until")
    opens_form(p, "/ha-plan paris", "What would a command do on paris?")
    sends(p, {"Which command?": "ha-failover"}, "What if: ha-failover on paris?")
    since = p.type(p.alice, "/ha-maintenance paris end")
    p.reads(p.alice, "Maintenance on paris is over.", since=since)


def test_where_no_form_can_be_opened_a_button_leads_to_it(p: Play) -> None:
    since = p.latest()
    p.alice.mention(cast.OPS, "failover")
    refusal = p.reads(p.alice, "On which pair, and why?", since=since)
    p.alice.click("Fill in the form…", refusal)
    p.wait(lambda: "Which pair?" in modal_text(p.alice.modal()))


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("olivia", "You may look at london, but not ask for changes. U0ALICE, U0DAVE, U0BOB, U0GRETA and U0STAN can."),
        ("greta", "Slack says that you are: guest. Nothing was done."),
        ("stan", "Slack says that you are: from another workspace. Nothing was done."),
    ],
)
def test_who_may_not_ask_is_refused(p: Play, who: str, words: str) -> None:
    person = p.slack.as_person(f"U0{who.upper()}", anyway=True)
    since = p.type(person, "/ha-demote-primary london I want to")
    p.reads(person, words, since=since)


def test_a_deleted_person_is_refused(p: Play) -> None:
    delia = p.slack.as_person("U0DELIA", anyway=True)
    since = p.latest()
    delia.command("/ha-demote-primary london I want to", channel=cast.OPS)
    p.reads(delia, "Slack says that you are: deleted", since=since)


def test_markup_mentions_and_control_characters_in_a_reason_are_harmless(p: Play) -> None:
    reason = "*bold* <!channel> <@U0BOB> `code` & <http://x.example|y> \x07\x1b[31m~end~"
    card = p.ask(f"/ha-demote-primary london {reason}")
    raw = str(card["blocks"][0]["text"]["text"])
    assert "<!channel>" not in raw
    assert "<@U0BOB>" not in raw.splitlines()[1]
    assert "<http" not in raw
    assert "\x1b" not in raw
    p.alice.click("Withdraw", p.reads(p.alice, "Asked: ha-demote-primary"))
    p.reads(p.alice, "Withdrawn: ha-demote-primary on london. Nothing was sent.")


def test_every_click_gets_one_visible_answer(p: Play) -> None:
    card = p.ask("/ha-demote-primary london clicks")
    since = p.latest()
    p.alice.click("Approve demote-primary on london…", card)
    p.reads(p.alice, "You asked for this one, so somebody else has to approve it.", since=since)
    p.person("olivia").click("Approve demote-primary on london…", card)
    p.reads(p.person("olivia"), "You are not an approver of london.", since=since)
    p.person("greta").click("Deny…", card)
    p.reads(p.person("greta"), "Slack says that you are: guest", since=since)
    p.person("olivia").click("Done by hand", card)
    p.reads(p.person("olivia"), "Only requesters and approvers of london can do that", since=since)
    # A second request for the same pair is busy with the first.
    since = p.type(p.person("dave"), "/ha-demote-primary london me too")
    words = "U0ALICE has asked for ha-demote-primary on london already, ", "on 10.0.0.11 (Primary): ha-demote-primary"
    p.reads(p.person("dave"), *words, since=since)
    # Approve with a wrong name stays open; a modal closed early does nothing.
    p.bob.click("Approve demote-primary on london…", card)
    p.wait(lambda: p.bob.modal())
    assert p.bob.submit({"Type london to approve": "paris"}) == {
        "Type london to approve": "Type the pair's name, london, to approve. Nothing was sent."
    }
    p.bob.close()
    # Two modals open at once: the second one to send reads who was first.
    p.bob.click("Deny…", card)
    p.wait(lambda: p.bob.modal())
    p.carol.click("Approve demote-primary on london…", card)
    p.wait(lambda: p.carol.modal())
    p.bob.submit({"Why not?": "not *tonight*"})
    assert "Nothing was sent" in (p.sent(p.bob) or text_of(p.changed(p.carol, card)))
    p.carol.submit({"Type london to approve": "london"})
    assert "It is denied already by U0BOB" in p.told(p.carol)
    card = p.reads(p.carol, "⛔ Denied by U0BOB", "“not *tonight*”")
    assert labels(card) == []
    told = p.reads(p.alice, "ha-demote-primary on london: ⛔ Denied by U0BOB")
    assert labels(told) == ["Ask again"]


def test_a_click_on_a_decided_card_reads_who_decided(p: Play) -> None:
    since = p.latest()
    card = p.ask("/ha-demote-primary london decided")
    p.alice.click("Withdraw", p.reads(p.alice, "Asked: ha-demote-primary", since=since))
    p.reads(p.alice, "Withdrawn: ha-demote-primary", since=since)
    since = p.latest()
    p.bob.click("Approve demote-primary on london…", card, stale=True)
    p.reads(p.bob, "It is withdrawn already by U0ALICE", since=since)


def test_done_by_hand_is_recorded(p: Play) -> None:
    card = p.ask("/ha-demote-primary london by hand")
    assert "on 10.0.0.11 (Primary): ha-demote-primary, answer y" in text_of(card)
    p.bob.click("Done by hand", card)
    p.reads(p.bob, "Noted: ha-demote-primary on london was done by hand. I sent nothing. It does not show:")
    p.reads(p.bob, "Done by hand, says U0BOB")


def test_a_broken_settings_file_refuses_and_says_where(p: Play) -> None:
    p.stage.config.write_text("[pairs.london\n")
    since = p.type(p.alice, "/ha-status london")
    p.reads(p.alice, "My settings cannot be used", "is not valid TOML", since=since)


def test_settings_that_changed_disarm_the_pair(play: Start) -> None:
    p = play({"state": "split-brain"})
    text = p.stage.config.read_text().replace('address = "10.0.0.11"', 'address = "10.0.0.99"')
    p.stage.config.write_text(text)
    since = p.type(p.alice, "/ha-demote-primary london go")
    p.reads(p.alice, "may be looked at but not changed", "pairkeeper check", since=since)


def test_an_unparsable_answer_and_a_wrong_host_key_lead_to_no_action(play: Start) -> None:
    p = play({"state": "split-brain"})
    p.reads(p.alice, "Both servers are active", since=p.type(p.alice, "/ha-status london"))
    p.pair.primary.print_raw("\x1b[2Jgarbage\r\n\x00")
    since = p.type(p.alice, "/ha-demote-primary london go")
    p.reads(p.alice, "can't read", "Nothing was sent.", since=since)
    p.pair.primary.print_raw(None)
    p.pair.primary.change_host_key()
    since = p.type(p.alice, "/ha-demote-primary london go")
    p.reads(p.alice, "ha-demote-primary is not possible on london now.", "Both servers were active when", since=since)
    since = p.type(p.alice, "/ha-status london")
    p.reads(p.alice, "no answer", "key", since=since)
    assert p.changing() == []
