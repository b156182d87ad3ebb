"""`/ha-incident` hands over and notes where the others hear it, and finds the pair where there is only one."""

from pathlib import Path

import pytest

from bot.domain.approval import Person
from bot.domain.words import plain
from bot.registry import load_commands
from bot.services import incident_handling
from bot.slack.commands import TypedCommand, run_line
from bot.store import incidents
from tests.support.refusals import refused
from tests.support.stage import ALICE, pair
from tests.views.house import House
from tests.views.threads import Threads, heard

COMMANDS = load_commands()


def types(s: House, line: str, who: Person = ALICE) -> str:
    answers: list[str] = []
    typed = TypedCommand(who, "ha-incident", plain(line), line)
    run_line(s.desk, COMMANDS, typed, lambda text, _blocks: answers.append(text))
    return answers[-1]


def test_who_it_is_handed_over_to_is_told_by_a_new_message(s: House) -> None:
    slack = Threads()
    assert heard(s, slack, 0) == []
    types(s, "london take")
    assert heard(s, slack, 0) == [], "who takes it knows"
    types(s, "london give <@U0BOB>")
    handed = "<@U0BOB>, <@U0ALICE> has handed incident 1 on london over to you.\n🔴 london: split brain. "
    (text,) = heard(s, slack, 1)
    assert text.startswith(handed)
    assert "Next: demote the Primary" in text
    types(s, "london give <@U0CAROL>")
    (text,) = heard(s, slack, 2)
    assert text.startswith("<@U0CAROL>, <@U0ALICE> has handed")


def test_each_note_is_told_once_however_late_slack_is(s: House) -> None:
    slack = Threads()
    assert heard(s, slack, 0) == []
    types(s, "london note the *switch* vendor is on the phone")
    types(s, "london note they see a <loop>")
    first = "<@U0ALICE> noted: “the *\u2060switch*\u2060 vendor is on the phone”"
    assert heard(s, slack, 1) == [f"{first}\n<@U0ALICE> noted: “they see a loop”"]
    types(s, "london note gone", Person("U0BOB", "Bob"))
    assert heard(s, slack, 2) == ["<@U0BOB> noted: “gone”"]
    assert heard(s, slack, 3) == []


def test_the_reason_for_which_it_was_opened_stands_in_the_thread(tmp_path: Path) -> None:
    s = House(tmp_path)
    slack = Threads()
    assert types(s, "open users report slow logons") == "✅ Incident 1 on london is open."
    assert heard(s, slack, 0) == ["<@U0ALICE> noted: “users report slow logons”"]


@pytest.mark.parametrize("line", ["take", "TAKE", "london take"])
def test_the_only_pair_need_not_be_named(s: House, line: str) -> None:
    assert types(s, line) == "✅ You are on it: incident 1 on london."
    assert incidents.get(s.store, 1).owner == "U0ALICE"


def test_what_is_neither_a_pair_nor_a_verb_is_refused(s: House) -> None:
    with refused(r'I know no pair "londn"\. Did you mean london'):
        types(s, "londn")
    s.settings["take"] = pair("take")
    with refused("take has no open incident"):
        types(s, "take")
    with refused(r"Which pair\? I look after london and take"):
        types(s, "note who is on it")
    assert incident_handling.the_open_one(s.desk, s.desk.pair("london")).owner is None
