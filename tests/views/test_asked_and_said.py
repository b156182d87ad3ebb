"""What is asked for, decided and taken back: who hears of it, and what the forms and answers say."""

import json
from typing import Any

import pytest

from bot.domain.approval import Person
from bot.domain.pair import Role
from bot.domain.statement import StatementKind
from bot.domain.transport import Unreachable, UnreachableReason
from bot.registry import load_commands
from bot.services import approve, ask, incident_handling, withdraw
from bot.services.requests import DetailsNeeded
from bot.slack.commands import TypedCommand, needed_words, run_line
from bot.views.blocks import Block
from bot.views.card import card
from bot.views.forms import state_modal
from bot.views.modals import needed_modal
from bot.views.terminal import plain_blocks
from tests.charts.messages import facts
from tests.domain import build
from tests.support.interactions import mistakes, opens, press
from tests.support.refusals import refused
from tests.support.stage import ALICE, BOB
from tests.views.house import House
from tests.views.threads import Threads, heard

KEEP = "today's vault changes"
GONE = Unreachable(UnreachableReason.NO_ANSWER)


def types(s: House, line: str, who: Person = ALICE) -> str:
    name, _, rest = line.removeprefix("/").partition(" ")
    answers: list[str] = []
    run_line(s.desk, load_commands(), TypedCommand(who, name, rest), lambda text, _blocks: answers.append(text))
    return answers[-1]


def presses(s: House, who: Person, action: str, value: str) -> str:
    answers: list[str] = []
    press(s.desk, who, action, value, lambda text, _blocks: answers.append(text))
    return answers[-1]


def found_button(blocks: list[Block], action: str) -> dict[str, Any]:
    buttons = [one for block in blocks for one in (*block.get("elements", ()), block.get("accessory", {}))]
    return next(one for one in buttons if one.get("action_id") == action)


def needed(s: House, action: str, who: Person = ALICE) -> DetailsNeeded:
    found = ask(s.desk, who, "london", action, "INC-4711")
    assert isinstance(found, DetailsNeeded)
    return found


def test_who_takes_a_statement_back_is_asked_first_and_told_to_the_thread(s: House) -> None:
    slack = Threads()
    assert heard(s, slack, 0) == []
    incident_handling.state(s.desk, ALICE, s.desk.pair("london"), StatementKind.KEEP_PRIMARY, KEEP)
    _, incident = incident_handling.guide(s.desk, s.desk.pair("london"))
    assert incident
    back = found_button(opens(s.desk, ALICE, "details", "london")["blocks"], "revoke")
    assert "stops counting" in back["confirm"]["text"]["text"]
    presses(s, BOB, "revoke", back["value"])
    (text,) = heard(s, slack, 1)
    sentence = "What only the Primary of london (10.0.0.11) has since the split brain must survive."
    assert text.startswith(
        f"<@U0BOB> took back the statement of <@U0ALICE> on london: “{sentence}”\n🔴 london: split brain."
    )
    assert "Next: demote the Primary" in text


def test_done_by_hand_is_asked_first_and_says_where_nothing_of_it_shows(s: House) -> None:
    request = s.wants("ha-demote-primary")
    sure = found_button(card(facts(request, None)), "by_hand")["confirm"]["text"]["text"]
    assert "This request ends: I send nothing for it, and look again." in sure
    told = presses(s, BOB, "by_hand", str(request.id))
    assert "It does not show: both servers are as they were when it was asked for" in told
    request = s.wants("ha-demote-primary")
    s.become("Demoted", "Active")
    assert "It does not show" not in presses(s, BOB, "by_hand", str(request.id))


def test_the_known_address_is_filled_in_and_a_wrong_one_leaves_the_form_open(s: House) -> None:
    s.become("Active", "Standby")
    s.look()
    s.world.own |= {Role.PRIMARY: "Active", Role.SECONDARY: GONE}
    form = needed_modal(needed(s, "ha-initialise"), "INC-4711")
    field = next(block for block in form["blocks"] if block.get("block_id") == "address")
    assert field["element"]["initial_value"] == "10.0.0.12"
    meta, rest = json.loads(form["private_metadata"]), {"name": "london"}
    wrong = mistakes("ask", meta, {"address": "10.0.0.13", **rest})
    assert list(wrong) == ["address"]
    assert "is at 10.0.0.12 by my settings, not at 10.0.0.13" in wrong["address"]
    assert mistakes("ask", meta, {"address": " 10.0.0.12 ", **rest}) == {}


@pytest.mark.parametrize(("address", "wrong"), [("10.0.0.99999", ["address"]), ("pam-new", ["address"]), ("::1", [])])
def test_a_new_server_has_an_address_that_is_one(s: House, address: str, wrong: list[str]) -> None:
    form = {"host": "pam-new", "port": "22", "address": address}
    assert list(mistakes("pin", {"pair": "london", "role": "primary"}, form)) == wrong


def test_a_reason_from_another_situation_is_not_put_before_somebody_without_a_word(s: House) -> None:
    s.become("Active", "Standby")
    found = needed(s, "ha-failover")
    value = found_button(needed_words(found, "the planned upgrade")[1], "ask:ha-failover")["value"]

    def form() -> str:
        return plain_blocks(opens(s.desk, ALICE, "ask:ha-failover", value)["blocks"])

    assert "has changed" not in form()
    s.world.own |= {Role.PRIMARY: GONE, Role.SECONDARY: "Standby"}
    s.look()
    assert "The situation has changed since this reason was given. It was: healthy. Last seen, at " in form()
    assert ": 🔴 Primary not answering" in form()


def test_what_is_needed_first_is_told_in_few_words(s: House) -> None:
    s.become("Active", "Standby")
    assert types(s, "/ha-failover london upgrade") == (
        "ha-failover on london is not asked for yet, and nothing was sent. "
        "It needs your word on what no probe can see. Seen: 🟢 healthy."
    )
    s.world.own |= {Role.PRIMARY: "Active", Role.SECONDARY: GONE}
    assert "It needs your word on what no probe can see and the address of the new Secondary. Seen:" in types(
        s, "/ha-initialise london new one"
    )


def test_of_several_statements_one_is_enough(s: House) -> None:
    s.become("Active", "Standby")
    blocks: list[list[Block]] = []
    typed = TypedCommand(ALICE, "ha-plan", "london failover")
    run_line(s.desk, load_commands(), typed, lambda _text, found: blocks.append(found))
    lines = plain_blocks(blocks[-1]).splitlines()
    place = next(place for place, line in enumerate(lines) if "Somebody must confirm one of" in line)
    assert all(line.startswith("• ") for line in lines[place + 1 : place + 3])
    assert "hasn't run successfully on this pair yet" in plain_blocks(blocks[-1])


def test_an_old_withdraw_says_how_far_it_came(s: House) -> None:
    request = s.wants("ha-demote-primary")
    s.world.effect = lambda: s.become("Demoted", "Active")
    approve(s.desk, request.id, BOB, "london")
    with refused(r"approved already, by U0BOB, and is running\."):
        withdraw(s.desk, request.id, ALICE)
    s.drain()
    with refused(r"approved already, by U0BOB, and has ended: succeeded\."):
        withdraw(s.desk, request.id, ALICE)


def test_an_approver_who_may_not_ask_reads_what_they_may(s: House) -> None:
    one = s.desk.pair("london")
    who = Person(next(iter(set(one.approvers) - set(one.requesters)), ""), "")
    assert who.id, "this shows nothing"
    with refused("You may look at london and approve what others ask for, but not ask"):
        ask(s.desk, who, "london", "ha-demote-primary", "why not")
    with refused("You may look at london, but not ask"):
        ask(s.desk, Person("U0NOBODY", ""), "london", "ha-demote-primary", "why not")


def test_maintenance_tells_how_to_end_it_in_the_notification_too(s: House) -> None:
    text = types(s, "/ha-maintenance london for 2h because the Secondary is upgraded")
    assert text.endswith("To end it sooner: /ha-maintenance london end")


@pytest.mark.parametrize(("typed", "wrong"), [("paris", ["name"]), ("", ["name"]), (" London ", [])])
def test_a_statement_takes_the_name_of_the_pair(typed: str, wrong: list[str]) -> None:
    form = state_modal(build.pair(), StatementKind.OFF)
    meta = json.loads(form["private_metadata"])
    assert list(mistakes("state", meta, {"words": "I stood before it", "name": typed})) == wrong
