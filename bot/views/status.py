"""What `/ha-status` shows: both servers' own words, what they mean, what is next and what that costs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.command import Action
from bot.domain.observation import VOUCHED
from bot.domain.pair import PeerRow, Role
from bot.domain.pending import NOTHING_AHEAD, PendingWork
from bot.domain.policy import own_why_not, step_words
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.runbook import CommandStep, Step, VendorCall, halves
from bot.domain.situation import SPLIT, SituationCode
from bot.domain.snapshot import ServerSnapshot, Snapshot
from bot.domain.statement import StatementKind
from bot.domain.status import SAID, State
from bot.domain.transport import UnreachableReason
from bot.domain.words import age, esc, when
from bot.views.blocks import Block, button, buttons, columns, section, small
from bot.views.severity import emoji
from bot.views.wording import term

TOGETHER = timedelta(seconds=2)  # probes that ended this close together are shown with one time
ONLY_PEOPLE = (
    "If users are not served though both servers say that they are in order, state that; for a planned hand-over, ask "
    "for the failover."
)
COLLECT = (
    "Collect for the vendor's support: the raw output of both servers (the button below), the versions, when it was "
    "last healthy, and what was done since (/ha-history)."
)


def word(state: State) -> str:
    """Return a state as people read it. An unknown state is never shown as down."""
    return SAID.get(state, state.value.upper() if state in (State.ACTIVE, State.STANDBY) else state.value)


def headline(seen: Snapshot, ahead: PendingWork = NOTHING_AHEAD) -> str:
    """Return the status in one line, for notifications and screen readers."""
    steps = seen.steps
    then = f"Next: {steps[0].action}." if steps and isinstance(steps[0], CommandStep) else ""
    return f"{emoji(seen.about.severity)} {seen.pair}: {term(seen.situation)}. {seen.about.says}{first_of(ahead, then)}"


def first_of(ahead: PendingWork, then: str) -> str:
    """Return what must be finished first, in one line, followed by `then` unless that has to wait."""
    return "".join(f" {line}" for line in (*ahead_lines(ahead), "" if ahead.locks else then) if line)


def loss_window(seen: Snapshot) -> str:
    """Say since when the data that would be lost was written.

    That is the last time the pair was healthy, the two observations between which this ended, or that it is unknown.
    """
    if seen.healthy_until and not seen.otherwise_since:
        return f"since the pair was last seen healthy, at {when(seen.healthy_until)}"
    return f"since the pair stopped being healthy: {began(seen)}"


def began(seen: Snapshot) -> str:
    """Say between which two observations the pair stopped being healthy, or that this is unknown."""
    if seen.healthy_until and seen.otherwise_since:
        return f"between {when(seen.healthy_until)} and {when(seen.otherwise_since)}"
    return "I do not know when"


def unseen(seen: Snapshot) -> list[str]:
    """Return a line for each server that the bot cannot see.

    It says why, if that is more than “no answer”, and what the other server says of it, which decides nothing.
    """
    return [line for role in Role if not _answers(seen.seen(role)) and (line := _unseen(seen, role))]


def _unseen(seen: Snapshot, role: Role) -> str:
    one, other, more = seen.seen(role), seen.seen(role.peer), ""
    if _answers(other) and other.sees in VOUCHED:
        doubt = "" if one.state is State.UNSEEN else " (second-hand, perhaps old)"
        more += f" The {role.peer.word} says of it: {word(other.sees)}{doubt}."
    plain = one.words == UnreachableReason.NO_ANSWER and not more
    if one.own is State.UNASKED:
        return f"I did not ask the {role.word}: {why(one)}.{more}"
    return "" if plain else f"I cannot see the {role.word}: {why(one)}.{more}"


def status_text(
    seen: Snapshot,
    actions: Mapping[str, Action],
    peer_row: PeerRow,
    now: datetime,
    armed: bool = True,
    ahead: PendingWork = NOTHING_AHEAD,
) -> list[Block]:
    """Draw the status of one pair, with the work that must be finished first (`ahead`)."""
    about = seen.about
    since = f" · not healthy since {when(seen.otherwise_since)}" if seen.otherwise_since and about.risk else ""
    blocks = [
        section(
            "\n".join(
                [f"{emoji(about.severity)} *{esc(seen.pair)} · {term(about.name)}*{since}", about.says, *unseen(seen)]
            )
        ),
        columns(*(_server(seen, role, peer_row, now) for role in Role)),
    ]
    if lines := ahead_lines(ahead) + _next(seen, actions):
        blocks.append(section("\n".join(lines)))
    if impossible := _impossible(seen, actions):
        blocks.append(small(f"Not possible now:{impossible}"))
    if not armed:
        blocks.append(small("⚪ This pair may be looked at, not changed: its check has not passed."))
    return blocks + buttons(*status_buttons(seen, actions, ahead))


def looked(seen: Snapshot) -> str:
    """Return both servers' own states with the time of the observation.

    If the probes were not made together, each state has the time of its own probe.
    """
    says = {role: f"{role.word} {word(seen.own(role))}" for role in Role}
    if seen.at - seen.as_of < TOGETHER:
        return f"{', '.join(says.values())} ({when(seen.as_of)})"
    return ", ".join(f"{words} ({when(seen.seen(role).at)})" for role, words in says.items())


def ahead_lines(ahead: PendingWork) -> list[str]:
    """Say what must be finished first on a pair, who can do it, and where."""
    keys = [
        f"🔑 First: somebody other than <@{pin.asked_by}> compares the host key of the new {pin.role.word} at "
        f"{pin.address} with its console, at its message in <#{pin.channel}>."
        for pin in ahead.keys
    ]
    run = [_run_ahead(ahead.run, ahead.link)] if ahead.run else []
    request = [_request_ahead(ahead.request, ahead.link)] if ahead.request else []
    return run + request + keys


def _run_ahead(run: RunView, link: str) -> str:
    where = f" <{link}|Its card>" if link else ""
    return (locked(run) if run.phase is Phase.UNKNOWN else f"⏳ {run.action} is running now (run {run.id}).") + where


def _request_ahead(request: RequestView, link: str) -> str:
    where = f"<{link}|Its card>" if link else f"Its card is in <#{request.channel}>."
    approved = " and ".join(f"<@{person}>" for person in request.approved_by)
    match request.stage:
        case Stage.WAITING:
            return f"⏳ First: {request.action} waits for its joining code from {approved}. {where}"
        case Stage.APPROVED:
            return f"⏳ {request.action} is approved by {approved} and about to start. {where}"
        case _:
            asked = f"{request.action}, asked for by <@{request.requester}>"
            return f"⏳ First: {asked}, waits for approval until {when(request.expires_at)}. {where}"


def locked(run: RunView) -> str:
    """Say that a run of unknown outcome locks the pair until somebody says how it ended."""
    return (
        f"❓ First: {run.action} (run {run.id}) ended unknown, and {esc(run.pair)} is locked until somebody other than "
        f"who asked for it says at its message, or in my Home, how it ended (from {when(run.decidable_at, '{time}')})."
    )


def status_buttons(seen: Snapshot, actions: Mapping[str, Action], ahead: PendingWork = NOTHING_AHEAD) -> list[Block]:
    """Return the buttons for the next step, for another look, and for the raw output."""
    look, raw = button("Look again", "look", seen.pair), button("Raw output", "raw", seen.pair)
    return [*possible(step_buttons(seen, actions), ahead), look, raw]


def possible(found: list[Block], ahead: PendingWork) -> list[Block]:
    """Return the buttons without those that would be refused, as nothing can be asked for while other work is open."""
    return [one for one in found if not (ahead.locks and one["action_id"].startswith("ask:"))]


def step_buttons(seen: Snapshot, actions: Mapping[str, Action]) -> list[Block]:
    """Return the buttons for what is next.

    These are for a replacement and a statement that the manual steps at the beginning of the runbook ask for. If those
    steps ask for neither, it is the button for the command that follows them. If a server shows another host key, one
    to replace it is always added.
    """
    by_hand, then = halves(seen.steps)
    deploys = next((step.deploys for step in by_hand if step.deploys), None)
    states = next((step.states for step in by_hand if step.states), None)
    found = [button(f"New {deploys.word}…", f"pin:{deploys}", seen.pair)] if deploys else []
    found += [button("State it…", f"state:{states}", seen.pair)] if states else []
    rekeyed = [role for role in Role if role is not deploys and role in seen.rekeyed]
    new = [button(f"New {role.word}…", f"pin:{role}", seen.pair) for role in rekeyed]
    match then:
        case (CommandStep(name), *_) if not found and seen.situation in actions[name].allowed:
            found = [ask_button(seen.pair, actions[name])]
    half = button("A failover was interrupted…", f"state:{StatementKind.INTERRUPTED}", seen.pair)
    found += [half] if seen.situation is SituationCode.NO_ACTIVE else []
    return found + _new_primary(seen, actions) + _keep(seen) + new


def _new_primary(seen: Snapshot, actions: Mapping[str, Action]) -> list[Block]:
    """Return the button for an active Primary with a new host key.

    The person states that it is a new server, or asks for its demotion.
    """
    if not seen.new_primary or seen.primary.own is not State.ACTIVE:
        return []
    if seen.situation is SituationCode.SPLIT_BRAIN:
        return [button("The Primary is a new server…", f"state:{StatementKind.PRIMARY_DEPLOYED}", seen.pair)]
    return (
        [ask_button(seen.pair, actions["ha-demote-primary"])]
        if seen.situation is SituationCode.PRIMARY_REPLACED
        else []
    )


def _keep(seen: Snapshot) -> list[Block]:
    """Return the button to keep the Primary's data.

    It is offered where both servers were active, as the Primary may then hold data that no other server has.
    """
    both_were_active = seen.situation in (*SPLIT, SituationCode.AFTER_SPLIT)
    stated = any(said.kind == StatementKind.KEEP_PRIMARY for said in seen.statements)
    keep = button("Keep the Primary's data…", f"state:{StatementKind.KEEP_PRIMARY}", seen.pair)
    return [keep] if both_were_active and not stated else []


def healthy_buttons(pair: str, actions: Mapping[str, Action]) -> list[Block]:
    """Return the buttons for a healthy pair: a statement, and the commands that can be asked for."""
    asks = [ask_button(pair, action) for action in actions.values() if SituationCode.HEALTHY in action.allowed]
    return [button("It is not serving…", f"state:{StatementKind.NOT_SERVING}", pair), *asks]


def ask_button(pair: str, action: Action, reason: str = "", text: str = "", situation: str = "") -> Block:
    """Return a button that leads to asking for an action.

    `situation` is the one in which the reason was given; empty if there is none.
    """
    value = {"pair": pair, "action": action.name, "reason": reason} | ({"situation": situation} if situation else {})
    return button(text or f"Ask to {action.verb}", f"ask:{action.name}", json.dumps(value, ensure_ascii=False))


def _server(seen: Snapshot, role: Role, peer_row: PeerRow, now: datetime) -> str:
    one = seen.seen(role)
    said = f"says of itself: *{word(one.own)}*" + (f" ({why(one)})" if one.words else f", {term(one.health)}")
    lines = [f"*{role.word}* · {one.address}", said]
    if one.state is not one.own:
        lines.append(f"counts as: *{word(one.state)}*")
    if _answers(one):
        proven = "" if peer_row is PeerRow.LIVE else " (second-hand)"
        lines.append(f"says of its peer: {word(one.sees)}{proven}")
        lines.append(f"answered {age(one.at, now)}")
    else:
        lines.append(f"asked {age(one.at, now)}")
    return "\n".join(lines)


def why(one: ServerSnapshot) -> str:
    """Return why a server gives no answer, without the word for that."""
    return esc(one.words.removeprefix(f"{word(one.own)}: "))


def _answers(one: ServerSnapshot) -> bool:
    return one.own not in (State.SILENT, State.UNASKED)


def next_and_then(steps: Sequence[Step], actions: Mapping[str, Action]) -> list[str]:
    """Return a line with the first step, and another with the steps after it."""
    words = [step_words(step, actions) for step in steps]
    after = ["*Then:* " + " → ".join(words[1:])] if len(words) > 1 else []
    return [f"*Next:* {words[0]}", *after] if words else []


def _next(seen: Snapshot, actions: Mapping[str, Action]) -> list[str]:
    steps = seen.steps
    if not steps:
        return []
    lines = next_and_then(steps, actions)
    first = next((step for step in steps if isinstance(step, CommandStep)), None)
    if first and seen.situation in actions[first.action].allowed:
        lines.append(f"*Costs:* {loses(actions[first.action], seen)}")
    lines.append(f"*At risk:* {seen.about.risk}")
    if any(isinstance(step, VendorCall) for step in steps):
        lines.append(COLLECT)
    lines += [f"*Stated:* {esc(said.sentence)} (<@{said.by}>, {when(said.at)})" for said in seen.statements]
    return lines


def loses(action: Action, seen: Snapshot) -> str:
    """Say what the action costs, with the time in which the lost data was written."""
    return action.loses.format(window=loss_window(seen))


def _impossible(seen: Snapshot, actions: Mapping[str, Action]) -> str:
    refused = [a for a in actions.values() if seen.situation not in a.allowed]
    if not seen.steps:
        refused = [a for a in refused if seen.situation in a.why_not]
    reasons: dict[str, list[str]] = {}
    for action in refused:
        # The headline has already said what the situation is.
        why = own_why_not(action, seen.about.name) or "not a step out of this."
        reasons.setdefault(why, []).append(action.name)
    return "".join(f"\n• {', '.join(names)}: {why}" for why, names in reasons.items())
