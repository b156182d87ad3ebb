"""Pairs, looks and observations for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.observation import Look, Observation
from bot.domain.pair import Pair, PeerRow, Role, Server
from bot.domain.reply import Why
from bot.domain.statement import Kind, Statement
from bot.domain.status import Health, Report, State
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


def says(role: Role, own: State, **changes: Any) -> Look:
    """A look at a server that answered; its identity is proven unless `changes` say otherwise."""
    report = Report(role, ADDRESS[role], own, State.UNKNOWN, Health.OK, None, None, f"{role}: {own}")
    return Look(role, AT, replace(report, **changes))


def silent(role: Role, looks: int = 2) -> Look:
    """A look at a server that gave no answer, so often in a row."""
    return Look(role, AT, None, Why.NO_ANSWER, "no answer", looks)


def look(role: Role, own: State) -> Look:
    return silent(role) if own is State.SILENT else says(role, own)


def stated(*kinds: Kind) -> tuple[Statement, ...]:
    """These statements, numbered as they came."""
    return tuple(Statement(i, kind, "U1", AT, "I stood before it") for i, kind in enumerate(kinds, 1))


def seen(primary: State | Look, secondary: State | Look, *kinds: Kind, **changes: Any) -> Observation:
    """An observation; a state stands for a look at a server that says so of itself."""
    one, other = (
        look(role, said) if isinstance(said, State) else said
        for role, said in ((Role.PRIMARY, primary), (Role.SECONDARY, secondary))
    )
    after_split = changes.pop("after_split", False)
    return Observation(pair(**changes), one, other, stated(*kinds), after_split)


def live(primary: Look, secondary: Look, *kinds: Kind) -> Observation:
    """An observation of a pair whose peer rows are proven to follow the truth."""
    return seen(primary, secondary, *kinds, peer_row=PeerRow.LIVE)


def later(observation: Observation, seconds: float = 60) -> Observation:
    """The same, seen later."""
    by = timedelta(seconds=seconds)
    primary, secondary = (replace(one, at=one.at + by) for one in (observation.primary, observation.secondary))
    return replace(observation, primary=primary, secondary=secondary)
