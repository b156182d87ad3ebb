"""What people press, and what they send by a modal."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.approval import Person, check_approver, mention
from bot.domain.errors import Reason, Refusal
from bot.domain.pair import Pair, Role
from bot.domain.plan import fingerprint, veiled
from bot.domain.request import Phase, RequestView
from bot.domain.snapshot import Snapshot
from bot.domain.statement import StatementKind
from bot.domain.words import plain, when
from bot.services import (
    Desk,
    Details,
    DetailsNeeded,
    approve,
    ask,
    by_hand,
    close,
    deny,
    enter_code,
    incident_handling,
    key_approval,
    stop,
    stop_waiting,
    withdraw,
)
from bot.services.approvals import check_can_approve, check_can_enter_code
from bot.services.base import and_list
from bot.slack.commands import show_next_plan, show_recovery, show_status
from bot.slack.replies import Say
from bot.store import incidents, requests, sightings
from bot.views.blocks import Block, section
from bot.views.card import asked
from bot.views.forms import pin_approve_modal, pin_modal, state_modal
from bot.views.incident import stated
from bot.views.modals import approve_modal, code_modal, deny_modal, needed_modal, raw_modal, reason_modal
from bot.views.severity import emoji
from bot.views.status import headline, word

Values = Mapping[str, str]


def opens(desk: Desk, who: Person, action_id: str, value: str, channel: str) -> Block | None:
    """The modal that this button opens, when it opens one; raises Refusal instead of opening it in vain."""
    if action_id.startswith("ask:"):
        said = json.loads(value)
        seen = sightings.last_seen(desk.store, said["pair"])
        action = desk.action(said["action"])
        worded = action.worded(seen.situation) if seen else action
        return reason_modal(said["pair"], worded, said["reason"], channel, _moved(said.get("situation"), seen))
    if action_id.startswith("state:"):
        return state_modal(desk.pair(value), StatementKind(action_id.removeprefix("state:")))
    if action_id.startswith("pin:"):
        return pin_modal(desk.pair(value), Role(action_id.removeprefix("pin:")))
    match action_id:
        case "pin_approve":
            return pin_approve_modal(key_approval.check_can_decide(desk, int(value), who))
        case "approve":
            request = check_can_approve(desk, int(value), who)
            return approve_modal(request, desk.action(request.action))
        case "deny":
            request = check_can_approve_or_deny(desk, int(value), who)
            return deny_modal(request)
        case "code":
            request = check_can_enter_code(desk, int(value), who)
            return code_modal(request, desk.action(request.action))
        case "raw":
            return _raw(desk, value)
    return None


def _moved(then: str | None, seen: Snapshot | None) -> str:
    """That the pair is in another situation than when the reason was given; empty where it is not."""
    if seen is None or not then or then == seen.situation:
        return ""
    newest = f"Last seen, at {when(seen.as_of)}: {emoji(seen.about.severity)} {seen.situation}. {seen.about.says}"
    return f"*The situation has changed since this reason was given.* It was: {then}. {newest}"


def check_can_approve_or_deny(desk: Desk, request_id: int, who: Person) -> RequestView:
    """Whether this person may deny this request now."""
    request = requests.get(desk.store, request_id)
    check_approver(desk.pair(request.pair), who, request.requester, desk.members)
    return check_can_approve(desk, request_id, who)


def _raw(desk: Desk, pair: str) -> Block:
    seen = sightings.last_seen(desk.store, pair)
    if seen is None:
        raise Refusal(Reason.GONE, f"I have not looked at {pair} yet: /ha-status {pair}")
    return raw_modal(pair, {f"{r.word} {seen.seen(r).address}": seen.seen(r).text for r in Role})


def press(desk: Desk, who: Person, action_id: str, value: str, say: Say) -> None:
    """A button that does something at once; every click gets one visible answer."""
    if shows := SHOWS.get(action_id):
        return shows(desk, desk.pair(value), say)
    if does := DOES.get(action_id):
        return tell(say, does(desk, who, value))
    raise Refusal(Reason.GONE, "That button is from an older message and does nothing now. Nothing was done.")


SHOWS: dict[str, Callable[[Desk, Pair, Say], None]] = {
    "look": show_status,
    "recover": show_recovery,
    "plan": show_next_plan,
}


READS = (*SHOWS, "raw")  # buttons that only show something


def _own(desk: Desk, who: Person, value: str) -> str:
    found = incident_handling.take(desk, who, desk.pair(value), who.id)
    return f"✅ You are on it: incident {found.id} on {found.pair}."


def _own_storm(desk: Desk, who: Person, value: str) -> str:
    return f"✅ You are on it: {and_list(incident_handling.take_storm(desk, who, int(value)))}."


def _end_maintenance(desk: Desk, who: Person, value: str) -> str:
    incident_handling.end_maintenance(desk, who, desk.pair(value))
    return f"✅ Maintenance on {value} is over. Alerts are on again."


def _revoke(desk: Desk, who: Person, value: str) -> str:
    said = json.loads(value)
    observation = incident_handling.revoke(desk, who, desk.pair(said["pair"]), int(said["statement"]))
    return f"✅ Taken back. {headline(observation)}"


def _pin_refuse(desk: Desk, who: Person, value: str) -> str:
    pin = key_approval.refuse(desk, int(value), who)
    return f"✅ Refused: the new {pin.role.word} of {pin.pair} is not pinned, and I send it nothing."


def _withdraw(desk: Desk, who: Person, value: str) -> str:
    request = withdraw(desk, int(value), who)
    return f"✅ Withdrawn: {request.action} on {request.pair}. Nothing was sent."


def _by_hand(desk: Desk, who: Person, value: str) -> str:
    request = by_hand(desk, int(value), who)
    seen, _ = incident_handling.guide(desk, desk.pair(request.pair))
    noted = f"✅ Noted: {request.action} on {request.pair} was done by hand. I sent nothing."
    if all(seen.own(role) is request.seen.own(role) for role in Role):
        says = ", ".join(f"{role.word} {word(seen.own(role))}" for role in Role)
        noted += f" It does not show: both servers are as they were when it was asked for ({says})."
    return f"{noted} Now: {headline(seen)}"


def _stop(desk: Desk, who: Person, value: str) -> str:
    stop(desk, int(value), who)
    return "✅ Stopped before the question was answered. The thread tells how it ended."


def _stop_waiting(desk: Desk, who: Person, value: str) -> str:
    stop_waiting(desk, int(value), who)
    return "✅ I stop waiting, and cut nothing off. I look at both servers once more and tell it as unknown."


def _partly(desk: Desk, who: Person, value: str) -> str:
    run = close(desk, int(value), who, Phase.FAILED)
    now = f" Now: {headline(run.after)}" if run.after else ""
    return f"✅ Recorded: it took effect in part. The pair is free again.{now}"


def _took_effect(desk: Desk, who: Person, value: str) -> str:
    close(desk, int(value), who, Phase.TOOK_EFFECT)
    return "✅ Recorded: it took effect. The pair is free again."


def _did_not(desk: Desk, who: Person, value: str) -> str:
    close(desk, int(value), who, Phase.DID_NOT)
    return "✅ Recorded: it did not take effect. The pair is free again."


def _still_looking(desk: Desk, who: Person, value: str) -> str:
    close(desk, int(value), who, None)
    return "⏳ I looked again: both servers' words stand in the thread. The pair stays locked."


DOES: dict[str, Callable[[Desk, Person, str], str]] = {
    "own": _own,
    "own_storm": _own_storm,
    "end_maintenance": _end_maintenance,
    "revoke": _revoke,
    "pin_refuse": _pin_refuse,
    "withdraw": _withdraw,
    "by_hand": _by_hand,
    "stop": _stop,
    "stop_waiting": _stop_waiting,
    "partly": _partly,
    "took_effect": _took_effect,
    "did_not": _did_not,
    "still_looking": _still_looking,
}


def tell(say: Say, text: str) -> None:
    say(text, [section(text)])


def submit_approve(desk: Desk, who: Person, meta: Mapping[str, Any], values: Values) -> str:
    """An approver's yes; what they read in the modal afterwards."""
    found = approve(desk, meta["request"], who, values.get("name", ""))
    missing = found.needed - len(found.approved_by)
    if missing > 0:
        return f"✅ Your approval counts. {missing} more needed before anything is sent."
    if desk.action(found.action).secrets:
        people = mention((found.requester, *found.approved_by))
        return f"✅ Approved. It waits for the joining code: {people} can enter it at the card."
    return f"✅ Approved. I look again and run it now; the thread in <#{found.channel}> tells how it goes."


def submit_pin_approve(desk: Desk, who: Person, meta: Mapping[str, Any], values: Values) -> str:
    """A second person has compared the fingerprint with the console."""
    pin = key_approval.approve(desk, meta["pin"], who, values.get("name", ""))
    return f"✅ Pinned: the new {pin.role.word} of {pin.pair} at {pin.address}. Look at it: /ha-recover {pin.pair}"


def submit_state(desk: Desk, who: Person, meta: Mapping[str, Any], values: Values, say: Say) -> None:
    """A person's statement; what is next with it."""
    seen = incident_handling.state(
        desk, who, desk.pair(meta["pair"]), StatementKind(meta["kind"]), plain(values.get("words", ""))
    )
    incident = incidents.open_incident(desk.store, seen.pair)
    say(*stated(incident.latest if incident else seen, desk.actions))


def submit_pin(desk: Desk, who: Person, meta: Mapping[str, Any], values: Values, say: Say) -> None:
    """A replacement server: its key is fetched and put before a second person."""
    port = values.get("port", "")
    role, host, address = Role(meta["role"]), plain(values.get("host", "")), plain(values.get("address", ""))
    pin = key_approval.offer(desk, who, meta["pair"], role, host, int(port) if port.isdecimal() else 0, address)
    text = (
        f"⏳ The new {pin.role.word} of {pin.pair} offers {veiled(fingerprint(pin.host_key))} (the last six are on its "
        f"console). Somebody else has to compare it with its console: the card is in <#{pin.channel}>."
    )
    say(text, [section(text)])


def submit_deny(desk: Desk, who: Person, meta: Mapping[str, Any], values: Values) -> str:
    """An approver's no."""
    found = deny(desk, meta["request"], who, plain(values.get("why", "")))
    return f"✅ Denied: {found.action} on {found.pair}. Nothing was sent, and <@{found.requester}> hears why."


def submit_code(desk: Desk, who: Person, meta: Mapping[str, Any], values: Values) -> str:
    """The joining code, used here and now."""
    run = enter_code(desk, meta["request"], who, values)
    return f"✅ Taken. {run.action} on {run.pair} runs now; its thread tells how it goes."


DECISIONS: dict[str, Callable[[Desk, Person, Mapping[str, Any], Values], str]] = {
    "approve": submit_approve,
    "deny": submit_deny,
    "code": submit_code,
    "pin_approve": submit_pin_approve,
}


def submit_ask(
    desk: Desk, who: Person, meta: Mapping[str, Any], values: Values, say: Say, show: Callable[[Block], None]
) -> None:
    """A request by modal: asked, or the modal again with what is still needed."""
    reason = plain(values.get("reason") or meta.get("reason", ""))
    found = ask(desk, who, meta["pair"], meta["action"], reason, given(desk, meta, values))
    if isinstance(found, DetailsNeeded):
        show(needed_modal(found, reason, meta.get("channel", "")))
        return
    approvers = mention(tuple(one for one in desk.pair(found.pair).approvers if one != who.id))
    say(*asked(found, approvers))


def given(desk: Desk, meta: Mapping[str, Any], values: Values) -> Details:
    """What a modal's fields give, by what they are."""
    statements = {
        StatementKind(n.removeprefix("state:")): plain(v) for n, v in values.items() if n.startswith("state:")
    }
    if values.get("way"):
        statements[StatementKind(values["way"])] = plain(values.get("words", ""))
    slots = [detail.slot for detail in desk.action(meta["action"]).details]
    details = {slot: values[slot].strip() for slot in slots if slot in values}
    return Details(details, statements, plain(values.get("acknowledgement", "")))
