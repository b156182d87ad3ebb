"""Whether an action may be requested now, and if not, why not. Every command passes this rule."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.domain.command import Action
from bot.domain.observation import FRESH, Observation
from bot.domain.pair import Role
from bot.domain.plan import runs_on
from bot.domain.runbook import COMPARE, COSTS_PRIMARY, DEMOTE, RUNBOOK, CommandStep, ManualStep, Step, halves, keeping
from bot.domain.situation import Situation, SituationCode, assess
from bot.domain.statement import StatementKind
from bot.domain.status import State

SILENT_LOOKS = 2  # one silent probe is a hiccup, not evidence

WAITS: dict[SituationCode, str] = {
    SituationCode.UNKNOWN: "I can't read what a server says, and no command is safe on a guess.",
    SituationCode.PRIMARY_UNCLEAR: "I can't read what the Primary says.",
    SituationCode.ALONE_UNCLEAR: "I can't read what the Primary says: repair or replace it first.",
    SituationCode.CONFLICT: "A server isn't the one in my settings, so a command could reach the wrong one.",
    SituationCode.UNSEEN: "I can't reach a server that its peer still sees: the fault is probably in my network.",
    SituationCode.NOT_ASKED: (
        "I couldn't ask one of the servers, and no command is safe on half the picture. If the Primary is really off, "
        "confirm that first."
    ),
    SituationCode.FLAPPING: (
        "The pair keeps changing, and a command could meet either state. Ask again once it has held still for three "
        "minutes."
    ),
    SituationCode.MY_NETWORK: (
        "Several pairs don't answer at once, which may be my own network. If both servers of this one have really "
        "failed, confirm that first."
    ),
    SituationCode.PRIMARIES_SILENT: (
        "Several Primaries don't answer at once, which may be my own network. If this one is really off, confirm "
        "that first."
    ),
    SituationCode.SPLIT_NO_PRIMARY: (
        "Both servers were active when the Primary last answered, and still may be. If it is really off, confirm that "
        "first."
    ),
    SituationCode.SPLIT_NO_SECONDARY: (
        "Both servers were active when the Secondary last answered, and still may be. If it is really off, and a "
        "new one deployed, confirm that first."
    ),
    SituationCode.BOTH_GONE: "No server could take a command.",
    SituationCode.STANDALONE: "The pair was dissolved, and there is nothing I may do with a single server.",
    SituationCode.NO_ACTIVE: "No server is active, and the vendor documents no way out of this.",
    SituationCode.NEWEST_GONE: ("The newest data is on the Secondary, which isn't well, and no way out is documented."),
    SituationCode.UNDOCUMENTED: "The vendor doesn't describe this state.",
}

# The states in which a server may be given a command.
FIT = frozenset({State.ACTIVE, State.STANDBY, State.DEMOTED, State.UNPAIRED})
DEPLOYED = {StatementKind.PRIMARY_DEPLOYED: Role.PRIMARY, StatementKind.SECONDARY_DEPLOYED: Role.SECONDARY}


@dataclass(frozen=True)
class Verdict:
    """Whether an action is allowed now.

    If not, one of the alternatives in `needs` must be stated first. If there are none, `words` says why it is refused.
    """

    allowed: bool
    needs: tuple[tuple[StatementKind, ...], ...]
    words: str


def verdict(action: Action, seen: Observation) -> Verdict:
    """Return whether the action may run on what was seen.

    The function is pure, so that it can be asked again before sending.
    """
    situation = assess(seen)
    alternatives = action.allowed.get(situation.name)
    if alternatives is None:
        return Verdict(False, (), why_not(action, situation))
    if words := _forbidden(action, seen) or _barely_silent(seen) or _unfit(action, seen, situation):
        return Verdict(False, (), words)
    ways = tuple(kinds for kinds in alternatives if not _contradicted(kinds, seen))
    if not ways:
        return Verdict(False, (), _contradicted(alternatives[0], seen))
    if any(seen.stated_all(kinds) for kinds in ways):
        return Verdict(True, (), action.worded(situation.name).does)
    return Verdict(False, ways, "This needs somebody to confirm what I can't see.")


def why_not(action: Action, situation: Situation) -> str:
    """Return the words for a refusal in this situation."""
    return own_why_not(action, situation.name) or f"{situation.says} {action.name} doesn't help here."


def own_why_not(action: Action, situation: SituationCode) -> str:
    """Return the words that the rules have for just this refusal; empty where it is simply no step out of this."""
    return action.why_not.get(situation) or WAITS.get(situation) or ""


def _forbidden(action: Action, seen: Observation) -> str:
    """Return why the action is forbidden; empty where it is not.

    It is where somebody has stated that what it would lose must survive.
    """
    if CommandStep(action.name) in COSTS_PRIMARY and seen.stated(StatementKind.KEEP_PRIMARY):
        return (
            "Somebody has confirmed that the Primary's data must survive. This may lose it, and no way is documented."
        )
    return ""


def _barely_silent(seen: Observation) -> str:
    for role in Role:
        if seen.own(role) is State.SILENT and seen.look(role).silent_looks < SILENT_LOOKS:
            return f"The {role.word} was silent only once: look again before you act on that."
    return ""


def _unfit(action: Action, seen: Observation, situation: Situation) -> str:
    """Return why the server that would run the action must not get it; empty where it may.

    The server's own report must say both its state and who it is.
    """
    role = runs_on(seen.pair, action)
    report = seen.look(role).report
    if report is None:
        return f"It runs on the {role.word}, which doesn't answer me, so only a person at its console can type it."
    if seen.own(role) not in FIT:
        return f"It runs on the {role.word}, which must get no command while it says: {seen.own(role).value}."
    if CommandStep(action.name) == DEMOTE and any(seen.own(own_role) is not State.ACTIVE for own_role in Role):
        return "Both servers must say that they are active."
    if situation.name is SituationCode.HALF_OVER and role is Role.PRIMARY:
        return "In the settings it runs on the Primary, and only a Secondary on standby can carry on with it."
    if report.host is None and situation.name not in action.unproven_in:
        return f"It runs on the {role.word}, which doesn't say who it is, so it could be the wrong server."
    return ""


def _contradicted(kinds: tuple[StatementKind, ...], seen: Observation) -> str:
    """Return why statements cannot count because a server's own new report contradicts them; empty where none does."""
    for role in (DEPLOYED[kind] for kind in kinds if kind in DEPLOYED):
        if seen.own(role) is State.FAILED:
            return f"The {role.word} answers and says Failed, so it isn't a newly deployed server."
    return ""


def next_steps(seen: Observation) -> tuple[Step, ...]:
    """Return the steps from here to a healthy pair.

    The first is what is next; steps that were stated as done are left out.
    """
    stated = {statement.kind for statement in seen.statements}
    return pending(assess(seen).name, stated, {role: seen.own(role) for role in Role}, seen.rekeyed)


def pending(
    name: SituationCode,
    stated: Collection[StatementKind] = (),
    own: Mapping[Role, State] | None = None,
    rekeyed: Collection[Role] = (),
) -> tuple[Step, ...]:
    """Return the runbook without the steps that a person has stated as done, and without those before them.

    A server that reports Failed, or is not understood, was not newly deployed, whatever was stated. A server that shows
    another host key is not out of reach: there, comparing the key helps.
    """
    steps = keeping(name) if StatementKind.KEEP_PRIMARY in stated else RUNBOOK[name]
    if rekeyed:
        steps = (*(COMPARE[role] for role in Role if role in rekeyed), *_reachable(steps, own or {}, rekeyed))
    old = [role for role, state in (own or {}).items() if state in (State.FAILED, State.UNKNOWN)]
    stated = set(stated) - {kind for role in old for kind in FRESH[role]}
    done = [place for place, step in enumerate(halves(steps)[0], 1) if step.states in stated]
    return steps[max(done, default=0) :]


def _reachable(steps: tuple[Step, ...], own: Mapping[Role, State], rekeyed: Collection[Role]) -> tuple[Step, ...]:
    """Return the steps without the looks at their beginning, where a server is hidden only by its host key."""
    if any(state is State.SILENT and role not in rekeyed for role, state in own.items()):
        return steps
    looks = 0
    while looks < len(steps) and isinstance(step := steps[looks], ManualStep) and step.only_looks:
        looks += 1
    return steps[looks:]


def step_words(step: Step, actions: Mapping[str, Action]) -> str:
    """Return one step in words."""
    return f"{actions[step.action].verb} (`{step.action}`)" if isinstance(step, CommandStep) else step.words


def step_loses(step: Step, actions: Mapping[str, Action], window: str) -> str:
    """Return what one step costs; empty where it costs nothing. `window` says since when the lost data was written."""
    match step:
        case CommandStep(name):
            return actions[name].loses.format(window=window)
        case ManualStep():
            return step.loses
        case _:
            return ""


def step_verified(step: Step, actions: Mapping[str, Action]) -> str:
    """Return how it shows that a step is done; empty for a call to the vendor."""
    match step:
        case CommandStep(name):
            return f"the servers show: {actions[name].expects}"
        case ManualStep():
            return step.verified
        case _:
            return ""
