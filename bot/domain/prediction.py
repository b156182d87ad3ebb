"""What a pair is expected to show after a command has worked."""

from dataclasses import replace

from bot.domain.command import Action
from bot.domain.observation import Observation, Probe
from bot.domain.pair import Role
from bot.domain.policy import SILENT_LOOKS
from bot.domain.situation import SituationCode, assess
from bot.domain.status import Health, Report, State
from bot.domain.transport import UnreachableReason


def ends(action: Action, seen: Observation) -> tuple[SituationCode, ...]:
    """Return the situations that the action's expected states lead to from here, the best one first."""
    own = seen.own(Role.PRIMARY)
    # A Primary that must be replaced stays lost after a failover: this counts as reached too, and is flagged.
    primaries = [own] if own is State.SILENT and own in action.aim.lost else sorted(action.aim.primary)
    names = [
        assess(_after(action, seen, primary, other)).name for primary in primaries for other in action.aim.secondary
    ]
    return tuple(dict.fromkeys(names))


def _after(action: Action, seen: Observation, primary: State, secondary: State) -> Observation:
    return replace(
        seen,
        primary=_look(seen, Role.PRIMARY, primary),
        secondary=_look(seen, Role.SECONDARY, secondary),
        statements=(),
        after_split=seen.after_split or action.after_split,
    )


def _look(seen: Observation, role: Role, state: State) -> Probe:
    at = seen.look(role).at
    if state is State.SILENT:
        return Probe(role, at, None, UnreachableReason.NO_ANSWER, UnreachableReason.NO_ANSWER.value, SILENT_LOOKS)
    address = seen.pair.server(role).address
    return Probe(role, at, Report(role, address, state, State.UNKNOWN, Health.OK, None, None, ""))
