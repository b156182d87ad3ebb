"""The pure rules of the appliance: which state offers what, what it does, and what it never does."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.pair.effects import Command, Refused, carried_out, offered, refusal
from bot.simulator.pair.starts import STARTS, changed, healthy
from bot.simulator.pair.world import Degradation, Pair, Role, Server, State, World, replicated

OFFERED = {
    (Role.PRIMARY, State.ACTIVE): "failover demote-primary initialise make-standalone",
    (Role.PRIMARY, State.DEMOTED): "",
    (Role.PRIMARY, State.UNPAIRED): "initialise",
    (Role.PRIMARY, State.STANDALONE): "",
    (Role.SECONDARY, State.ACTIVE): "failback make-standalone",
    (Role.SECONDARY, State.STANDBY): "failover",
    (Role.SECONDARY, State.UNPAIRED): "",
    (Role.SECONDARY, State.STANDALONE): "",
}


def bau() -> Pair:
    return healthy("10.0.0.11", "10.0.0.12", None)


def start(state: str) -> Pair:
    return STARTS[state](bau())


def in_state(pair: Pair, role: Role, state: State) -> Pair:
    return pair.with_server(replace(pair.server(role), state=state))


@pytest.mark.parametrize(("role", "state"), OFFERED)
def test_what_each_state_offers(role: Role, state: State) -> None:
    commands = offered(in_state(bau(), role, state), role)
    assert commands == [Command.STATUS, *(Command(f"ha-{name}") for name in OFFERED[role, state].split())]


@pytest.mark.parametrize("pair", [replace(bau(), linked=False), start("failed-primary")])
def test_failover_demotes_only_a_primary_it_can_contact(pair: Pair) -> None:
    after = carried_out(pair, Role.SECONDARY, Command.FAILOVER, {})
    assert (after.primary.state, after.secondary.state) == (State.ACTIVE, State.ACTIVE)


def test_failover_does_not_reach_a_frozen_primary_either() -> None:
    frozen = bau().with_server(replace(bau().primary, frozen=True))
    assert carried_out(frozen, Role.SECONDARY, Command.FAILOVER, {}).primary.state is State.ACTIVE


def test_a_planned_hand_over_needs_its_standby() -> None:
    with pytest.raises(Refused, match="not a standby that can be contacted"):
        carried_out(start("failed-secondary"), Role.PRIMARY, Command.FAILOVER, {})


def test_failback_refuses_a_primary_that_is_still_active() -> None:
    with pytest.raises(Refused, match="must be demoted first"):
        carried_out(start("split-brain"), Role.SECONDARY, Command.FAILBACK, {})


def test_failback_refuses_a_primary_out_of_contact() -> None:
    with pytest.raises(Refused, match="cannot be contacted"):
        carried_out(replace(start("failed-over"), linked=False), Role.SECONDARY, Command.FAILBACK, {})


def test_demote_in_a_healthy_pair_leaves_nobody_to_serve() -> None:
    after = carried_out(bau(), Role.PRIMARY, Command.DEMOTE_PRIMARY, {})
    assert (after.primary.state, after.secondary.state) == (State.DEMOTED, State.STANDBY)


@pytest.mark.parametrize(
    ("address", "code", "why"),
    [
        ("10.0.0.99", "CODE", "No PAM Server can be contacted at 10.0.0.99"),
        ("10.0.0.12", "OTHER", "joining code is not correct"),
    ],
)
def test_initialise_refuses_wrong_details(address: str, code: str, why: str) -> None:
    fresh = Server(Role.SECONDARY, "10.0.0.12", State.UNPAIRED, joining_code="CODE")
    with pytest.raises(Refused, match=why):
        answers = {"address": address, "joining_code": code}
        carried_out(bau().with_server(fresh), Role.PRIMARY, Command.INITIALISE, answers)


def test_initialise_refuses_a_server_that_is_in_a_pair() -> None:
    with pytest.raises(Refused, match="in a High Availability pair already"):
        answers = {"address": "10.0.0.12", "joining_code": "CODE"}
        carried_out(bau(), Role.PRIMARY, Command.INITIALISE, answers)


def test_make_standalone_dissolves_the_pair() -> None:
    after = carried_out(bau(), Role.PRIMARY, Command.MAKE_STANDALONE, {})
    assert (after.primary.state, after.secondary.state) == (State.STANDALONE, State.UNPAIRED)


@pytest.mark.parametrize("cause", Degradation)
def test_nothing_replicates_while_degraded(cause: Degradation) -> None:
    behind = changed(replace(bau(), degraded=cause), Role.PRIMARY)
    assert behind.secondary.changes != behind.primary.changes
    caught_up = replicated(replace(behind, degraded=None))
    assert caught_up.secondary.changes == behind.primary.changes


def test_nobody_changes_anything_on_a_server_that_does_not_serve() -> None:
    with pytest.raises(ValueError, match="serves no user"):
        changed(bau(), Role.SECONDARY)


def test_every_start_is_what_its_name_says() -> None:
    states = {name: (start(name).primary.state, start(name).secondary.state) for name in STARTS}
    active, standby = State.ACTIVE, State.STANDBY
    assert states == {
        "bau": (active, standby),
        "failed-primary": (active, standby),
        "split-brain": (active, active),
        "failed-secondary": (active, standby),
        "both-failed": (active, standby),
        "failed-over": (State.DEMOTED, active),
        "degraded": (active, standby),
    }
    assert [name for name in STARTS if start(name).replicating] == ["bau"]


EVENTS = st.sampled_from(["cut", "join", "off-primary", "off-secondary", "on-primary", "on-secondary", "change"])
COMMANDS = st.tuples(st.sampled_from(Role), st.sampled_from(Command))


@given(st.lists(st.one_of(EVENTS, COMMANDS), max_size=25))
def test_whatever_happens_the_truth_stays_consistent(steps: list[str | tuple[Role, Command]]) -> None:
    world = World(bau())
    for step in steps:
        before = world.pair
        try:
            world.update(lambda pair, step=step: happen(pair, step))  # type: ignore[misc]
        except (Refused, ValueError):
            assert world.pair == before, "a refusal changes nothing"
        check(world.pair)


def happen(pair: Pair, step: str | tuple[Role, Command]) -> Pair:
    if isinstance(step, tuple):
        return carried_out(pair, *step, {"address": pair.secondary.address, "joining_code": "CODE"})
    match step.partition("-"):
        case ("change", _, _):
            return changed(pair, Role.PRIMARY if pair.primary.state is State.ACTIVE else Role.SECONDARY)
        case ("cut" | "join" as what, _, _):
            return replace(pair, linked=what == "join")
        case (what, _, role):
            return pair.with_server(replace(pair.server(Role(role)), powered=what == "on"))


def check(pair: Pair) -> None:
    for role in Role:
        server = pair.server(role)
        assert (role, server.state) in OFFERED, "a role never takes the other role's state"
        assert set(server.changes) <= set(pair.made), "data comes from users only"
    if pair.replicating:
        assert pair.primary.changes == pair.secondary.changes


def test_a_command_that_is_not_offered_has_no_effect_in_any_state() -> None:
    refused = 0
    for (_, one), (_, other), command, role in product(OFFERED, OFFERED, Command, Role):
        pair = in_state(in_state(bau(), Role.PRIMARY, one), Role.SECONDARY, other)
        if refusal(pair, role, command) is not None:
            refused += 1
            with pytest.raises(Refused):
                carried_out(pair, role, command, {})
    assert refused > 100
