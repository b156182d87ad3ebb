"""Pairs, looks and observations for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.observation import Observation, Probe
from bot.domain.pair import Pair, PeerRow, Role, Server
from bot.domain.statement import Statement, StatementKind
from bot.domain.status import Health, Report, State
from bot.domain.transport import UnreachableReason
from bot.registry import actions_of, load_commands

AT = datetime(2026, 11, 23, 3, 2, tzinfo=UTC)
ADDRESS = {Role.PRIMARY: "10.0.0.11", Role.SECONDARY: "10.0.0.12"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKPTEhBEfP0sZ2WZWcqd1HPAGQvFhDQ4oqkBjTkbRkE5"
ACTIONS = actions_of(load_commands())
FAILOVER, FAILBACK = ACTIONS["ha-failover"], ACTIONS["ha-failback"]
DEMOTE, INITIALISE = ACTIONS["ha-demote-primary"], ACTIONS["ha-initialise"]


def server(role: Role, **changes: Any) -> Server:
    """A PAM Server as the settings have it."""
    return replace(Server(f"pam-{role}", "pairkeeper", KEY, key="id", address=ADDRESS[role]), **changes)


def pair(**changes: Any) -> Pair:
    """london."""
    one = Pair("london", "C1", ("U1", "U2"), ("U2", "U3"), server(Role.PRIMARY), server(Role.SECONDARY))
    return replace(one, **changes)


def says(role: Role, own: State, **changes: Any) -> Probe:
    """A look at a server that answered; its identity is proven unless `changes` say otherwise."""
    report = Report(role, ADDRESS[role], own, State.UNKNOWN, Health.OK, None, None, f"{role}: {own}")
    return Probe(role, AT, replace(report, **changes))


def silent(role: Role, looks: int = 2) -> Probe:
    """A look at a server that gave no answer, so often in a row."""
    return Probe(role, AT, None, UnreachableReason.NO_ANSWER, "no answer", looks)


def look(role: Role, own: State) -> Probe:
    return silent(role) if own is State.SILENT else says(role, own)


def stated(*kinds: StatementKind) -> tuple[Statement, ...]:
    """These statements, numbered as they came."""
    return tuple(Statement(i, kind, "U1", AT, "I stood before it") for i, kind in enumerate(kinds, 1))


def seen(primary: State | Probe, secondary: State | Probe, *kinds: StatementKind, **changes: Any) -> Observation:
    """An observation; a state stands for a look at a server that says so of itself."""
    one, other = (
        look(role, said) if isinstance(said, State) else said
        for role, said in ((Role.PRIMARY, primary), (Role.SECONDARY, secondary))
    )
    after_split = changes.pop("after_split", False)
    return Observation(pair(**changes), one, other, stated(*kinds), after_split)


def live(primary: Probe, secondary: Probe, *kinds: StatementKind) -> Observation:
    """An observation of a pair whose peer rows are proven to follow the truth."""
    return seen(primary, secondary, *kinds, peer_row=PeerRow.LIVE)


def later(observation: Observation, seconds: float = 60) -> Observation:
    """The same, seen later."""
    by = timedelta(seconds=seconds)
    primary, secondary = (replace(one, at=one.at + by) for one in (observation.primary, observation.secondary))
    return replace(observation, primary=primary, secondary=secondary)
