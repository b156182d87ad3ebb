"""How a person does a step by hand at the server: on which one, what to type, and what to answer."""

import re
from collections.abc import Iterable, Mapping

from bot.domain.command import Action
from bot.domain.pair import Pair, Role
from bot.domain.plan import Plan, command_line, runs_on
from bot.domain.statement import StatementKind, sentence
from bot.domain.words import esc

SLOT = re.compile(r"\{(\w+)\}")


def by_hand(plan: Plan, answers: Iterable[str] | None = None) -> str:
    """Return how to do by hand what a plan says. `answers` replace the plan's own answers."""
    answers = (answer for _, answer in plan.dialogue) if answers is None else answers
    return _typed(plan.server_role, plan.address, plan.line, answers, dict(plan.details))


def still_by_hand(plan: Plan, strange: bool = False) -> str:
    """Return the same for later, when the servers may say something else.

    After a `strange` question, which the bot does not know, no answer is suggested.
    """
    when = "By hand, if both servers are still as the card shows:"
    if strange:
        return f"{when} {by_hand(plan, ())}. It asks something I don't know: read it before you answer."
    return f"{when} {by_hand(plan)}."


def look_next(pair: str) -> str:
    """Return where a person looks first, as the step may be the wrong one by now."""
    return f"See what is next now: /ha-recover {esc(pair)}"


def by_hand_at(pair: Pair, action: Action, needs: tuple[tuple[StatementKind, ...], ...] = ()) -> str:
    """Return the same for an action without a plan.

    `needs` are sets of statements, of which one set must be true first.
    """
    role, line = runs_on(pair, action), command_line(pair, action)
    answers = (question.answer for question in line.dialogue)
    typed = _typed(role, pair.server(role).address, pair.typed(line, role), answers, {})
    ways = " or ".join(" ".join(f"“{sentence(kind, pair)}”" for kind in way) for way in needs)
    return f"By hand{f', only if {ways}' if ways else ''}: {typed}."


def look_by_hand(pair: Pair) -> str:
    """Return how to look at both servers by hand, which is safe at any time."""
    first, second = (f"{pair.server(role).address}: `{pair.typed(pair.status, role)}`" for role in Role)
    return f"By hand, look first: on {first}, on {second}."


def _typed(role: Role, address: str, line: str, answers: Iterable[str], details: Mapping[str, str]) -> str:
    answered = ", then ".join(SLOT.sub(lambda slot: _filled(slot[1], details), answer) for answer in answers)
    return f"on {address} ({role.word}): `{line}`" + (f", answer {answered}" if answered else "")


def _filled(slot: str, details: Mapping[str, str]) -> str:
    return details.get(slot) or f"the {slot.replace('_', ' ')}"
