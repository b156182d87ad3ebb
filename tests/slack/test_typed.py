"""What is typed wrong, or in short: each answer says what to type instead, and what is short is understood."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import Refusal
from bot.domain.words import plain
from bot.registry import load_commands
from bot.services import deny
from bot.slack.commands import TypedCommand, run_line
from bot.store import maintenance
from bot.views.blocks import Block
from bot.views.help import refused
from bot.views.terminal import plain_blocks
from tests.support.interactions import opens, send
from tests.support.stage import ALICE, BOB, Stage_, pair, split

COMMANDS = load_commands()


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    found = Stage_(tmp_path)
    found.settings = {name: replace(pair(), name=name) for name in ("london", "paris", "tokyo")}
    return found


def options(view: Block) -> dict[str, str]:
    """The pairs that a form offers, each with its words."""
    element = next(block["element"] for block in view["blocks"] if block.get("block_id") == "pair")
    return {option["value"]: option["text"]["text"] for option in element["options"]}


def answer(s: Stage_, line: str) -> str:
    """What Alice reads."""
    said: list[tuple[str, list[Block]]] = []
    name, _, rest = line.removeprefix("/").partition(" ")
    try:
        run_line(s.desk, COMMANDS, TypedCommand(ALICE, name, plain(rest), rest), lambda *one: said.append(one))
    except Refusal as refusal:
        said.append(refused(refusal))
    ((_, blocks),) = said
    return plain_blocks(blocks)


@pytest.mark.parametrize("whom", ["", " dave", " @Carol Chen"])
def test_who_names_nobody_is_told_how_and_whom(s: Stage_, whom: str) -> None:
    answer(s, "/ha-incident london open the switch hums")
    told = answer(s, f"/ha-incident london give{whom}")
    assert told.startswith("⛔ To whom? Type @ and choose the person from the list that Slack shows: ")
    assert "It can be given to U0ALICE, U0BOB and U0CAROL. Nothing was changed." in told


@pytest.mark.parametrize("name", ["failover", "/failover", "ha-failover", "/ha-failover", "Failover"])
def test_help_understands_the_short_name(s: Stage_, name: str) -> None:
    assert answer(s, f"/ha-help {name}").startswith("/ha-failover <pair> <reason> Ask to make the Secondary active.")


def test_the_full_help_says_more_than_the_line_in_the_list(s: Stage_) -> None:
    for name, command in COMMANDS.items():
        if command.reads and name != "ha-help":
            told = answer(s, f"/ha-help {name}").splitlines()
            assert len(told) > 2, told
    incident = answer(s, "/ha-help incident")
    for word in ("take:", "give @person:", "note …:", "open …:", "close …:"):
        assert any(line.startswith(word) for line in incident.splitlines()), incident


def test_help_for_a_failover_says_how_a_planned_one_begins(s: Stage_) -> None:
    assert "Planned? Start with /ha-maintenance" in answer(s, "/ha-help failover")


def test_what_there_is_leaves_out_what_is_always_refused(s: Stage_) -> None:
    told = answer(s, "/ha-failovr london it is down")
    assert told.startswith("⛔ I know no /ha-failovr. Nothing was done. There are /ha-status, ")
    assert "/ha-make-standalone" not in told


@pytest.mark.parametrize("line", ["/ha-make-standalone tokyo", "/ha-plan tokyo ha-make-standalone"])
def test_what_is_never_done_says_why(s: Stage_, line: str) -> None:
    assert "ha-make-standalone dissolves a pair and belongs to no recovery" in answer(s, line)


def test_a_plan_of_no_command_asks_no_server(s: Stage_) -> None:
    looked: list[object] = []
    s.desk = replace(s.desk, sleep=looked.append)
    s.world.probe = lambda *_: looked.append(_)  # type: ignore[method-assign, assignment, return-value]
    assert 'I know no command "ha-restart"' in answer(s, "/ha-plan tokyo restart")
    assert looked == []


@pytest.mark.parametrize("line", ["/ha-failover", "/ha-status nowhere"])
def test_the_pairs_are_told_in_one_wording(s: Stage_, line: str) -> None:
    assert "I look after london, paris and tokyo." in answer(s, line)


@pytest.mark.parametrize("line", ["/ha-status", "/ha-recover"])
def test_without_a_pair_all_pairs_are_shown_the_worst_first_and_no_server_is_asked(s: Stage_, line: str) -> None:
    split(s)
    answer(s, "/ha-status london")  # the other two were never looked at
    looked: list[object] = []
    s.world.probe = lambda *_: looked.append(_)  # type: ignore[method-assign, assignment, return-value]
    told = answer(s, line)
    assert told.startswith("🔴 3 of 3 pairs need a look · 1 of 3 seen within ")
    assert told.index("london") < told.index("paris was never looked at") < told.index("tokyo was never looked at")
    assert looked == []


@pytest.mark.parametrize("command", ["ha-status", "ha-recover", "ha-history", "ha-summary"])
def test_more_than_the_pair_is_refused_and_the_pair_is_understood(s: Stage_, command: str) -> None:
    told = answer(s, f"/{command} tokyo extra words")
    after = f"⛔ After the pair /{command} takes nothing more. Type: /{command} tokyo. Nothing was done."
    assert told == f"{after}\n[Status of tokyo]"
    assert 'I know no pair "tokio". Did you mean tokyo?' in answer(s, f"/{command} tokio extra words")


def test_a_summary_without_pictures_says_what_brings_them(s: Stage_, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "No picture of the last day: pip install 'pairkeeper[pictures]' where I run brings it."
    assert words not in answer(s, "/ha-summary")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert answer(s, "/ha-summary").endswith(words)


@pytest.mark.parametrize(
    ("rest", "asks"),
    [
        ("for 2h", "⛔ And why? Type: "),
        ("for 2h because", "⛔ And why? Type: "),
        ("because the disk is changed", "⛔ For how long? Type: "),
        ("for 9d because the disk is changed", "⛔ For how long? Type: "),
        ("for 2 parsecs because the disk is changed", "⛔ For how long? Type: "),
        ("now", "⛔ For how long, and why? Type: "),
    ],
)
def test_maintenance_asks_for_what_is_missing_only(s: Stage_, rest: str, asks: str) -> None:
    told = answer(s, f"/ha-maintenance tokyo {rest}")
    assert told.startswith(asks)
    assert "/ha-maintenance tokyo for 2h because the Secondary is upgraded." in told
    assert ("At most 7 days" in told) == ("how long" in told)
    assert told.endswith("Nothing was changed.\n[Fill in the form…]")
    assert "is in maintenance until" in answer(s, "/ha-maintenance tokyo for 1h 30m because of the disk")


def form(s: Stage_, line: str) -> Block:
    """The form that opens for what the line lacks; what its button opens is the same."""
    opened: list[Block] = []
    name, _, rest = line.removeprefix("/").partition(" ")
    typed = TypedCommand(ALICE, name, plain(rest), rest)
    run_line(s.desk, COMMANDS, typed, lambda *_: None, show_form=lambda view: not opened.append(view))
    with pytest.raises(Refusal) as refusal:
        run_line(s.desk, COMMANDS, typed, lambda *_: None)
    _, blocks = refused(refusal.value)
    fill_in = blocks[-1]["elements"][-1]
    assert fill_in["text"]["text"] == "Fill in the form…"
    assert opens(s.desk, ALICE, fill_in["action_id"], fill_in["value"]) == opened[0]
    return opened[0]


def fields(view: Block) -> dict[str, str]:
    """What each field of a form holds when it opens."""
    found = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            found[block["block_id"]] = element.get("initial_value") or element.get("initial_option", {}).get(
                "value", ""
            )
    return found


def sent(s: Stage_, view: Block, **values: str) -> str:
    """What Alice reads once she has sent the form with these values."""
    said: list[str] = []
    meta = json.loads(view["private_metadata"])
    send("line", s.desk, ALICE, meta, fields(view) | values, lambda _, blocks: said.append(plain_blocks(blocks)))
    return said[0]


def test_a_plan_without_pair_or_command_asks_for_them(s: Stage_) -> None:
    split(s)
    view = form(s, "/ha-plan")
    assert fields(view) == {"pair": "", "command": ""}
    assert sent(s, view, pair="london", command="ha-demote-primary").startswith("What if: ha-demote-primary on london?")
    view = form(s, "/ha-plan LONDON")
    assert fields(view) == {"command": ""}
    assert sent(s, view, command="ha-failover").startswith("What if: ha-failover on london?")


@pytest.mark.parametrize(
    ("line", "holds", "given"),
    [
        (
            "/ha-maintenance",
            {"pair": "", "length": "", "words": ""},
            {"pair": "tokyo", "length": "2h", "words": "disk"},
        ),
        ("/ha-maintenance tokyo for 1h 30m", {"length": "1h 30m", "words": ""}, {"words": "the disk"}),
        ("/ha-maintenance tokyo because {of} it", {"length": "", "words": "{of} it"}, {"length": "1d"}),
        ("/ha-maintenance tokyo for 9d because", {"length": "", "words": ""}, {"length": "7d", "words": "disk"}),
    ],
)
def test_maintenance_asks_by_a_form_that_holds_what_was_typed(
    s: Stage_, line: str, holds: dict[str, str], given: dict[str, str]
) -> None:
    view = form(s, line)
    assert fields(view) == holds
    assert sent(s, view, **given).startswith("✅ tokyo is in maintenance until ")
    begun = maintenance.current(s.store, "tokyo")
    assert begun
    assert begun.because == (holds | given)["words"]


def test_an_incident_is_chosen_among_the_open_ones(s: Stage_) -> None:
    assert "london" in options(form(s, "/ha-incident")), "none is open: every pair is offered"
    answer(s, "/ha-incident paris open the switch hums")
    for line in ("/ha-incident", "/ha-incident take", "/ha-incident give <@U0BOB>", "/ha-incident note it hums"):
        assert options(form(s, line)) == {"paris": "paris · incident 1 · healthy"}
    assert list(options(form(s, "/ha-incident open it hums"))) == ["london", "paris", "tokyo"]
    assert "incident 1" in sent(s, form(s, "/ha-incident"), pair="paris")
    assert sent(s, form(s, "/ha-incident take"), pair="paris") == "✅ You are on it: incident 1 on paris."
    given = sent(s, form(s, "/ha-incident give <@U0BOB|bob>"), pair="paris")
    assert given == "✅ Handed over to U0BOB: incident 1 on paris."


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("note", "✅ Noted in incident 1 on paris."),
        ("open", "✅ Incident 1 on paris is open already, since "),
        ("close", "✅ Incident 1 on paris is closed."),
    ],
)
def test_an_incident_asks_for_the_words_that_are_missing(s: Stage_, verb: str, told: str) -> None:
    answer(s, "/ha-incident paris open the switch hums")
    view = form(s, f"/ha-incident paris {verb}")
    assert fields(view) == {"words": ""}
    assert sent(s, view, words="the {fan}").startswith(told)
    assert fields(form(s, f"/ha-incident {verb} the fan")) == {"pair": "", "words": "the fan"}


def test_a_refusal_for_something_else_opens_no_form(s: Stage_) -> None:
    opened: list[Block] = []
    for name, rest in (("ha-maintenance", "nowhere"), ("ha-incident", "tokyo"), ("ha-plan", "tokyo restart")):
        with pytest.raises(Refusal):
            typed = TypedCommand(ALICE, name, rest, rest)
            run_line(s.desk, COMMANDS, typed, lambda *_: None, show_form=lambda view: not opened.append(view))
    assert opened == []


def test_history_says_why_it_was_denied(s: Stage_) -> None:
    split(s)
    deny(s.desk, s.asked("ha-demote-primary").id, BOB, "not *tonight*")
    assert "denied by U0BOB: “not *tonight*”" in answer(s, "/ha-history london")


@pytest.mark.parametrize(
    ("verb", "nothing"),
    [("note", "Nothing was noted."), ("open", "Nothing was opened."), ("close", "Nothing was closed.")],
)
@pytest.mark.parametrize(("words", "told"), [("", "Say "), ("x" * 1001, "at most 1000 characters, and yours 1001")])
def test_a_note_is_neither_empty_nor_endless(s: Stage_, verb: str, nothing: str, words: str, told: str) -> None:
    if verb != "open":
        answer(s, "/ha-incident london open the switch hums")
    refusal = answer(s, f"/ha-incident london {verb} {words}")
    assert told in refusal
    assert nothing in refusal
