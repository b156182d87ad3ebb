"""Every world that the tables tell apart: an example observation for each pair of states."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.observation import Observation, Probe
from bot.domain.pair import Pair, PeerRow, Role, Server
from bot.domain.policy import DEPLOYED, SILENT_LOOKS
from bot.domain.situation import Fact
from bot.domain.statement import Statement, StatementKind
from bot.domain.status import Health, Report, State
from bot.domain.transport import UnreachableReason
from bot.views.wording import term

AT = datetime(2026, 1, 1, 3, tzinfo=UTC)
SERVERS = {
    role: Server(f"pam-{role}", "pairkeeper", "", key="id", address=address)
    for role, address in ((Role.PRIMARY, "10.0.0.11"), (Role.SECONDARY, "10.0.0.12"))
}
PAIR = Pair("london", "C0000000000", ("U1",), ("U2",), SERVERS[Role.PRIMARY], SERVERS[Role.SECONDARY])
LIVE = Pair(
    "london", "C0000000000", ("U1",), ("U2",), SERVERS[Role.PRIMARY], SERVERS[Role.SECONDARY], peer_row=PeerRow.LIVE
)
STATES = {  # the states that a server of this role can have: only a Primary is demoted, only a Secondary is on standby
    Role.PRIMARY: tuple(state for state in State if state is not State.STANDBY),
    Role.SECONDARY: tuple(state for state in State if state is not State.DEMOTED),
}
ANSWERS = frozenset(State) - {State.SILENT, State.UNSEEN, State.UNASKED}


@dataclass(frozen=True)
class World:
    """Two states, the one fact that tells this world from others with the same states, and an example of it."""

    primary: State
    secondary: State
    fact: str
    seen: Observation


def seen_as(
    primary: State,
    secondary: State,
    *,
    health: Health = Health.OK,
    after_split: bool = False,
    others_gone: bool = False,
    last_split: bool = False,
    interrupted: bool = False,
    stated: Iterable[StatementKind] = (),
    pair: Pair = PAIR,
    silent_looks: int = SILENT_LOOKS,
) -> Observation:
    """Return an example of an observation in which the servers have these states."""
    states = {Role.PRIMARY: primary, Role.SECONDARY: secondary}
    looks = {role: _look(role, states, health, silent_looks) for role in Role}
    statements = tuple(Statement(i, kind, "U1", AT, "seen with my own eyes") for i, kind in enumerate(stated, 1))
    both = looks[Role.PRIMARY], looks[Role.SECONDARY]
    gone, split, half = others_gone, last_split, interrupted
    return Observation(pair, *both, statements, after_split, others_gone=gone, last_split=split, interrupted=half)


def _look(role: Role, states: dict[Role, State], health: Health, silent_looks: int) -> Probe:
    own = states[role]
    if own not in ANSWERS:
        why = UnreachableReason.NOT_ASKED if own is State.UNASKED else UnreachableReason.NO_ANSWER
        return Probe(role, AT, None, why, why.value, silent_looks, asked=own is not State.UNASKED)
    peer = State.ACTIVE if states[role.peer] is State.UNSEEN else State.UNKNOWN
    address = "10.0.0.99" if own is State.CONFLICT else SERVERS[role].address
    word = State.ACTIVE if own is State.CONFLICT else own
    return Probe(role, AT, Report(role, address, word, peer, health, None, None, f"{role}: {own}"))


def worlds() -> tuple[World, ...]:
    """Return a world for each pair of states, and one for each further fact that the tables need."""
    return tuple(
        world for one in STATES[Role.PRIMARY] for other in STATES[Role.SECONDARY] for world in _worlds(one, other)
    )


def _worlds(primary: State, secondary: State) -> Iterator[World]:
    states = (primary, secondary)
    if State.UNSEEN in states:
        if ANSWERS & set(states):  # an unseen server needs the other one to vouch for it
            yield World(primary, secondary, "", seen_as(primary, secondary, pair=LIVE))
        return
    match states:
        case State.ACTIVE, State.STANDBY:
            for health in (Health.OK, Health.DEGRADED):
                yield World(primary, secondary, term(health), seen_as(primary, secondary, health=health))
        case State.DEMOTED, State.ACTIVE:
            yield World(primary, secondary, "", seen_as(primary, secondary))
            demoted = seen_as(primary, secondary, after_split=True)
            yield World(primary, secondary, Fact.AFTER_SPLIT, demoted)
        case State.DEMOTED, State.STANDBY:
            yield World(primary, secondary, "", seen_as(primary, secondary))
            yield World(primary, secondary, Fact.INTERRUPTED, seen_as(primary, secondary, interrupted=True))
        case (State.SILENT, State.ACTIVE) | (State.ACTIVE, State.SILENT):
            yield World(primary, secondary, "", seen_as(primary, secondary))
            yield World(primary, secondary, Fact.LAST_SPLIT, seen_as(primary, secondary, last_split=True))
        case (State.SILENT, State.STANDBY | State.SILENT | State.UNPAIRED) | (State.UNPAIRED, State.SILENT):
            yield World(primary, secondary, "", seen_as(primary, secondary))
            yield World(primary, secondary, Fact.OTHERS_GONE, seen_as(primary, secondary, others_gone=True))
        case _:
            yield World(primary, secondary, "", seen_as(primary, secondary))
    if secondary is State.ACTIVE and primary in (State.ACTIVE, State.DEMOTED):
        keep = seen_as(*states, after_split=primary is State.DEMOTED, stated=[StatementKind.KEEP_PRIMARY])
        yield World(primary, secondary, f"stated: {term(StatementKind.KEEP_PRIMARY)}", keep)
    if secondary is State.STANDBY and primary in (State.ACTIVE, State.FAILED, State.UNKNOWN):
        yield World(primary, secondary, "stated: not serving", seen_as(*states, stated=[StatementKind.NOT_SERVING]))
    if primary is State.SILENT and secondary in (State.SILENT, State.UNPAIRED):
        yield World(
            primary, secondary, f"stated: {term(StatementKind.BACKUP)}", seen_as(*states, stated=[StatementKind.BACKUP])
        )
    yield from _deployed(primary, secondary)


def _deployed(primary: State, secondary: State) -> Iterator[World]:
    """Yield the worlds with statements that a silent server is a new one, which then counts as unpaired."""
    states = {Role.PRIMARY: primary, Role.SECONDARY: secondary}
    kinds = [kind for kind, role in DEPLOYED.items() if states[role] is State.SILENT]
    for some in [kinds, *([kind] for kind in kinds if len(kinds) > 1)]:
        if some:
            fact = "stated: " + " and ".join(map(term, some))
            yield World(primary, secondary, fact, seen_as(primary, secondary, stated=some))
