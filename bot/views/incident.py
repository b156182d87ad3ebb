"""An incident's messages: the head, which is kept current; reminders; the end; and those about a replaced server.

The last are the approval of the new server's host key, and the alarm when the old server is back.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.command import Action
from bot.domain.incident import IncidentView, News, Report
from bot.domain.pending import NOTHING_AHEAD, PendingWork
from bot.domain.pin import PinView, Stage
from bot.domain.plan import fingerprint, veiled
from bot.domain.policy import step_loses, step_verified, step_words
from bot.domain.runbook import Step, VendorCall
from bot.domain.situation import Severity, SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.words import esc, span, when
from bot.views.blocks import Block, button, buttons, confirm, section, small
from bot.views.report import in_short
from bot.views.severity import emoji
from bot.views.status import (
    COLLECT,
    ONLY_PEOPLE,
    ahead_lines,
    began,
    first_of,
    healthy_buttons,
    loss_window,
    next_and_then,
    possible,
    step_buttons,
    unseen,
)
from bot.views.wording import term


def ended(incident: IncidentView) -> tuple[Severity, str]:
    """Return how the incident ended: a severity and the words for it."""
    if incident.left:
        return Severity.UNKNOWN, "no longer in the settings"
    return Severity.HEALTHY, "healthy" if incident.by_hand else "healthy again"


def head_text(
    incident: IncidentView, actions: Mapping[str, Action], how: str = "", ahead: PendingWork = NOTHING_AHEAD
) -> str:
    """Return the head message's main point in one line."""
    seen = incident.latest
    if not incident.open:
        return over(incident)
    then = f"Next: {step_words(seen.steps[0], actions)}" if seen.steps else ""
    what = f"{emoji(seen.about.severity)} {incident.pair}{how}: {term(seen.situation)}. {seen.about.says}"
    return f"{what} Seen at {when(seen.as_of)}.{first_of(ahead, then)}"


def over(incident: IncidentView) -> str:
    """Say that the incident is closed, and why."""
    severity, how = ended(incident)
    return f"{emoji(severity)} {incident.pair} is {how}; incident {incident.id} is closed"


def head(
    incident: IncidentView,
    actions: Mapping[str, Action],
    took: str = "",
    why: str = "",
    ahead: PendingWork = NOTHING_AHEAD,
) -> list[Block]:
    """Draw the incident's head message: how it stands, and its buttons.

    `took` says how long the next step took before, and `why` what the person who opened the incident said. `ahead` is
    work that must be finished first. It is shown in place of the next step, which nobody can do meanwhile.
    """
    more = buttons(*possible(head_buttons(incident, actions), ahead)) if incident.open else []
    return _told(incident, actions, took, why, ahead, only_ahead=ahead.locks) + more


def lead(
    incident: IncidentView,
    actions: Mapping[str, Action],
    took: str = "",
    why: str = "",
    ahead: PendingWork = NOTHING_AHEAD,
) -> list[Block]:
    """Draw the answer to `/ha-recover`: the same, with a button to look again instead of the one that leads here."""
    again = button("Look again", "look", incident.pair)
    ways = possible(_ways_on(incident.latest, actions), ahead)
    return _told(incident, actions, took, why, ahead) + buttons(*ways, again)


def _told(
    incident: IncidentView,
    actions: Mapping[str, Action],
    took: str,
    why: str,
    ahead: PendingWork,
    only_ahead: bool = False,
) -> list[Block]:
    """Say what the situation is and since when, who owns the incident, what is next, and what is at risk meanwhile."""
    seen = incident.latest
    opened = _opened(incident, why)
    if incident.closed_at:
        lasted = span((incident.closed_at - incident.opened_at).total_seconds())
        severity, how = ended(incident)
        text = f"{emoji(severity)} *{esc(incident.pair)} · {how}* · incident {incident.id}, closed after {lasted}"
        beginning = opened or [f"It began as: {emoji(incident.first.about.severity)} {term(incident.first.situation)}"]
        return [section("\n".join([text, *beginning]))]
    # a time rather than an age, which would be wrong a minute later
    since = f"incident {incident.id}, open since {when(incident.opened_at)}"
    title = f"{emoji(seen.about.severity)} *{esc(incident.pair)} · {term(seen.situation)}*, seen at {when(seen.as_of)}"
    owner = f"<@{incident.owner}>" if incident.owner else "nobody yet"
    began = incident.first.about
    beginning = [f"Began as: {emoji(began.severity)} {term(began.name)}"] if began is not seen.about else []
    lines = [f"{title} · {since}", seen.about.says, *unseen(seen), *beginning, *opened, f"*On it:* {owner}"]
    lines += [*ahead_lines(ahead), *([] if only_ahead else next_lines(seen, actions, took))]
    if seen.situation is SituationCode.HEALTHY:
        lines += [ONLY_PEOPLE, f"When it is over: /ha-incident {esc(incident.pair)} close &lt;how&gt;"]
    mine = {"accessory": own[0]} if (own := _own_button(incident)) else {}
    blocks = [section("\n".join(lines)) | mine]
    return blocks + [_said(incident.pair, said.id, said.sentence, said.by, said.at) for said in seen.statements]


def _opened(incident: IncidentView, why: str) -> list[str]:
    """Say who opened the incident and why, if a person did."""
    said = f": “{esc(why)}”" if why else ""
    return [f"*Opened by:* <@{incident.opened_by}>{said}"] if incident.opened_by else []


def next_lines(seen: Snapshot, actions: Mapping[str, Action], took: str = "") -> list[str]:
    """Say the steps to BAU and what is at risk.

    Of the first step it also says what it costs, how long it took before, and how it is verified.
    """
    first, *then = next_and_then(seen.steps, actions) or [""]
    lines = [first, *_first(seen.steps[0], seen, actions, took), *then] if first else []
    if seen.about.risk:
        lines.append(f"*At risk:* {seen.about.risk}")
        lines += [] if began(seen) in "\n".join(lines) else [f"*Not healthy since:* {began(seen)}"]
    if any(isinstance(step, VendorCall) for step in seen.steps):
        lines.append(COLLECT)
    return lines


def _first(step: Step, seen: Snapshot, actions: Mapping[str, Action], took: str) -> list[str]:
    loses, verified = step_loses(step, actions, loss_window(seen)), step_verified(step, actions)
    shows = [f"*Took:* {took}"] if took else []
    shows += [f"*Verified:* {verified}"] if verified else []
    return ([f"*Costs:* {loses}"] if loses else []) + ([" · ".join(shows)] if shows else [])


def _said(pair: str, statement_id: int, sentence: str, by: str, at: datetime) -> Block:
    value = json.dumps({"pair": pair, "statement": statement_id})
    text = f"“{sentence}” will count no more, and what is offered changes with it. The thread is told."
    back = button("Take it back", "revoke", value, confirm=confirm("Take it back?", text, "Take it back"))
    return section(f"*Stated:* {esc(sentence)} (<@{by}>, {when(at)})") | {"accessory": back}


def recover_button(pair: str, text: str = "Recover") -> Block:
    """Return the button that leads from an alert to `/ha-recover`."""
    return button(text, "recover", pair)


def _own_button(incident: IncidentView) -> list[Block]:
    return [] if incident.owner else [button("I'm on it", "own", incident.pair)]


def _ways_on(seen: Snapshot, actions: Mapping[str, Action]) -> list[Block]:
    """Return the buttons for the first step.

    If that is a call to the vendor, also the one for the raw output to send them.
    """
    if seen.situation is SituationCode.HEALTHY:
        return healthy_buttons(seen.pair, actions)
    raw = [button("Raw output", "raw", seen.pair)] if any(isinstance(step, VendorCall) for step in seen.steps) else []
    return [*step_buttons(seen, actions), *raw]


def stated(seen: Snapshot, actions: Mapping[str, Action]) -> tuple[str, list[Block]]:
    """Draw the result of a statement: how the pair counts with it, what to do now, and the buttons for that."""
    text = f"✅ Stated. {emoji(seen.about.severity)} {esc(seen.pair)}: {seen.about.says}"
    ways = _ways_on(seen, actions) if seen.situation is not SituationCode.HEALTHY else []
    return text, [section("\n".join([text, *next_lines(seen, actions)])), *buttons(*ways)]


def head_buttons(incident: IncidentView, actions: Mapping[str, Action]) -> list[Block]:
    """Return the buttons for the next step and for the recovery."""
    return [*_ways_on(incident.latest, actions), recover_button(incident.pair)]


def nudge(
    incident: IncidentView, actions: Mapping[str, Action], now: datetime, ahead: PendingWork = NOTHING_AHEAD
) -> tuple[str, list[Block]]:
    """Draw the reminder that the incident is still open: who owns it, and what is next."""
    start = f"<@{incident.owner}>, incident" if incident.owner else "Nobody is on it. Incident"
    age = span((now - incident.opened_at).total_seconds())
    text = f"⏳ {start} {incident.id} on {incident.pair} is open for {age}. {head_text(incident, actions, '', ahead)}"
    more = buttons(*_own_button(incident), recover_button(incident.pair)) if incident.open else []
    return text, [section(text), *more]


def worse(
    incident: IncidentView, actions: Mapping[str, Action], approvers: str, ahead: PendingWork = NOTHING_AHEAD
) -> tuple[str, list[Block]]:
    """Draw the news that the incident has become worse. It mentions the owner, or the approvers if there is none."""
    called = f"<@{incident.owner}>, you are on it." if incident.owner else f"Nobody is on it yet. I call {approvers}."
    text = "\n".join([head_text(incident, actions, " got worse", ahead), *unseen(incident.latest), called])
    more = (*_own_button(incident), recover_button(incident.pair), button("Status", "look", incident.pair))
    return text, [section(text), *buttons(*more)]


def news(incident: IncidentView, found: Sequence[News], actions: Mapping[str, Action]) -> tuple[str, list[Block]]:
    """Draw what people noted, which statements they took back, and to whom they handed the incident over.

    After the last two it also says what is next now.
    """
    text = "\n".join(_news(incident, one) for one in found)
    if not (incident.open and any(one.owner or one.stated for one in found)):
        return text, [section(text)]
    text = f"{text}\n{head_text(incident, actions)}"
    return text, [section(text), *buttons(recover_button(incident.pair))]


def _news(incident: IncidentView, one: News) -> str:
    if one.owner:
        return f"<@{one.owner}>, <@{one.who}> has handed incident {incident.id} on {esc(incident.pair)} over to you."
    if one.stated:
        whose = "their own word" if one.stated == one.who else f"the word of <@{one.stated}>"
        return f"<@{one.who}> took back {whose} on {esc(incident.pair)}: “{esc(one.words)}”"
    return f"<@{one.who}> noted: “{esc(one.words)}”"


def closed(report: Report) -> tuple[str, list[Block]]:
    """Draw the end of the incident, with how long each part took. The whole report follows below it in the thread."""
    incident = report.incident
    severity, how = ended(incident)
    text = f"{emoji(severity)} {incident.pair} is {how}. Incident {incident.id} is closed."
    return text, [
        section(f"*{text}*\n{in_short(report)}"),
        small(f"The report is below; `pairkeeper incident {incident.id}`, with the bot's DATABASE_URL, prints it."),
    ]


def pin_card(pin: PinView) -> tuple[str, list[Block]]:
    """Draw a replacement server's host key, for a second person who compares it at the server's console."""
    what = f"{pin.role.word} of {pin.pair} at {pin.address} ({pin.host}:{pin.port})"
    found = fingerprint(pin.host_key)
    key = f"`{found if pin.stage is Stage.APPROVED else veiled(found)}`"
    if pin.stage is not Stage.OFFERED:
        mark = "✅" if pin.stage is Stage.APPROVED else "⛔"
        by = f" by <@{pin.decided_by}> at {when(pin.decided_at)}" if pin.decided_by and pin.decided_at else ""
        text = f"{mark} Host key of the new {what}: {pin.stage}{by}"
        return text, [section(f"{text}\n{key}")]
    text = f"Is this the new {what}?"
    old = f"It replaces {pin.replaced['address']}, key `{veiled(fingerprint(pin.replaced['host_key']))}`."
    where = (
        "On its console: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`, or where the appliance shows its host key."
    )
    offers = f"It offers {key} (the last six are on its console)."
    lines = [f"*{text}*", offers, old, f"Asked by <@{pin.asked_by}>. Somebody else compares. {where}"]
    one = str(pin.id)
    no = confirm("Not this key?", f"The new {pin.role.word} stays unknown to me and is sent nothing.", "Refuse the key")
    return text, [
        section("\n".join(lines)),
        *buttons(
            button("It is the same…", "pin_approve", one), button("Refuse the key", "pin_refuse", one, confirm=no)
        ),
    ]


def returned(pin: PinView) -> tuple[str, list[Block]]:
    """Draw the alarm that a server which was replaced is back, and active."""
    text = (
        f"🔴 {pin.pair}: the old {pin.role.word} at {pin.replaced['address']} answers again and says ACTIVE. "
        "Users may reach both servers. Switch it off now, or take it off the network; I send it nothing."
    )
    return text, [section(text), *buttons(recover_button(pin.pair))]
