"""When an answer to `ha-status` is complete, and what the rules say where an ending or a row tells nothing."""

from dataclasses import replace

import pytest

from bot.domain.observation import Probe, answered
from bot.domain.outcome import Outcome, give_up, returned_words
from bot.domain.pair import Labels, Role
from bot.domain.policy import verdict
from bot.domain.statement import StatementKind
from bot.domain.status import State, complete, misread, parse, told
from bot.domain.transport import Ending, Reply, UnreachableReason
from tests.domain.build import DEMOTE, FAILOVER, pair, seen, silent

WHOLE = """Floating IP address: 10.0.0.10
Primary PAM Server: Active
Primary PAM Server IP: 10.0.0.11 - this host
Secondary PAM Server: Standby
Secondary PAM Server IP: 10.0.0.12
High Availability status: OK
SMB share: mounted
"""
LINES = WHOLE.splitlines(keepends=True)
ROWS = {
    "floating_ip": LINES[:1],
    "primary": LINES[1:3],
    "secondary": LINES[3:5],
    "health": LINES[5:6],
    "share": LINES[6:],
}


def without(name: str) -> str:
    return "".join(line for line in LINES if line not in ROWS[name])


def test_an_answer_with_every_row_and_the_end_of_its_last_line_is_complete() -> None:
    assert complete(WHOLE, Labels(), floating_ip=True)
    assert complete(WHOLE.replace("\n", "\r\n"), Labels(), floating_ip=True)
    assert complete(WHOLE.rstrip("\n") + "\r", Labels(), floating_ip=True)
    assert not complete(WHOLE.rstrip("\n"), Labels(), floating_ip=True)


@pytest.mark.parametrize("name", ROWS)
def test_an_answer_that_lacks_a_row_is_not_complete(name: str) -> None:
    assert not complete(without(name), Labels(), floating_ip=True)


def test_a_row_that_this_pair_does_not_print_may_be_missing() -> None:
    assert complete(without("floating_ip"), Labels(), floating_ip=False)
    assert complete(without("share"), Labels(share=""), floating_ip=True)
    assert complete("\x1b[1m" + WHOLE, Labels(), floating_ip=True)
    assert not complete(WHOLE, Labels(health="ha state"), floating_ip=True)


def test_the_health_must_say_something_and_no_row_come_twice() -> None:
    assert not complete(
        WHOLE.replace("status: OK", "status:").replace("SMB share: mounted\n", ""), Labels(share=""), True
    )
    assert not complete(WHOLE + "Secondary PAM Server: Active\n", Labels(), floating_ip=True)


@pytest.mark.parametrize(
    ("ending", "text", "floating_ip", "whole"),
    [
        (Ending.EXITED, "", None, True),
        (Ending.CLOSED, WHOLE, "10.0.0.10", True),
        (Ending.CLOSED, without("floating_ip"), None, True),
        (Ending.CLOSED, without("floating_ip"), "10.0.0.10", False),
        (Ending.CLOSED, WHOLE[:-1], "10.0.0.10", False),
        (Ending.LOST, WHOLE, "10.0.0.10", False),
        (Ending.TIMED_OUT, WHOLE, "10.0.0.10", False),
    ],
)
def test_an_answer_counts_by_an_exit_status_or_by_all_that_the_pair_prints(
    ending: Ending, text: str, floating_ip: str | None, whole: bool
) -> None:
    assert answered(pair(floating_ip=floating_ip), Reply(text, None, ending)) is whole


def test_the_labels_of_a_pair_count_for_what_is_asked() -> None:
    own = pair(floating_ip=None, labels=Labels(health="ha state"))
    said = without("floating_ip").replace("High Availability status", "HA state")
    assert answered(own, Reply(said, None, Ending.CLOSED))
    assert not answered(pair(floating_ip=None), Reply(said, None, Ending.CLOSED))


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (
            Ending.CLOSED,
            "The server closed the connection without an exit status, which means neither success nor failure.",
        ),
        (Ending.LEFT, "Somebody stopped waiting for it; nothing was cut off."),
        (Ending.UNEXPECTED, "It asked a question I don't know (“”)."),
        (Ending.TIMED_OUT, "It didn't end in time."),
    ],
)
def test_why_nobody_can_tell_how_it_ended_is_said(ending: Ending, words: str) -> None:
    before = seen(State.ACTIVE, State.ACTIVE)
    found = give_up(DEMOTE.aim, Role.PRIMARY, Reply("", None, ending, 1), before, before)
    assert (found.outcome, found.words) == (Outcome.UNKNOWN, words)


def test_what_a_command_returned_is_its_status_and_its_last_line() -> None:
    assert returned_words(Reply("one\n two \n\n", 3, Ending.EXITED)) == "exit status 3: two"
    assert returned_words(Reply("", 0, Ending.EXITED)) == "exit status 0"


def test_which_word_was_not_understood_is_said_by_the_labels_of_the_pair() -> None:
    named = Labels(primary="node a", secondary="node b", this_host="HERE")
    text = "node a: Active\n10.0.0.11 here\nnode b: Standby\n10.0.0.12\n"
    assert parse(text, named).own is State.ACTIVE
    assert misread(text, named) == ""
    odd = text.replace("node a: Active", f"node a: {'x' * 50}")
    assert misread(odd, named) == f"the row of the Primary, this host, says “{'x' * 40}” where one state should stand"


def test_a_report_without_an_address_says_so() -> None:
    report = parse(WHOLE)
    assert told(replace(report, address=None)) == "Primary active at no address, peer standby, health OK"


def unasked(role: Role) -> Probe:
    return replace(silent(role), why=UnreachableReason.NOT_ASKED, asked=False)


def test_a_primary_that_was_not_asked_is_silent_once_somebody_says_that_it_is_off() -> None:
    stated = seen(unasked(Role.PRIMARY), State.STANDBY, StatementKind.OFF)
    assert stated.state(Role.PRIMARY) is State.SILENT
    assert seen(unasked(Role.PRIMARY), State.STANDBY).state(Role.PRIMARY) is State.UNASKED
    other = seen(State.ACTIVE, unasked(Role.SECONDARY), StatementKind.OFF)
    assert other.state(Role.SECONDARY) is State.UNASKED


def test_a_half_done_failover_goes_on_at_the_secondary_only() -> None:
    line = replace(FAILOVER.line, runs_on=Role.PRIMARY)
    found = seen(State.DEMOTED, State.STANDBY, StatementKind.INTERRUPTED, commands={"ha-failover": line})
    assert verdict(FAILOVER, found).words == (
        "In the settings it runs on the Primary, and only a Secondary on standby can carry on with it."
    )
