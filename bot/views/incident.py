"""An incident's messages: the head, which is kept current; reminders; the end; and those about a replaced server.

The last are the approval of the new server's host key, and the alarm when the old server is back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.command import Action
from bot.domain.incident import IncidentView, News, Report
from bot.domain.pending import NOTHING_AHEAD, PendingWork
from bot.domain.pin import PinView, Stage
from bot.domain.plan import fingerprint, veiled
from bot.domain.policy import step_words
from bot.domain.runbook import VendorCall
from bot.domain.situation import Severity, SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.words import esc, span, when
from bot.views.blocks import Block, button, buttons, confirm, primary, section, small
from bot.views.report import in_short
from bot.views.severity import emoji
from bot.views.status import (
    COLLECT,
    ONLY_PEOPLE,
    ahead_lines,
    all_buttons,
    details_button,
    first_buttons,
    first_of,
    healthy_buttons,
    later_line,
    meaning,
    next_button,
    next_lines,
    possible,
    step_buttons,
    title,
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
    why: str = "",
    ahead: PendingWork = NOTHING_AHEAD,
) -> list[Block]:
    """Draw the incident's head message in four lines, with at most three buttons.

    `why` is what the person who opened the incident said. `ahead` is work that must be finished first. It is shown in
    place of the next step, which nobody can do meanwhile.
    """
    if incident.closed_at:
        return [section("\n".join(_closed_lines(incident, why)))]
    seen = incident.latest
    ways = [] if ahead.locks else first_buttons(seen, actions, ahead) or healthy_buttons(seen.pair, actions)[:1]
    lines = [*point_lines(incident, actions, ahead), _on_it(incident, why)]
    second = _own_button(incident) or ways[1:]
    return [section("\n".join(lines)), *buttons(*ways[:1], *second, details_button(incident.pair))]


def lead(
    incident: IncidentView,
    actions: Mapping[str, Action],
    took: str = "",
    why: str = "",
    ahead: PendingWork = NOTHING_AHEAD,
) -> list[Block]:
    """Draw the answer to `/ha-recover`: the same with what comes later, what is at risk, and all buttons."""
    seen = incident.latest
    ways = possible(all_buttons(seen, actions), ahead)
    ways = [primary(ways[0]), *ways[1:]] if ways else []
    lines = [*point_lines(incident, actions, ahead), *_later(seen, actions, took), _on_it(incident, why)]
    look = button("Look again", "look", incident.pair)
    own = _own_button(incident)
    return [section("\n".join(lines)), *buttons(*ways, look, *own, details_button(incident.pair))]


def point_lines(
    incident: IncidentView, actions: Mapping[str, Action], ahead: PendingWork = NOTHING_AHEAD, how: str = ""
) -> list[str]:
    """Say what is wrong and when that was seen, what it means for users, and what is next or has to be finished."""
    seen = incident.latest
    lines = [f"{title(seen)}{how} · seen at {when(seen.as_of)}", meaning(seen)]
    if first := ahead_lines(ahead):
        return [*lines, " ".join(first)]
    if seen.situation is SituationCode.HEALTHY:
        return [*lines, f"{ONLY_PEOPLE} When it is over: `/ha-incident {esc(incident.pair)} close …`"]
    return [*lines, *next_lines(seen, actions)[:1]]


def _later(seen: Snapshot, actions: Mapping[str, Action], took: str) -> list[str]:
    lines = [
        *next_lines(seen, actions)[1:],
        *([f"*Took:* {took}"] if took else []),
        *later_line(seen.steps, actions, 2),
    ]
    lines += [f"*At risk:* {seen.about.risk}"] if seen.about.risk else []
    return lines + ([COLLECT] if any(isinstance(step, VendorCall) for step in seen.steps) else [])


def _closed_lines(incident: IncidentView, why: str) -> list[str]:
    severity, how = ended(incident)
    lasted = span(((incident.closed_at or incident.opened_at) - incident.opened_at).total_seconds())
    first = incident.first.about
    began = f"It began as {emoji(first.severity)} {term(first.name)}."
    opened = f"Opened by {_opener(incident, why)}." if incident.opened_by else began
    return [f"{emoji(severity)} *{esc(incident.pair)}: {how}* · incident {incident.id}, closed after {lasted}", opened]


def _on_it(incident: IncidentView, why: str) -> str:
    """Say who is on the incident, its number, and since when it is open."""
    on_it = f"<@{incident.owner}> is on it" if incident.owner else "Nobody is on it yet"
    opened = f"opened by {_opener(incident, why)}" if incident.opened_by else f"open since {when(incident.opened_at)}"
    changed = incident.first.situation is not incident.latest.situation
    began = f", began as {term(incident.first.situation)}" if changed and not incident.opened_by else ""
    return f"{on_it} · incident {incident.id}, {opened}{began}"


def _opener(incident: IncidentView, why: str) -> str:
    reason = f": “{esc(why)}”" if why else ""
    return f"<@{incident.opened_by}>{reason}"


def recover_button(pair: str, text: str = "Next step") -> Block:
    """Return the button that leads from an alert to `/ha-recover`."""
    return primary(next_button(pair, text))


def _own_button(incident: IncidentView) -> list[Block]:
    return [] if incident.owner else [button("I'm on it", "own", incident.pair)]


def stated(seen: Snapshot, actions: Mapping[str, Action]) -> tuple[str, list[Block]]:
    """Draw the result of a statement: how the pair counts with it, what to do now, and the buttons for that."""
    text = f"✅ Confirmed. {emoji(seen.about.severity)} {esc(seen.pair)}: {seen.about.says}"
    lines = [text, *next_lines(seen, actions)]
    lines += [COLLECT] if any(isinstance(step, VendorCall) for step in seen.steps) else []
    ways = step_buttons(seen, actions) if seen.situation is not SituationCode.HEALTHY else []
    return text, [section("\n".join(lines)), *buttons(*ways, details_button(seen.pair))]


def nudge(
    incident: IncidentView, actions: Mapping[str, Action], now: datetime, ahead: PendingWork = NOTHING_AHEAD
) -> tuple[str, list[Block]]:
    """Draw the reminder that the incident is still open: who owns it, and what is next."""
    start = f"<@{incident.owner}>, incident" if incident.owner else "Nobody is on it. Incident"
    age = span((now - incident.opened_at).total_seconds())
    text = f"⏳ {start} {incident.id} on {incident.pair} is open for {age}. {head_text(incident, actions, '', ahead)}"
    if not incident.open:
        return text, [section(text)]
    more = buttons(recover_button(incident.pair), *_own_button(incident), details_button(incident.pair))
    open_for = f"⏳ {start} {incident.id} is open for {age}."
    return text, [section("\n".join([open_for, *point_lines(incident, actions, ahead)])), *more]


def worse(
    incident: IncidentView, actions: Mapping[str, Action], approvers: str, ahead: PendingWork = NOTHING_AHEAD
) -> tuple[str, list[Block]]:
    """Draw the news that the incident has become worse. It mentions the owner, or the approvers if there is none."""
    called = f"<@{incident.owner}>, you are on it." if incident.owner else f"Nobody is on it yet. Calling {approvers}."
    text = " ".join([head_text(incident, actions, " got worse", ahead), *unseen(incident.latest), called])
    lines = [*point_lines(incident, actions, ahead, " · it got worse"), called]
    more = (recover_button(incident.pair), *_own_button(incident), details_button(incident.pair))
    return text, [section("\n".join(lines)), *buttons(*more)]


def news(incident: IncidentView, items: Sequence[News], actions: Mapping[str, Action]) -> tuple[str, list[Block]]:
    """Draw what people noted, which statements they took back, and to whom they handed the incident over.

    After the last two it also says what is next now.
    """
    text = "\n".join(_news(incident, item) for item in items)
    if not (incident.open and any(item.owner or item.stated for item in items)):
        return text, [section(text)]
    lines = [text, *point_lines(incident, actions)]
    text = f"{text}\n{head_text(incident, actions)}"
    return text, [section("\n".join(lines)), *buttons(recover_button(incident.pair))]


def _news(incident: IncidentView, item: News) -> str:
    if item.owner:
        return f"<@{item.owner}>, <@{item.who}> has handed incident {incident.id} on {esc(incident.pair)} over to you."
    if item.stated:
        whose = "their own statement" if item.stated == item.who else f"the statement of <@{item.stated}>"
        return f"<@{item.who}> took back {whose} on {esc(incident.pair)}: “{esc(item.words)}”"
    return f"<@{item.who}> noted: “{esc(item.words)}”"


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
    shown = fingerprint(pin.host_key)
    key = f"`{shown if pin.stage is Stage.APPROVED else veiled(shown)}`"
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
    lines = [f"*{text}*", offers, old, f"Asked by <@{pin.asked_by}>. Somebody else must compare. {where}"]
    pin_id = str(pin.id)
    no = confirm("Not this key?", f"The new {pin.role.word} stays unknown to me: I send it nothing.", "Refuse the key")
    return text, [
        section("\n".join(lines)),
        *buttons(
            button("It is the same…", "pin_approve", pin_id), button("Refuse the key", "pin_refuse", pin_id, confirm=no)
        ),
    ]


def returned(pin: PinView) -> tuple[str, list[Block]]:
    """Draw the alarm that a server which was replaced is back, and active."""
    text = (
        f"🔴 {pin.pair}: the old {pin.role.word} at {pin.replaced['address']} answers again and says ACTIVE. "
        "Users may reach both servers. Switch it off or isolate it now; I send it nothing."
    )
    return text, [section(text), *buttons(recover_button(pin.pair))]
