"""What `/ha-status` shows: both servers' own words, what they mean, what is next and what that costs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.command import Action
from bot.domain.observation import VOUCHED
from bot.domain.pair import Role
from bot.domain.pending import NOTHING_AHEAD, PendingWork
from bot.domain.policy import step_loses, step_words
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.runbook import CommandStep, ManualStep, Step, halves
from bot.domain.situation import SPLIT, SituationCode
from bot.domain.snapshot import ServerSnapshot, Snapshot
from bot.domain.statement import StatementKind
from bot.domain.status import SAID, State
from bot.domain.transport import UnreachableReason
from bot.domain.words import age, esc, span, when
from bot.views.answers import linked
from bot.views.blocks import Block, button, buttons, cut, primary, section
from bot.views.severity import emoji
from bot.views.wording import mention, state_label, term

CLOSE = timedelta(minutes=1)  # two times closer than that would look like one without their seconds
SECONDS = "{time_secs}"
SHORT = 100  # characters of a reason why a server could not be reached; the details have all of it
TOGETHER = timedelta(seconds=2)  # probes that ended this close together are shown with one time
ONLY_PEOPLE = (
    "If users can't log in though both servers look fine, confirm that the Primary isn't serving; for a planned "
    "hand-over, ask for the failover."
)
UNARMED = "⚪ Look only: `pairkeeper check` hasn't passed for this pair, so I change nothing."
COLLECT = (
    "Have ready for the vendor's support: both servers' raw output (*Details*), the versions, when the pair was last "
    "healthy, and what was done since (/ha-history)."
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
    return f"since {began(seen)}"


def began(seen: Snapshot) -> str:
    """Say between which two observations the pair stopped being healthy, or that this is unknown."""
    if seen.healthy_until and seen.otherwise_since:
        first, last = when(seen.healthy_until), when(seen.otherwise_since)
        if seen.otherwise_since - seen.healthy_until < CLOSE:
            first, last = when(seen.healthy_until, SECONDS), when(seen.otherwise_since, SECONDS)
        return f"between {first} and {last}"
    return "a time that I don't know"


def title(seen: Snapshot) -> str:
    """Return the pair and its situation, as every message about it begins."""
    return f"{emoji(seen.about.severity)} *{esc(seen.pair)}: {term(seen.situation)}*"


def meaning(seen: Snapshot) -> str:
    """Say what the situation means for users, and why a server could not be reached if that is worth a word."""
    return " ".join([seen.about.says, *unseen(seen)])


def unseen(seen: Snapshot) -> list[str]:
    """Return a sentence for each server that the bot cannot reach.

    It says why, if that is more than “no answer”, and what the other server says of it, which decides nothing.
    """
    return [line for role in Role if not answers(seen.seen(role)) and (line := _unseen(seen, role))]


def _unseen(seen: Snapshot, role: Role) -> str:
    server, peer, more = seen.seen(role), seen.seen(role.peer), ""
    if answers(peer) and peer.sees in VOUCHED:
        doubt = "" if server.state is State.UNSEEN else " (second-hand, perhaps old)"
        more += f" The {role.peer.word} says of it: {word(peer.sees)}{doubt}."
    plain = server.words == UnreachableReason.NO_ANSWER and not more
    if server.own is State.UNASKED:
        return f"I couldn't ask the {role.word}: {cut(why(server), SHORT)}.{more}"
    return "" if plain else f"I can't reach the {role.word}: {cut(why(server), SHORT)}.{more}"


def status_text(
    seen: Snapshot,
    actions: Mapping[str, Action],
    now: datetime,
    armed: bool = True,
    ahead: PendingWork = NOTHING_AHEAD,
    incident: int = 0,
) -> list[Block]:
    """Draw the status of one pair: what is wrong, whether users are served, both servers, and what is next.

    Work that must be finished first (`ahead`) stands in place of the next step. `incident` is the number of the open
    one, or 0.
    """
    unarmed = [] if armed else [UNARMED]
    first = ahead_lines(ahead)
    if seen.situation is SituationCode.HEALTHY and not first:
        line = f"{title(seen)} · {seen.about.says.rstrip('.')} · seen {age(seen.as_of, now)}"
        return [section("\n".join([line, *unarmed])), *buttons(*status_buttons(seen, actions, ahead))]
    lasted = span((now - seen.otherwise_since).total_seconds()) if seen.otherwise_since and seen.about.risk else ""
    parts = (title(seen), f"not healthy for {lasted}" if lasted else "", f"incident {incident}" if incident else "")
    servers = [_server(seen, role, now) for role in Role]
    following = first or next_lines(seen, actions)
    lines = [" · ".join(part for part in parts if part), meaning(seen), *servers, *following, *unarmed]
    return [section("\n".join(lines)), *buttons(*status_buttons(seen, actions, ahead))]


def next_lines(seen: Snapshot, actions: Mapping[str, Action]) -> list[str]:
    """Return a line with what is next and what follows at once, and another with what the next step loses."""
    if not seen.steps:
        return []
    first, *later = seen.steps
    words = step_words(first, actions).rstrip(".")
    following = f", then {actions[later[0].action].verb}" if later and isinstance(later[0], CommandStep) else ""
    lost = step_loses(first, actions, loss_window(seen))
    return [f"*Next:* {words}{following}.", *([f"*You lose:* {lost}"] if lost else [])]


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
        f"🔑 First, somebody other than <@{pin.asked_by}> compares the host key of the new {pin.role.word} at "
        f"{pin.address} with its console: its card is in <#{pin.channel}>."
        for pin in ahead.keys
    ]
    run = [_run_ahead(ahead.run, ahead.link)] if ahead.run else []
    request = [_request_ahead(ahead.request, ahead)] if ahead.request else []
    return run + request + keys


def _run_ahead(run: RunView, link: str) -> str:
    where = f" <{link}|Its card>" if link else ""
    return (locked(run) if run.phase is Phase.UNKNOWN else f"⏳ {run.action} is running now (run {run.id}).") + where


def _request_ahead(request: RequestView, ahead: PendingWork) -> str:
    card = linked("Its card", ahead.link, request.channel)
    approved = mention(request.approved_by)
    match request.stage:
        case Stage.WAITING:
            return f"⏳ {request.action} waits for its joining code from {approved}. {card}"
        case Stage.APPROVED:
            return f"⏳ {request.action} is approved by {approved} and about to start. {card}"
        case _:
            waits = f"waits for {mention(ahead.approvers, 'or')}" if ahead.approvers else "waits for approval"
            asked = f"asked by <@{request.requester}>"
            return f"⏳ {request.action} {waits} until {when(request.expires_at)} ({asked}). {card}"


def locked(run: RunView) -> str:
    """Say that a run of unknown outcome locks the pair until somebody says how it ended."""
    return (
        f"❓ I can't tell how {run.action} ended (run {run.id}); it may have run. {esc(run.pair)} is locked until "
        f"somebody other than the requester decides (from {when(run.decidable_at)})."
    )


def status_buttons(seen: Snapshot, actions: Mapping[str, Action], ahead: PendingWork = NOTHING_AHEAD) -> list[Block]:
    """Return at most three buttons: the next step, what it would do or the other ways on, and the details."""
    first = first_buttons(seen, actions, ahead)
    asks = any(_asks(way) for way in first)
    second = _what_if(seen, actions) if asks or len(first) < 2 else first[1:]
    return [*first[:1], *second, details_button(seen.pair)]


def first_buttons(seen: Snapshot, actions: Mapping[str, Action], ahead: PendingWork = NOTHING_AHEAD) -> list[Block]:
    """Return the button for the next step, and where there are more for it, the one that leads to all of them.

    Where people can only wait or look, the first one looks again.
    """
    if seen.situation is SituationCode.HEALTHY:
        return []
    ways = [] if ahead.locks else step_buttons(seen, actions)
    looks = isinstance(seen.steps[0], ManualStep) and seen.steps[0].only_looks
    if not ways or looks:
        return [primary(button("Look again", "look", seen.pair)), *([next_button(seen.pair)] if ways else [])]
    return [primary(ways[0]), *([next_button(seen.pair)] if len(ways) > 1 else [])]


def _asks(way: Block) -> bool:
    """Whether a button asks for a command."""
    return str(way["action_id"]).startswith("ask:")


def next_button(pair: str, text: str = "Next step") -> Block:
    """Return the button that leads to `/ha-recover`, where all buttons of the next step are."""
    return button(text, "recover", pair)


def details_button(pair: str) -> Block:
    """Return the button for everything that the first message leaves out."""
    return button("Details", "details", pair)


def _what_if(seen: Snapshot, actions: Mapping[str, Action]) -> list[Block]:
    command = next((step for step in seen.steps if isinstance(step, CommandStep)), None)
    possible_now = command is not None and seen.situation in actions[command.action].allowed
    return [button("What if…", "plan", seen.pair)] if possible_now else []


def possible(blocks: list[Block], ahead: PendingWork) -> list[Block]:
    """Return the buttons without those that would be refused, as nothing can be asked for while other work is open."""
    return [way for way in blocks if not (ahead.locks and _asks(way))]


def step_buttons(seen: Snapshot, actions: Mapping[str, Action]) -> list[Block]:
    """Return the buttons for what is next.

    These are for a replacement and a statement that the manual steps at the beginning of the runbook ask for. If those
    steps ask for neither, it is the button for the command that follows them. If a server shows another host key, one
    to replace it is always added.
    """
    by_hand, then = halves(seen.steps)
    deploys = next((step.deploys for step in by_hand if step.deploys), None)
    states = next((step.states for step in by_hand if step.states), None)
    offered = [button(f"New {deploys.word}…", f"pin:{deploys}", seen.pair)] if deploys else []
    offered += [button(state_label(states), f"state:{states}", seen.pair)] if states else []
    rekeyed = [role for role in Role if role is not deploys and role in seen.rekeyed]
    new = [button(f"New {role.word}…", f"pin:{role}", seen.pair) for role in rekeyed]
    match then:
        case (CommandStep(name), *_) if not offered and seen.situation in actions[name].allowed:
            offered = [ask_button(seen.pair, actions[name])]
    half = button("A failover was interrupted…", f"state:{StatementKind.INTERRUPTED}", seen.pair)
    offered += [half] if seen.situation is SituationCode.NO_ACTIVE else []
    return offered + _new_primary(seen, actions) + _keep(seen) + new


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
    stated = any(statement.kind == StatementKind.KEEP_PRIMARY for statement in seen.statements)
    keep = button("Keep the Primary's data…", f"state:{StatementKind.KEEP_PRIMARY}", seen.pair)
    return [keep] if both_were_active and not stated else []


def all_buttons(seen: Snapshot, actions: Mapping[str, Action]) -> list[Block]:
    """Return all buttons of the next step, or what can be asked for on a healthy pair."""
    return (
        healthy_buttons(seen.pair, actions) if seen.situation is SituationCode.HEALTHY else step_buttons(seen, actions)
    )


def healthy_buttons(pair: str, actions: Mapping[str, Action]) -> list[Block]:
    """Return the buttons for a healthy pair: a statement, and the commands that can be asked for."""
    asks = [ask_button(pair, action) for action in actions.values() if SituationCode.HEALTHY in action.allowed]
    not_serving = StatementKind.NOT_SERVING
    return [button(state_label(not_serving), f"state:{not_serving}", pair), *asks]


def ask_button(pair: str, action: Action, reason: str = "", text: str = "", situation: str = "") -> Block:
    """Return a button that leads to asking for an action.

    `situation` is the one in which the reason was given; empty if there is none.
    """
    value = {"pair": pair, "action": action.name, "reason": reason} | ({"situation": situation} if situation else {})
    return button(text or f"Ask to {action.verb}", f"ask:{action.name}", json.dumps(value, ensure_ascii=False))


def _server(seen: Snapshot, role: Role, now: datetime) -> str:
    server = seen.seen(role)
    counts = f" (counts as {word(server.state)})" if server.state is not server.own else ""
    return f"{role.word} {server.address} · *{word(server.own)}*{counts} · {age(server.at, now)}"


def why(server: ServerSnapshot) -> str:
    """Return why a server gives no answer, without the word for that."""
    return esc(server.words.removeprefix(f"{word(server.own)}: "))


def answers(server: ServerSnapshot) -> bool:
    """Whether the server has answered."""
    return server.own not in (State.SILENT, State.UNASKED)


def later_line(steps: Sequence[Step], actions: Mapping[str, Action], most: int = 20) -> list[str]:
    """Return a line with the steps after the first one, or at most so many of them."""
    words = [step_words(step, actions) for step in steps[1:]]
    words = [*words[:most], "…"] if len(words) > most else words
    return ["*Then:* " + " → ".join(words)] if words else []


def loses(action: Action, seen: Snapshot) -> str:
    """Say what the action loses, with the time in which the lost data was written."""
    return action.loses.format(window=loss_window(seen))
