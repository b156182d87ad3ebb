"""The modal behind *Details*: everything that the first message about a pair leaves out, as it was last observed."""

import json
from collections.abc import Mapping
from datetime import datetime

from bot.domain.command import Action
from bot.domain.pair import PeerRow, Role
from bot.domain.pending import NOTHING_AHEAD, PendingWork
from bot.domain.policy import own_why_not, step_verified
from bot.domain.runbook import VendorCall
from bot.domain.snapshot import Snapshot, StatementShown
from bot.domain.words import age, esc, when
from bot.views.blocks import Block, button, buttons, confirm, modal, section, small
from bot.views.status import (
    COLLECT,
    UNARMED,
    all_buttons,
    answers,
    later_line,
    meaning,
    next_lines,
    possible,
    title,
    why,
    word,
)
from bot.views.wording import term

RAW = 2500  # characters of a server's output that are shown: a section takes 3000


def details(
    seen: Snapshot,
    actions: Mapping[str, Action],
    peer_row: PeerRow,
    now: datetime,
    took: str = "",
    armed: bool = True,
    ahead: PendingWork = NOTHING_AHEAD,
) -> Block:
    """Draw the details of a pair, with all buttons of the next step.

    `took` says how long that took before. `ahead` is work that must be finished first.
    """
    blocks = [section(f"{title(seen)} · seen {age(seen.as_of, now)}\n{meaning(seen)}")]
    blocks += [section(_server(seen, role, peer_row, now)) for role in Role]
    blocks += [section("\n".join(lines))] if (lines := _steps(seen, actions, took)) else []
    blocks += buttons(*possible(all_buttons(seen, actions), ahead), button("Look again", "look", seen.pair))
    blocks += [_statement(seen.pair, statement) for statement in seen.statements]
    if impossible := _impossible(seen, actions):
        blocks.append(section(f"*Not possible now*{impossible}"))
    if not armed:
        blocks.append(small(UNARMED))
    raw = [f"*Raw output of the {role.word}*\n```{_raw(seen.seen(role).text)}```" for role in Role]
    return modal("Details", [*blocks, *map(section, raw)])


def _server(seen: Snapshot, role: Role, peer_row: PeerRow, now: datetime) -> str:
    server = seen.seen(role)
    lines = [f"*{role.word}* {server.address} · *{word(server.own)}* · {age(server.at, now)}"]
    if server.words:
        lines.append(f"Why: {why(server)}")
    if server.state is not server.own:
        lines.append(f"Counts as: {word(server.state)}")
    if role in seen.rekeyed:
        lines.append("Its host key is not the pinned one: compare it with the console before you trust it.")
    if answers(server):
        proven = "" if peer_row is PeerRow.LIVE else " (second-hand: not proven to be up to date)"
        lines.append(f"Says of its peer: {word(server.sees)}{proven}")
        lines.append(f"Health: {term(server.health)}" + (f" · SMB share: {esc(server.share)}" if server.share else ""))
    return "\n".join(lines)


def _steps(seen: Snapshot, actions: Mapping[str, Action], took: str) -> list[str]:
    """Say what is next and later, how it shows that the next step is done, and what is at risk meanwhile."""
    lines = next_lines(seen, actions)
    if seen.steps and (verified := step_verified(seen.steps[0], actions)):
        lines.append(f"*Done when:* {verified}")
    lines += [f"*Took:* {took}"] if took else []
    lines += later_line(seen.steps, actions)
    lines += [f"*At risk:* {seen.about.risk}"] if seen.about.risk else []
    return lines + ([COLLECT] if any(isinstance(step, VendorCall) for step in seen.steps) else [])


def _statement(pair: str, statement: StatementShown) -> Block:
    value = json.dumps({"pair": pair, "statement": statement.id})
    text = f"“{statement.sentence}” stops counting, and what is offered changes with it. The thread is told."
    back = button("Take it back", "revoke", value, confirm=confirm("Take it back?", text, "Take it back"))
    said = f"*Confirmed:* {esc(statement.sentence)} “{esc(statement.words)}” (<@{statement.by}>, {when(statement.at)})"
    return section(said) | {"accessory": back}


def _impossible(seen: Snapshot, actions: Mapping[str, Action]) -> str:
    refused = [action for action in actions.values() if seen.situation not in action.allowed]
    if not seen.steps:
        refused = [action for action in refused if seen.situation in action.why_not]
    reasons: dict[str, list[str]] = {}
    for action in refused:
        # The headline has already said what the situation is.
        reason = own_why_not(action, seen.about.name) or "doesn't help here."
        reasons.setdefault(reason, []).append(action.name)
    return "".join(f"\n• {', '.join(names)}: {reason}" for reason, names in reasons.items())


def _raw(text: str) -> str:
    return esc(text.strip()[:RAW]) or "(nothing)"
