"""The answer to `/ha-plan`: what a command would do. It stores no request and sends nothing."""

from collections.abc import Mapping

from bot.domain.command import Action
from bot.domain.observation import Observation
from bot.domain.pair import Role
from bot.domain.policy import next_steps, pending, step_words, verdict
from bot.domain.prediction import ends
from bot.domain.situation import SITUATIONS, assess
from bot.domain.snapshot import Snapshot
from bot.domain.statement import sentence
from bot.domain.status import State
from bot.domain.words import esc
from bot.views.blocks import Block, buttons, section, small
from bot.views.severity import emoji
from bot.views.status import ask_button, loses, step_buttons, word
from bot.views.wording import term


def what_if(
    action: Action, actions: Mapping[str, Action], seen: Observation, kept: Snapshot, took: str
) -> tuple[str, list[Block]]:
    """Draw the situation before and after the command, what is lost, and what follows.

    If the command is not possible, say why not and what is possible instead.
    """
    action, pair, said = action.worded(assess(seen).name), seen.pair, verdict(action, seen)
    now = ", ".join(f"{role.word} {word(seen.state(role))}" for role in Role)
    head = f"*What if: `{action.name}` on {esc(pair.name)}?* Nothing is asked for and nothing is sent."
    before = f"*Before* {emoji(assess(seen).severity)} {term(assess(seen).name)}: {now}"
    if not said.allowed and not said.needs:
        text = f"{action.name} on {pair.name} is not possible now. {said.words}"
        steps = next_steps(seen)
        instead = f"*Instead* {step_words(steps[0], actions)}" if steps else "*Instead* nothing: no step is needed."
        return text, [
            section("\n".join((head, before, f"⛔ {said.words}", instead))),
            *buttons(*step_buttons(kept, actions)),
        ]
    lines = [head, before, *_after(action, seen), f"*You lose* {loses(action, kept)}", *_floating(action, seen)]
    if action.careful:
        lines.append(f"*First* {action.careful}")
    lines += _needs([" and ".join(esc(sentence(kind, pair)) for kind in way) for way in said.needs])
    lines.append(f"*Took* {took}" if took else "*Took* it hasn't run successfully on this pair yet")
    lines += _then(action, actions, seen)
    blocks = [section("\n".join(lines)), small("A second person must approve it, and I look again first.")]
    return f"What {action.name} on {pair.name} would do", blocks + buttons(ask_button(pair.name, action))


def _needs(ways: list[str]) -> list[str]:
    """Say what somebody has to state. Of several ways any one is enough."""
    if len(ways) < 2:
        return [f"*Somebody must confirm* {way}" for way in ways]
    return ["*Somebody must confirm one of*", *(f"• {way}" for way in ways)]


def _after(action: Action, seen: Observation) -> list[str]:
    reached = " or ".join(f"{emoji(SITUATIONS[name].severity)} {name}" for name in ends(action, seen))
    return [f"*After* {action.expects}" + (f": {reached}" if reached else "")]


def _floating(action: Action, seen: Observation) -> list[str]:
    """Say where the floating IP moves, if the command makes another server active."""
    aims = {Role.PRIMARY: action.aim.primary, Role.SECONDARY: action.aim.secondary}
    new = [role for role, states in aims.items() if states == {State.ACTIVE} and seen.own(role) is not State.ACTIVE]
    if not (new and seen.pair.floating_ip):
        return []
    return [f"*Floating IP* {seen.pair.floating_ip} moves to the {new[0].word}, the new active server"]


def _then(action: Action, actions: Mapping[str, Action], seen: Observation) -> list[str]:
    for name in ends(action, seen):
        steps = pending(name)
        words = " → ".join(step_words(step, actions) for step in steps) or "nothing: the pair is healthy"
        return [f"*Next steps then* {words}"]
    return []
