"""What an approval is bound to: what voids it, what does not, and the words for the difference."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command import Action
from bot.domain.observation import Observation
from bot.domain.pair import CommandLine, Login, PeerRow, Question, Role
from bot.domain.plan import WORDS, Plan, differences, fingerprint, make_plan, runs_on
from bot.domain.statement import Statement, StatementKind
from bot.domain.status import Health, State
from tests.domain.build import (
    ACTIONS,
    AT,
    DEMOTE,
    FAILBACK,
    FAILOVER,
    INITIALISE,
    KEY,
    later,
    pair,
    says,
    seen,
    server,
    silent,
)

P, S = Role.PRIMARY, Role.SECONDARY
A, STANDBY = State.ACTIVE, State.STANDBY
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZha2UgZmFrZSBmYWtlIGZha2UgZmFrZSBmYWtlIGZh"
DETAILS = {"address": "10.0.0.12"}
NO_DETAILS: Mapping[str, str] = {}


def planned(primary: Any = A, secondary: Any = STANDBY, *kinds: StatementKind, **changes: Any) -> Observation:
    return seen(primary, secondary, *(kinds or (StatementKind.PLANNED,)), **changes)


def plan(one: Observation, action: Action = FAILOVER, details: Mapping[str, str] = NO_DETAILS) -> Plan:
    return make_plan(action, one, details)


def test_the_digest_is_the_same_for_the_same() -> None:
    assert plan(planned()).digest() == plan(planned()).digest()
    # Pinned: another digest voids every request that waits while a new version is put in place.
    assert plan(planned()).digest() == "df2e5649ea29a9841e263bee296d11311140a2bb2914cc45f6f6c5558c048d73"
    assert len({plan(planned(), action).digest() for action in ACTIONS.values()}) == len(ACTIONS)


def with_statements(*said: Statement) -> Observation:
    return replace(planned(), statements=said)


SAME: dict[str, Observation] = {
    "ages": later(planned(), 900),
    "the SMB share": planned(says(P, A, share="81% full")),
    "the floating IP's text": planned(says(P, A, floating_ip="10.0.0.77")),
    "the peer's row": planned(says(P, A, peer=State.FAILED), says(S, STANDBY, peer=A)),
    "the raw text": planned(says(P, A, text="as ever, at 03:04:05")),
    "an older statement's age": with_statements(
        Statement(1, StatementKind.PLANNED, "U1", AT - timedelta(minutes=9), "x")
    ),
    "a statement that is about something else": planned(
        A, STANDBY, StatementKind.PLANNED, StatementKind.SECONDARY_DEPLOYED
    ),
    "how it began": planned(after_split=True),
    "the channel, the people, the times": planned(channel="C9", approvers=("U9",), approval_minutes=1.0),
}


@pytest.mark.parametrize("what", SAME)
def test_what_does_not_void(what: str) -> None:
    assert plan(SAME[what]).digest() == plan(planned()).digest()
    assert differences(plan(planned()), plan(SAME[what])) == []


def elsewhere(**changes: Any) -> Observation:
    """The same, with another Secondary in the settings; what it says of itself follows its address."""
    there = pair(secondary=server(S, **changes))
    said = says(S, STANDBY, address=there.secondary.address)
    return Observation(there, says(P, A), said, planned().statements)


def with_line(**changes: Any) -> Observation:
    return planned(commands={"ha-failover": replace(FAILOVER.line, **changes)})


def numbered(*numbers: int) -> Observation:
    return with_statements(*(Statement(n, StatementKind.PLANNED, "U1", AT, "x") for n in numbers))


FINGERPRINT, OTHER_FINGERPRINT = fingerprint(KEY), fingerprint(OTHER_KEY)
VOID: dict[str, tuple[Observation, list[tuple[str, str, str]]]] = {
    "own state": (
        planned(State.DEMOTED),
        [("Primary", "active", "demoted"), ("health of the pair", "OK", "of no matter")],
    ),
    "answered or silent": (
        planned(silent(P)),
        [("Primary", "active", "silent"), ("health of the pair", "OK", "of no matter")],
    ),
    "role": (
        planned(says(P, A, host=S)),
        [("Primary", "active", "conflict"), ("health of the pair", "OK", "of no matter")],
    ),
    "address that is printed": (
        planned(A, says(S, STANDBY, address="10.0.0.13")),
        [("Secondary", "standby", "conflict"), ("health of the pair", "OK", "of no matter")],
    ),
    "address in the settings": (
        elsewhere(address="10.0.0.13"),
        [
            ("address", "10.0.0.12", "10.0.0.13"),
            ("addresses", "primary 10.0.0.11, secondary 10.0.0.12", "primary 10.0.0.11, secondary 10.0.0.13"),
        ],
    ),
    "host key": (elsewhere(host_key=OTHER_KEY), [("pinned host key", FINGERPRINT, OTHER_FINGERPRINT)]),
    "host": (elsewhere(host="pam-c"), [("SSH host", "pam-secondary", "pam-c")]),
    "port": (elsewhere(port=2222), [("SSH port", "22", "2222")]),
    "line": (with_line(line="ha-failover --now"), [("command line", "ha-failover", "ha-failover --now")]),
    "prefix": (elsewhere(prefix="sudo"), [("command line", "ha-failover", "sudo ha-failover")]),
    "dialogue": (
        with_line(dialogue=(Question("Sure?", "yes"),)),
        [("questions and answers", r"Are you sure you want to continue\? \[y/N\]:?\s*⁠$ y", "Sure? yes")],
    ),
    "no dialogue": (
        with_line(dialogue=()),
        [("questions and answers", r"Are you sure you want to continue\? \[y/N\]:?\s*⁠$ y", "none")],
    ),
    "server": (
        with_line(runs_on=P),
        [
            ("SSH host", "pam-secondary", "pam-primary"),
            ("address", "10.0.0.12", "10.0.0.11"),
            ("server", "secondary", "primary"),
        ],
    ),
    "a statement less": (with_statements(), [("Statements", "planned", "none")]),
    "a statement more": (numbered(1, 2), [("Statements", "planned", "planned, planned")]),
    "the same statement made again": (numbered(2), [("Statements", "planned", "planned")]),
    "health, while both are as they should be": (
        planned(says(P, A, health=Health.DEGRADED)),
        [("health of the pair", "OK", "Degraded")],
    ),
}


@pytest.mark.parametrize("what", VOID)
def test_what_voids_and_how_it_is_told(what: str) -> None:
    moved, words = VOID[what]
    assert plan(moved).digest() != plan(planned()).digest()
    assert sorted(differences(plan(planned()), plan(moved))) == sorted(words)


def test_other_details_void() -> None:
    one = seen(A, State.UNPAIRED)
    then, now = plan(one, INITIALISE, DETAILS), plan(one, INITIALISE, {"address": "10.0.0.13"})
    assert then.digest() != now.digest()
    assert differences(then, now) == [("details", "address 10.0.0.12", "address 10.0.0.13")]


def test_health_counts_only_where_the_card_relies_on_it() -> None:
    for action, one, other in ((FAILBACK, State.DEMOTED, A), (DEMOTE, A, A)):
        well, ill = (seen(says(P, one, health=h), says(S, other, health=h)) for h in (Health.OK, Health.DEGRADED))
        assert plan(well, action).digest() == plan(ill, action).digest()
    sick = [seen(says(P, A, health=h), STANDBY, StatementKind.NOT_SERVING) for h in (Health.OK, Health.DEGRADED)]
    assert plan(sick[0]).digest() == plan(sick[1]).digest()


def test_whatever_is_in_the_digest_can_be_told() -> None:
    """No approval is ever void without a line that says why."""
    told = set(WORDS) | {"states", "statements"}
    assert {item.name for item in fields(Plan)} - told == {"pair", "action"}, "these never move for one request"


def test_it_comes_back_from_the_store_as_it_was() -> None:
    for action in ACTIONS.values():
        one = plan(planned(), action, {"address": "10.0.0.12", "note": "é “x”"})
        again = Plan.from_json(one.as_json())
        assert again == one
        assert again.digest() == one.digest()
    assert plan(planned()).server_role is S


def test_no_secret_is_in_it() -> None:
    text = plan(seen(A, State.UNPAIRED), INITIALISE, DETAILS).as_json()
    assert "{joining_code}" in text


def test_where_it_runs() -> None:
    assert {name: runs_on(pair(), action) for name, action in ACTIONS.items()} == {
        "ha-failover": S,
        "ha-failback": S,
        "ha-demote-primary": P,
        "ha-initialise": P,
    }
    there = pair(commands={"ha-failback": CommandLine("ha-failback", runs_on=P)})
    assert runs_on(there, FAILBACK) is P


# The check of the way in

ACCESS: dict[str, Callable[[], dict[str, Any]]] = {
    "host": lambda: {"primary": server(P, host="pam-c")},
    "host key": lambda: {"secondary": server(S, host_key=OTHER_KEY)},
    "jump": lambda: {"secondary": server(S, jump=Login("bastion", "x", KEY))},
    "pty": lambda: {"secondary": server(S, pty=True)},
    "address": lambda: {"primary": server(P, address="10.0.0.13")},
    "labels": lambda: {"labels": replace(pair().labels, unpaired="fresh")},
    "line": lambda: {"commands": {"ha-failover": CommandLine("failover")}},
    "dialogue": lambda: {"commands": {"ha-failover": CommandLine("ha-failover", ())}},
}


@pytest.mark.parametrize("what", ACCESS)
def test_another_way_in_has_to_be_checked_again(what: str) -> None:
    assert pair(**ACCESS[what]()).access_digest() != pair().access_digest()


def test_other_people_or_times_leave_the_pair_armed() -> None:
    other = pair(channel="C9", requesters=("U9",), approvals=2, approval_minutes=5.0, peer_row=PeerRow.LIVE)
    assert other.access_digest() == pair().access_digest()


# Fingerprints


@pytest.mark.needs("sshd")
@pytest.mark.parametrize("kind", [["ed25519"], ["ecdsa"], ["ecdsa", "-b", "521"], ["rsa", "-b", "2048"]])
def test_a_fingerprint_is_what_ssh_keygen_prints(tmp_path: Path, kind: list[str]) -> None:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", file, "-t", *kind], check=True)
    printed = subprocess.run(["ssh-keygen", "-lf", f"{file}.pub"], check=True, capture_output=True, text=True).stdout
    line = file.with_suffix(".pub").read_text()
    assert fingerprint(line) == printed.split()[1]
    assert fingerprint(" ".join(line.split()[:2])) == printed.split()[1]


@given(st.text())
def test_what_is_no_key_has_no_fingerprint(text: str) -> None:
    assert fingerprint(text) == "not a host key"


@pytest.mark.parametrize("cut", range(len("ssh-ed25519 "), len(KEY)))
def test_a_key_that_was_cut_has_no_fingerprint(cut: int) -> None:
    assert fingerprint(KEY[:cut]) == "not a host key"
