"""What is typed wrong, or in short: each answer says what to type instead, and what is short is understood."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import Refusal
from bot.domain.words import plain
from bot.registry import load_commands
from bot.services import deny
from bot.slack.commands import TypedCommand, run_line
from bot.views.blocks import Block
from bot.views.help import refused
from bot.views.terminal import plain_blocks
from tests.support.stage import ALICE, BOB, Stage_, pair, split

COMMANDS = load_commands()


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    found = Stage_(tmp_path)
    found.settings = {name: replace(pair(), name=name) for name in ("london", "paris", "tokyo")}
    return found


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
    assert told.endswith("Nothing was changed.")
    assert "is in maintenance until" in answer(s, "/ha-maintenance tokyo for 1h 30m because of the disk")


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
