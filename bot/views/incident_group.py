"""The messages beside an incident's own: incident groups, escalations, and maintenance."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.command import Action
from bot.domain.incident import IncidentGroupView, IncidentView
from bot.domain.maintenance import MaintenanceView
from bot.domain.situation import Severity
from bot.domain.status import State
from bot.domain.words import esc, span, when
from bot.views.blocks import Block, button, buttons, section, small
from bot.views.incident import ended, head_text, over, point_lines, recover_button
from bot.views.severity import emoji
from bot.views.status import details_button, looked
from bot.views.wording import term

SHOWN = 25  # pairs that are named; the others are counted


def group_message(found: IncidentGroupView) -> tuple[str, list[Block]]:
    """Draw the message of an incident group: several pairs at once, which may be due to the bot's own network."""
    if not found.still:
        return _over(found)
    text = _title(found)
    lines = [f"*{text}*", *_why(found), *_lines(found), *_more(found)]
    return text, [
        section("\n".join(lines)),
        *buttons(*_ways_on(found)),
        small("Each pair has its own message with buttons, in this thread or above it in the channel."),
    ]


def _ways_on(found: IncidentGroupView) -> list[Block]:
    """Return the button to own the incidents, and the one that leads to the recovery of the worst pair."""
    taken = all(one.owner for one in found.still)
    own = [] if taken else [button("I'm on it", "own_storm", str(found.id))]
    worst = min(found.still, key=lambda one: one.latest.about.severity.rank, default=None)
    return [*([recover_button(worst.pair, f"Next step for {worst.pair}")] if worst else []), *own]


def _over(found: IncidentGroupView) -> tuple[str, list[Block]]:
    last = max(one.closed_at for one in found.incidents if one.closed_at)
    severities, ends = zip(*map(ended, found.incidents), strict=True)
    after = f"{' or '.join(dict.fromkeys(ends))}, after {span((last - found.opened_at).total_seconds())}"
    mark = emoji(min(severities, key=lambda severity: severity.rank))
    match found.incidents:
        case (one,):
            text = f"{mark} {one.pair}, which got into trouble together with others, is {after}"
        case _ if found.elsewhere:
            text = f"{mark} The {len(found.incidents)} pairs of this channel that got into trouble together are {after}"
        case _:
            text = f"{mark} All {len(found.incidents)} pairs that got into trouble together are {after}"
    return text, [section(f"*{text}*")]


def _title(found: IncidentGroupView) -> str:
    at = when(found.opened_at)  # a time rather than an age, which would be wrong a minute later
    count = len(found.incidents) + len(found.elsewhere) + found.doubtful
    mark = emoji(_severity(found))
    if count == 1:
        return f"{mark} {found.incidents[0].pair} got into trouble at {at}, other pairs only for a moment"
    still = len(found.still) + sum(one.open for one in found.elsewhere) + found.doubtful
    are = "is" if still == 1 else "are"
    return f"{mark} {count} pairs got into trouble together at {at}, {still} still {are}"


def _more(found: IncidentGroupView) -> list[str]:
    """Say how many pairs are not named."""
    unnamed = (
        (len(found.incidents) - SHOWN, "more"),
        (len(found.elsewhere), "more, reported in other channels"),
        (found.doubtful, "more, seen so only once: I look again"),
    )
    return [f"… and {count} {words}" for count, words in unnamed if count > 0]


def _severity(found: IncidentGroupView) -> Severity:
    """Return the worst severity in the group, even if the bot's own network may be the cause."""
    there = {one.latest.about.severity for one in found.still}
    return next((one for one in (Severity.CRITICAL, Severity.DEGRADED) if one in there), Severity.UNKNOWN)


def _silent(found: IncidentGroupView) -> bool:
    return all(State.SILENT in (one.latest.primary.own, one.latest.secondary.own) for one in found.still)


def _why(found: IncidentGroupView) -> list[str]:
    if _silent(found):
        return [
            "*This may be my network: can users log in?* Check that first. Rebuild nothing and fail over nothing until "
            "it is ruled out."
        ]
    return ["So many at once usually share a cause: network, site, power, an upgrade. Look there first."]


def _lines(found: IncidentGroupView) -> list[str]:
    """Return a line for each situation and owner, the worst first. So twenty pairs still fit on a phone."""
    told: dict[tuple[str, str], list[str]] = {}
    for one in sorted(found.incidents, key=lambda one: (_now(one)[0].rank, one.pair))[:SHOWN]:
        severity, words = _now(one)
        told.setdefault((f"{emoji(severity)} {words}", _on_it(one)), []).append(f"*{esc(one.pair)}*")
    return [f"{state}: {', '.join(pairs)}{on_it}" for (state, on_it), pairs in told.items()]


def _now(one: IncidentView) -> tuple[Severity, str]:
    return (one.latest.about.severity, term(one.latest.situation)) if one.open else ended(one)


def _on_it(one: IncidentView) -> str:
    return f" · <@{one.owner}> is on it" if one.owner and one.open else ""


def escalation(
    incident: IncidentView, actions: Mapping[str, Action], groups: tuple[str, ...], now: datetime
) -> tuple[str, list[Block]]:
    """Draw the escalation of an incident that nobody owned in time. It is kept current where it was posted."""
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
    lines = [*point_lines(incident, actions), f"{nobody} The thread is in <#{incident.channel}>."]
    return f"{nobody} {head_text(incident, actions)}", [
        section("\n".join(lines)),
        *buttons(
            recover_button(incident.pair),
            button("I'm on it", "own", incident.pair),
            details_button(incident.pair),
        ),
    ]


def maintenance(found: MaintenanceView) -> tuple[str, list[Block]]:
    """Draw a pair's maintenance: until when, why, and how to end it."""
    if found.ended_at:
        by = f" by <@{found.ended_by}>" if found.ended_by else ""
        now = "Another one is in force." if found.replaced else "Alerts are on again."
        text = f"✅ Maintenance on {found.pair} ended{by}. {now}"
        return text, [section(text)]
    until = when(found.ends_at, "{date_short_pretty} {time}")
    text = f"Maintenance on {found.pair} until {until}: no new alerts from it. <@{found.by}>: “{esc(found.because)}”"
    return text, [section(text), *buttons(button("End maintenance", "end_maintenance", found.pair))]
