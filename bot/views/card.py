"""The approval card: who asks for what on which server, why, on what evidence, and what is lost.

It is one message, which is kept current.
"""

import json

from bot.domain.manual_steps import look_next, still_by_hand
from bot.domain.outcome import ByHand
from bot.domain.pair import Role
from bot.domain.plan import fingerprint
from bot.domain.request import OPEN_STAGES, Phase, RequestView, RunView, Stage
from bot.domain.runbook import CommandStep
from bot.domain.snapshot import ServerSnapshot
from bot.domain.status import State
from bot.domain.transport import UnreachableReason
from bot.domain.words import esc, when
from bot.views.answers import linked
from bot.views.blocks import Block, button, buttons, confirm, cut, section, small
from bot.views.message_context import MessageContext
from bot.views.severity import emoji
from bot.views.status import ask_button, loses, why, word
from bot.views.wording import confirmed, mention, term

LONGEST, SHORT = 100, 50  # characters of what somebody typed: a card fits on a phone's screen

ENDED = {
    Phase.INTENT: "⏳ running",
    Phase.SENDING: "⏳ running",
    Phase.UNKNOWN: "❓ outcome unknown",
    Phase.SUCCEEDED: "✅ done",
    Phase.FAILED: "⛔ failed",
    Phase.NOT_SENT: "⛔ not sent",
    Phase.TOOK_EFFECT: "✅ took effect",
    Phase.DID_NOT: "⛔ did not take effect",
}


def ended(run: RunView) -> str:
    """Say how a run stands, with its emoji. A stopped run was sent, so it is never called “not sent”."""
    if run.partly:
        return f"🟠 {term(run.state)}"
    return "⛔ stopped" if run.stopped else ENDED[run.phase]


def short_key(host_key: str) -> str:
    """Return a host key's fingerprint, short enough for a phone. It keeps the two ends, which people compare."""
    shown = fingerprint(host_key)
    return f"{shown[:15]}…{shown[-6:]}" if shown.startswith("SHA256:") else shown


def card_text(facts: MessageContext) -> str:
    """Return the card's main point in one line."""
    request = facts.request
    what = f"{request.action} on {request.pair}"
    if request.stage is Stage.PENDING:
        return f"Approve {what}? Asked by <@{request.requester}>. Waiting for {_needs(facts)}"
    return f"{what}: {_stage(facts)}"


def card(facts: MessageContext) -> list[Block]:
    """Draw the card, whatever stage its request is in.

    A long reason and long words of a statement are cut: the form in which a person approves shows them in full.
    """
    request = facts.request
    pending = request.stage is Stage.PENDING
    head = f"*{esc(request.pair)}: {facts.action.verb}{'?' if pending else ''}* — asked by <@{request.requester}>"
    lines = [head, f"&gt; {esc(cut(request.reason, LONGEST))}"]
    if not pending:
        lines += [_stage(facts), *_basis(facts), by_hand_line(facts)]
        return [section("\n".join(line for line in lines if line)), *buttons(*_buttons(facts))]
    needs = f"Waiting for {_needs(facts)} · until {when(request.expires_at)}"
    print_ = f"host key `{short_key(request.plan.host_key)}` · {by_hand_line(facts)} · request {request.id}"
    text = section("\n".join([*lines, *_basis(facts), *_asks(facts), needs]))
    return [text, *buttons(*_buttons(facts)), small(print_)]


def _basis(facts: MessageContext) -> list[str]:
    """Say which line runs where, with what is filled in, and on what evidence."""
    request, plan = facts.request, facts.request.plan
    seen = request.seen
    given = "".join(f", {name.replace('_', ' ')} {esc(value)}" for name, value in plan.details)
    says = ", ".join(f"{role.word} {_says(seen.seen(role))}" for role in Role)
    return [
        f"*Runs* `{esc(plan.line)}` on {plan.server_role.word} {plan.address}{given}",
        f"*Why* {emoji(seen.about.severity)} {term(seen.situation)}: {says} (seen at {when(seen.as_of)})",
    ]


def _asks(facts: MessageContext) -> list[str]:
    """Say what is lost, what to think of first, and what the requester has said."""
    request = facts.request
    lines = [f"*You lose* {loses(facts.action, request.seen)}"]
    lines += [f"*Before you approve* {facts.action.careful}"] if facts.action.careful else []
    if request.acknowledgement:
        lines.append(f"*Another command so soon* “{esc(cut(request.acknowledgement, SHORT))}”")
    return lines + _stated(request)


def _stated(request: RequestView) -> list[str]:
    """Say what was stated last, and how much more was: the form to approve shows all of it."""
    if not request.seen.statements:
        return []
    *others, last = request.seen.statements
    more = f" and {len(others)} more (in the form)" if others else ""
    return [f"*Confirmed* {confirmed(last.kind)}: “{esc(cut(last.words, SHORT))}” (<@{last.by}>){more}"]


def by_hand_line(facts: MessageContext) -> str:
    """Say how a person continues at the servers.

    While the step may still be right, that is the step itself; otherwise it is to look at what is next.
    """
    request, look = facts.request, f"*By hand* look first: /ha-recover {esc(facts.request.pair)} shows what is next now"
    if request.stage in OPEN_STAGES:
        return f"*By hand* {facts.by_hand}"
    if request.stage in (Stage.EXPIRED, Stage.VOID):
        return still_by_hand(request.plan)
    match facts.run.phase if facts.run and request.stage is Stage.STARTED else None:
        case Phase.NOT_SENT if facts.run:
            return look_next(request.pair) if facts.run.by_hand is ByHand.LOOK_FIRST else still_by_hand(request.plan)
        case Phase.UNKNOWN:
            addresses = " and ".join(address for _, address in request.plan.addresses)
            return f"*By hand* only look, until it is closed: `ha-status` on {addresses}"
        case Phase.FAILED | Phase.DID_NOT if facts.run and _is_next(facts.run):
            return still_by_hand(request.plan, strange=facts.run.by_hand is ByHand.READ_QUESTION)
        case Phase.FAILED | Phase.DID_NOT:
            return look
    return look if request.stage is Stage.DENIED else ""


def _once_more(run: RunView) -> bool:
    """Whether a failed run's command may be asked for again: it is still the next step."""
    return run.phase is Phase.FAILED and _is_next(run)


def _is_next(run: RunView) -> bool:
    """Whether the run's own command is the next command of the recovery, by the observation at the run's end."""
    steps = run.after.steps if run.after else ()
    first = next((step for step in steps if isinstance(step, CommandStep)), None)
    return first is not None and first.action == run.action


def _says(server: ServerSnapshot) -> str:
    reason = why(server) if server.own in (State.SILENT, State.UNASKED) else ""
    plain = reason in ("", UnreachableReason.NO_ANSWER)
    return f"*{word(server.own)}*" if plain else f"*{word(server.own)}* ({cut(reason, SHORT)})"


def _needs(facts: MessageContext) -> str:
    request = facts.request
    missing = request.needed - len(request.approved_by)
    yes = f" · approved by {mention(request.approved_by)}" if request.approved_by else ""
    anybody = missing == 1 and not yes
    return facts.approvers.replace(" and ", " or ") if anybody else f"{missing} of: {facts.approvers}{yes}"


def _stage(facts: MessageContext) -> str:
    request, run = facts.request, facts.run
    at = when(request.decided_at) if request.decided_at else ""
    by = f"by <@{request.decided_by}> " if request.decided_by else ""
    match request.stage:
        case Stage.STARTED if run:
            return f"✅ Approved by {mention(request.approved_by)} at {at} · {ended(run)}"
        case Stage.STARTED | Stage.APPROVED:
            return f"✅ Approved by {mention(request.approved_by)} at {at}"
        case Stage.WAITING:
            return (
                f"✅ Approved by {mention(request.approved_by)} at {at} · ⏳ waits for the "
                f"{facts.action.secrets[0].label.lower()} until {when(request.expires_at)}"
            )
        case Stage.DENIED:
            return f"⛔ Denied {by}at {at}: “{esc(request.why.rstrip(' .'))}”. Nothing was sent."
        case Stage.EXPIRED:
            return f"⛔ Expired at {at}. {_so_far(request)}{request.why} Nothing was sent."
        case Stage.WITHDRAWN:
            return f"⛔ Withdrawn {by}at {at}. Nothing was sent."
        case Stage.BY_HAND:
            return f"✅ Done by hand, says <@{request.decided_by}> at {at}. I sent nothing."
        case Stage.VOID:
            return f"⛔ Void at {at}. {esc(request.why)}"
        case Stage.PENDING:
            return "waits for approval"


def _so_far(request: RequestView) -> str:
    """Say who had approved a request that then went no further. Empty if nobody had."""
    if not request.approved_by:
        return ""
    count = f" ({len(request.approved_by)} of {request.needed})" if request.needed > len(request.approved_by) else ""
    return f"Approved by {mention(request.approved_by)}{count}. "


def _buttons(facts: MessageContext) -> list[Block]:
    request, one = facts.request, str(facts.request.id)
    match request.stage:
        case Stage.PENDING:
            return [
                button(f"Approve {request.action.removeprefix('ha-')} on {request.pair}…", "approve", one, "danger"),
                button("Deny…", "deny", one),
                _by_hand_button(request),
            ]
        case Stage.EXPIRED | Stage.VOID:
            return [_by_hand_button(request)]
        case Stage.STARTED if facts.run and facts.run.phase is Phase.NOT_SENT:
            return [_by_hand_button(request)]
        case Stage.WAITING:
            return [button("Enter joining code…", "code", one, "primary"), _by_hand_button(request)]
        case _:
            return []


def _by_hand_button(request: RequestView) -> Block:
    what = f"Somebody did {request.action} on {request.pair} at the server itself."
    sure = confirm("Done by hand?", f"{what} This request ends: I send nothing for it, and look again.", "Done by hand")
    return button("Done by hand", "by_hand", str(request.id), confirm=sure)


def reminder(facts: MessageContext) -> tuple[str, list[Block]]:
    """Draw the second and last mention of the approvers, in the thread.

    If the request waits for the joining code, it mentions the people who can give it.
    """
    request = facts.request
    if request.stage is Stage.WAITING:
        people = mention((request.requester, *request.approved_by))
        text = (
            f"⏳ {request.action} on {request.pair} is approved. {people}, one of you must enter the "
            f"{facts.action.secrets[0].label.lower()} at the card by {when(request.expires_at)}."
        )
        return text, [section(text)]
    text = (
        f"⏳ Still waiting: {request.action} on {request.pair}, asked by <@{request.requester}>. "
        f"{facts.approvers}, it expires at {when(request.expires_at)}."
    )
    return text, [section(text)]


def told(facts: MessageContext) -> tuple[str, list[Block]]:
    """Draw the direct message that tells the requester how the request ended."""
    request = facts.request
    text = f"{request.action} on {request.pair}: {_stage(facts)}"
    ended = facts.run.words if facts.run and request.stage is Stage.STARTED else ""
    how = "" if facts.run and facts.run.phase is Phase.NOT_SENT else by_hand_line(facts)
    story = linked("The story", facts.link, request.channel)
    blocks = [section("\n".join(line for line in (text, ended, how, story) if line))]
    again = request.stage in (Stage.EXPIRED, Stage.VOID, Stage.DENIED)
    again |= facts.run is not None and (facts.run.phase is Phase.NOT_SENT or _once_more(facts.run))
    if again:
        blocks += buttons(ask_button(request.pair, facts.action, request.reason, "Ask again", request.seen.situation))
    return text, blocks


def asked(request: RequestView, approvers: str) -> tuple[str, list[Block]]:
    """Draw what the requester sees at once: it is asked for, who can approve it, and how to withdraw it."""
    text = (
        f"⏳ Asked: {request.action} on {request.pair}. Nothing is sent until it is approved "
        f"({request.needed} of: {approvers}); it expires at {when(request.expires_at)}. "
        f"The card is in <#{request.channel}>."
    )
    return text, [section(text), *buttons(button("Withdraw", "withdraw", json.dumps(request.id)))]
