"""May this action be asked for now, and if not, why not: the rule in front of every command."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.command import Action
from bot.domain.observation import Observation
from bot.domain.pair import Role
from bot.domain.runbook import RUNBOOK, Do, Step
from bot.domain.situation import Name, Situation, assess
from bot.domain.statement import Kind
from bot.domain.status import State

SILENT_LOOKS = 2  # one silent look is a hiccup, not evidence

WAITS: dict[Name, str] = {
    Name.UNKNOWN: "A server answers in words that I do not understand, and no command is safe on a guess.",
    Name.PRIMARY_UNCLEAR: "The Primary answers in words that I do not understand.",
    Name.CONFLICT: "A server is not who the settings say it is, so a command could reach the wrong one.",
    Name.UNSEEN: "A server is silent to me but seen by its peer: the fault is probably in my network.",
    Name.BOTH_GONE: "Neither server answers me.",
    Name.STANDALONE: "The pair was dissolved, and there is nothing I may do with a single server.",
    Name.NO_ACTIVE: "No server is active, and no page of the vendor says how to leave this state.",
    Name.NEWEST_GONE: "The newest data is on the server that is not there, and no way out is documented.",
    Name.UNDOCUMENTED: "No page of the vendor describes this state.",
}


@dataclass(frozen=True)
class Verdict:
    """Allowed now; or allowed once one of the alternatives in `needs` is stated; or refused with `words`."""

    allowed: bool
    needs: tuple[tuple[Kind, ...], ...]
    words: str


def verdict(action: Action, seen: Observation) -> Verdict:
    """Whether the action may run on what was seen; pure, so that it is asked again right before sending."""
    situation = assess(seen)
    alternatives = action.allowed.get(situation.name)
    if alternatives is None:
        return Verdict(False, (), why_not(action, situation))
    if role := _barely_silent(seen):
        return Verdict(False, (), f"The {role.word} was silent only once: look again before you act on it.")
    if any(seen.stated_all(kinds) for kinds in alternatives):
        return Verdict(True, (), action.does)
    return Verdict(False, alternatives, "This needs a statement of what only a person can know.")


def why_not(action: Action, situation: Situation) -> str:
    """The words for a refusal in this situation."""
    if words := action.why_not.get(situation.name) or WAITS.get(situation.name):
        return words
    return f"{situation.says} {action.name} is not a step out of that."


def _barely_silent(seen: Observation) -> Role | None:
    for role in Role:
        if seen.own(role) is State.SILENT and seen.look(role).silent_looks < SILENT_LOOKS:
            return role
    return None


def next_steps(seen: Observation) -> tuple[Step, ...]:
    """The steps to BAU from here; what is next is the first of them."""
    return RUNBOOK[assess(seen).name]


def step_words(step: Step, actions: Mapping[str, Action]) -> str:
    """One step, in words."""
    return f"{actions[step.action].verb} (`{step.action}`)" if isinstance(step, Do) else step.words
