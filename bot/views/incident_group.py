"""The messages beside an incident's own: incident groups, escalations, and maintenance."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.command import Action
from bot.domain.incident import IncidentGroupView, IncidentView
from bot.domain.maintenance import MaintenanceView
from bot.domain.situation import Severity
from bot.domain.status import State
from bot.domain.words import esc, span, when
from bot.views.answers import linked
from bot.views.blocks import Block, button, buttons, section, small
from bot.views.incident import ended, head_text, over, point_lines, recover_button
from bot.views.severity import emoji
from bot.views.status import details_button, looked
from bot.views.wording import term

SHOWN = 25  # pairs that are named; the others are counted


def group_message(group: IncidentGroupView) -> tuple[str, list[Block]]:
    """Draw the message of an incident group: several pairs at once, which may be due to the bot's own network."""
    if not group.still:
        return _over(group)
    text = _title(group)
    lines = [f"*{text}*", *_why(group), *_lines(group), *_more(group)]
    return text, [
        section("\n".join(lines)),
        *buttons(*_ways_on(group)),
        small("Each pair has its own message with buttons, in this thread or above it in the channel."),
    ]


def _ways_on(group: IncidentGroupView) -> list[Block]:
    """Return the button to own the incidents, and the one that leads to the recovery of the worst pair."""
    owned = all(incident.owner for incident in group.still)
    own = [] if owned else [button("I'm on it", "own_storm", str(group.id))]
    worst = min(group.still, key=lambda incident: incident.latest.about.severity.rank, default=None)
    return [*([recover_button(worst.pair, f"Next step for {worst.pair}")] if worst else []), *own]


def _over(group: IncidentGroupView) -> tuple[str, list[Block]]:
    last = max(incident.closed_at for incident in group.incidents if incident.closed_at)
    severities, ends = zip(*map(ended, group.incidents), strict=True)
    after = f"{' or '.join(dict.fromkeys(ends))}, after {span((last - group.opened_at).total_seconds())}"
    mark = emoji(min(severities, key=lambda severity: severity.rank))
    match group.incidents:
        case (incident,):
            text = f"{mark} {incident.pair}, which got into trouble together with others, is {after}"
        case _ if group.elsewhere:
            text = f"{mark} The {len(group.incidents)} pairs of this channel that got into trouble together are {after}"
        case _:
            text = f"{mark} All {len(group.incidents)} pairs that got into trouble together are {after}"
    return text, [section(f"*{text}*")]


def _title(group: IncidentGroupView) -> str:
    at = when(group.opened_at)  # a time rather than an age, which would be wrong a minute later
    count = len(group.incidents) + len(group.elsewhere) + group.doubtful
    mark = emoji(_severity(group))
    if count == 1:
        return f"{mark} {group.incidents[0].pair} got into trouble at {at}, other pairs only for a moment"
    still = len(group.still) + sum(pair.open for pair in group.elsewhere) + group.doubtful
    are = "is" if still == 1 else "are"
    return f"{mark} {count} pairs got into trouble together at {at}, {still} still {are}"


def _more(group: IncidentGroupView) -> list[str]:
    """Say how many pairs are not named."""
    unnamed = (
        (len(group.incidents) - SHOWN, "more"),
        (len(group.elsewhere), "more, reported in other channels"),
        (group.doubtful, "more, seen so only once: I look again"),
    )
    return [f"… and {count} {words}" for count, words in unnamed if count > 0]


def _severity(group: IncidentGroupView) -> Severity:
    """Return the worst severity in the group, even if the bot's own network may be the cause."""
    there = {one.latest.about.severity for one in group.still}
    return next((one for one in (Severity.CRITICAL, Severity.DEGRADED) if one in there), Severity.UNKNOWN)


def _silent(group: IncidentGroupView) -> bool:
    return all(State.SILENT in (incident.latest.primary.own, incident.latest.secondary.own) for incident in group.still)


def _why(group: IncidentGroupView) -> list[str]:
    if _silent(group):
        return [
            "*This may be my network: can users log in?* Check that first. Rebuild nothing and fail over nothing until "
            "it is ruled out."
        ]
    return ["So many at once usually share a cause: network, site, power, an upgrade. Look there first."]


def _lines(group: IncidentGroupView) -> list[str]:
    """Return a line for each situation and owner, the worst first. So twenty pairs still fit on a phone."""
    told: dict[tuple[str, str], list[str]] = {}
    for incident in sorted(group.incidents, key=lambda incident: (_now(incident)[0].rank, incident.pair))[:SHOWN]:
        severity, words = _now(incident)
        told.setdefault((f"{emoji(severity)} {words}", _on_it(incident)), []).append(f"*{esc(incident.pair)}*")
    return [f"{state}: {', '.join(pairs)}{on_it}" for (state, on_it), pairs in told.items()]


def _now(incident: IncidentView) -> tuple[Severity, str]:
    return (incident.latest.about.severity, term(incident.latest.situation)) if incident.open else ended(incident)


def _on_it(incident: IncidentView) -> str:
    return f" · <@{incident.owner}> is on it" if incident.owner and incident.open else ""


def escalation(
    incident: IncidentView, actions: Mapping[str, Action], groups: tuple[str, ...], now: datetime, link: str = ""
) -> tuple[str, list[Block]]:
    """Draw the escalation of an incident that nobody owned in time. It is kept current where it was posted.

    `link` is the address of the incident's first message, where it is known.
    """
    if not incident.open:
        text = over(incident)
        return text, [section(text)]
    if incident.owner:
        seen = incident.latest
        text = f"{emoji(seen.about.severity)} {incident.pair}: <@{incident.owner}> is on incident {incident.id} now."
        text += f" {looked(seen)}"
        return text, [section(text)]
    age = span((now - incident.opened_at).total_seconds())
    called = "".join(f"<!subteam^{group}> " for group in groups)
    nobody = f"{called}Nobody is on incident {incident.id} after {age}."
    lines = [*point_lines(incident, actions), f"{nobody} {linked('Its thread', link, incident.channel)}"]
    return f"{nobody} {head_text(incident, actions)}", [
        section("\n".join(lines)),
        *buttons(
            recover_button(incident.pair),
            button("I'm on it", "own", incident.pair),
            details_button(incident.pair),
        ),
    ]


def maintenance(window: MaintenanceView) -> tuple[str, list[Block]]:
    """Draw a pair's maintenance: until when, why, and how to end it."""
    if window.ended_at:
        by = f" by <@{window.ended_by}>" if window.ended_by else ""
        now = "Another one is in force." if window.replaced else "Alerts are on again."
        text = f"✅ Maintenance on {window.pair} ended{by}. {now}"
        return text, [section(text)]
    until = when(window.ends_at, "{date_short_pretty} {time}")
    text = f"Maintenance on {window.pair} until {until}: no new alerts from it. <@{window.by}>: “{esc(window.because)}”"
    return text, [section(text), *buttons(button("End maintenance", "end_maintenance", window.pair))]
