"""What each command of the appliance needs, does and says. Pure functions of the truth.

The effects are the vendor's as far as documented; the sentences, and what is refused when, are invented.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum

from bot.simulator.pair.world import Pair, Role, Server, State

Answers = Mapping[str, str]


class Refused(Exception):
    """The appliance will not do it; the text is what it prints."""


class Command(StrEnum):
    """The commands that this appliance knows."""

    STATUS = "ha-status"
    FAILOVER = "ha-failover"
    FAILBACK = "ha-failback"
    DEMOTE_PRIMARY = "ha-demote-primary"
    INITIALISE = "ha-initialise"
    MAKE_STANDALONE = "ha-make-standalone"


def offered(pair: Pair, role: Role) -> list[Command]:
    """What the logon list of this server shows now."""
    return [command for command in Command if refusal(pair, role, command) is None]


def refusal(pair: Pair, role: Role, command: Command) -> str | None:
    """Why this server does not offer the command now, or None. Only what it knows of itself counts."""
    state = pair.server(role).state
    match command, role, state:
        case (Command.STATUS, _, _):
            return None
        case (Command.FAILOVER, Role.SECONDARY, State.STANDBY) | (Command.FAILOVER, Role.PRIMARY, State.ACTIVE):
            return None
        case (Command.FAILBACK, Role.SECONDARY, State.ACTIVE):
            return None
        case (Command.DEMOTE_PRIMARY, Role.PRIMARY, State.ACTIVE):
            return None
        case (Command.INITIALISE, Role.PRIMARY, State.ACTIVE | State.UNPAIRED):
            return None
        case (Command.MAKE_STANDALONE, _, State.ACTIVE):
            return None
    return f"{command} is not available on this server: it is a {role.title()} in the state {state}."


def announcement(pair: Pair, role: Role, command: Command) -> str:
    """What the command says that it is going to do, before it asks."""
    match command:
        case Command.FAILOVER if role is Role.PRIMARY:
            return "The Secondary will become the active server and this Primary will be demoted."
        case Command.FAILOVER if pair.contact(role):
            return "This Secondary will become the active server and the Primary will be demoted."
        case Command.FAILOVER:
            return "This Secondary will become the active server. The Primary cannot be contacted."
        case Command.FAILBACK:
            return (
                "The Primary will become the active server again with the data of this Secondary.\n"
                "All sessions on this server will be terminated."
            )
        case Command.DEMOTE_PRIMARY:
            return "This Primary will be demoted and will no longer serve users."
        case Command.INITIALISE:
            return "A High Availability pair will be created. The data of the Secondary will be overwritten."
        case Command.MAKE_STANDALONE:
            return "The High Availability pair will be dissolved. This server becomes standalone."
    raise ValueError(f"{command} announces nothing")


def carried_out(pair: Pair, role: Role, command: Command, answers: Answers) -> Pair:
    """The pair once the command has had its effect.

    Raises Refused when the state of the pair at that moment does not allow it; nothing has changed then.
    """
    why = refusal(pair, role, command)
    if why is not None:
        raise Refused(why)
    effects: dict[Command, Callable[[], Pair]] = {
        Command.STATUS: lambda: pair,
        Command.FAILOVER: lambda: _hand_over(pair) if role is Role.PRIMARY else _take_over(pair),
        Command.FAILBACK: lambda: _failback(pair),
        Command.DEMOTE_PRIMARY: lambda: _enter(pair, Role.PRIMARY, State.DEMOTED),
        Command.INITIALISE: lambda: _initialise(pair, answers),
        Command.MAKE_STANDALONE: lambda: _dissolve(pair, role),
    }
    return effects[command]()


def _enter(pair: Pair, role: Role, state: State) -> Pair:
    return pair.with_server(replace(pair.server(role), state=state))


def _take_over(pair: Pair) -> Pair:
    promoted = _enter(pair, Role.SECONDARY, State.ACTIVE)
    # A Primary out of contact keeps its state: when it comes back, it is still active.
    primary_obeys = pair.contact(Role.SECONDARY) and pair.primary.state is State.ACTIVE
    return _enter(promoted, Role.PRIMARY, State.DEMOTED) if primary_obeys else promoted


def _hand_over(pair: Pair) -> Pair:
    if not pair.contact(Role.PRIMARY) or pair.secondary.state is not State.STANDBY:
        raise Refused("The Secondary is not a standby that can be contacted. Nothing was done.")
    return _take_over(pair)


def _failback(pair: Pair) -> Pair:
    primary = pair.primary
    if not pair.contact(Role.SECONDARY):
        raise Refused("The Primary cannot be contacted. Nothing was done.")
    if primary.state not in (State.DEMOTED, State.UNPAIRED):
        raise Refused(f"The Primary is {primary.state}, it must be demoted first. Nothing was done.")
    restored: Server = replace(primary, state=State.ACTIVE, changes=pair.secondary.changes)
    return _enter(pair.with_server(restored), Role.SECONDARY, State.STANDBY)


def _initialise(pair: Pair, answers: Answers) -> Pair:
    """Re-initialising a Degraded pair is not simulated: the vendor does not say what it overwrites."""
    secondary = pair.secondary
    if answers["address"] != secondary.address or not pair.contact(Role.PRIMARY):
        raise Refused(f"No PAM Server can be contacted at {answers['address']}. Nothing was done.")
    if secondary.state is not State.UNPAIRED:
        raise Refused("That server is in a High Availability pair already. Nothing was done.")
    if answers["joining_code"] != secondary.joining_code:
        raise Refused("The joining code is not correct. Nothing was done.")
    joined = replace(secondary, state=State.STANDBY, changes=pair.primary.changes, joining_code=None)
    return replace(_enter(pair, Role.PRIMARY, State.ACTIVE).with_server(joined), degraded=None)


def _dissolve(pair: Pair, role: Role) -> Pair:
    alone = _enter(pair, role, State.STANDALONE)
    return _enter(alone, role.other, State.UNPAIRED) if pair.contact(role) else alone
