"""An incident's report as Markdown, HTML and JSON. Pure."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime

from bot.domain.incident import Report
from bot.domain.status import State
from bot.domain.words import plain, span
from bot.views import timeline
from bot.views.html import Picture, page
from bot.views.status import word
from bot.views.timeline import Line
from bot.views.wording import term

Names = Callable[[str], str]
DATED = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
# a mention as Slack marks it up, or an id as somebody typed it
NAMED = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|@([UW](?=[A-Z]*\d)[A-Z0-9]{4,})\b")


def unmarked(text: str, name: Names) -> str:
    """Return text that was written for Slack as other readers need it: with names and times, and without escapes."""
    return plain(NAMED.sub(lambda match: html.escape(name(match[1] or match[2])), DATED.sub(r"\1", text)))


def readable(report: Report, name: Names) -> list[Line]:
    """Return the timeline with its texts readable outside Slack. Who did something remains an id."""
    return [
        replace(line, deed=unmarked(line.deed, name), quote=unmarked(line.quote, name))
        for line in timeline.lines(report)
    ]


def clock(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "–"


def durations(report: Report) -> list[tuple[str, str]]:
    """Return the four durations with their names, in words. The first one is an upper bound."""
    found, by_hand = report.durations, "opened by hand" if report.incident.opened_by else ""
    rows = (
        ("detected within", found.detect, by_hand or "not known"),
        ("acknowledged after", found.acknowledge, by_hand or "nobody did"),
        ("decided within", found.decide, "no command was run"),
        ("recovered after", found.recover, "not known"),
    )
    return [(name, span(value) if value is not None else words) for name, value, words in rows]


def in_short(report: Report) -> str:
    """Return the durations in one line, without those that are not known.

    A person who asked, stated or noted something has not thereby taken the incident.
    """
    lengths = report.durations
    parts = (
        "opened by hand" if report.incident.opened_by else "",
        _timed("detected within", lengths.detect),
        _acknowledged(report),
        _timed("decided within", lengths.decide),
        _timed("recovered after", lengths.recover),
    )
    return " · ".join(filter(None, parts))


def _timed(what: str, seconds: float | None) -> str:
    return f"{what} {span(seconds)}" if seconds is not None else ""


def _acknowledged(report: Report) -> str:
    incident, after = report.incident, report.durations.acknowledge
    if after == 0:
        return "acted on before it opened"
    if incident.owner or incident.opened_by:
        return _timed("acknowledged after", after)
    return _timed("nobody acknowledged it, first acted on after", after) or "nobody acknowledged it"


def _facts(report: Report) -> list[str]:
    incident = report.incident
    end = clock(incident.closed_at) if incident.closed_at else "still open"
    return [
        f"Began as {term(incident.first.situation)}: {incident.first.about.says}",
        f"Last seen healthy: {clock(incident.healthy_until)}. Opened: {clock(incident.opened_at)}. Closed: {end}.",
    ]


def _states(report: Report) -> list[tuple[str, str, str]]:
    return [(clock(at), word(State(primary)), word(State(secondary))) for at, primary, secondary in report.states]


def _lines(report: Report, name: Names) -> list[tuple[str, str, str, str]]:
    return [
        (clock(line.at), line.kind, name(line.who) if line.who else "", line.words) for line in readable(report, name)
    ]


def _people(report: Report, name: Names) -> list[tuple[str, str]]:
    """Return who did what, by name. If two have the same name, their ids are added."""
    people = timeline.people(readable(report, name))
    called = [name(who) for who, _ in people]
    return [
        (own if called.count(own) == 1 else f"{own} ({who})", did)
        for own, (who, did) in zip(called, people, strict=True)
    ]


def markdown(report: Report, name: Names) -> str:
    """Return the report for people. `name` turns an id into a name."""
    lines = [f"# Incident {report.incident.id}: {report.incident.pair}", "", *_facts(report)]
    lines += ["", "## How long", "", *(f"- {what}: {value}" for what, value in durations(report))]
    lines += ["", "## What happened", ""]
    lines += [
        f"- {at} · {kind} · {_literal(f'{who} ' if who else '')}{_literal(words)}"
        for at, kind, who, words in _lines(report, name)
    ]
    lines += ["", "## Both servers over time", "", "| since | Primary | Secondary |", "| --- | --- | --- |"]
    lines += [f"| {at} | {primary} | {secondary} |" for at, primary, secondary in _states(report)]
    lines += ["", "## Who did what", "", *(_literal(f"- {who}: {did}") for who, did in _people(report, name))]
    for title, text in report.transcripts:
        lines += ["", f"## Transcript: {title}", "", *(f"    {line}" for line in text.splitlines())]
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """Return text in which Markdown finds no HTML, no image and no link under another name."""
    return re.sub(r"([\\<\[])", r"\\\1", text)


def as_html(report: Report, name: Names, picture: Picture | None = None) -> str:
    """Return the same as a self-contained page, with the picture of both servers if there is one."""
    return page(
        f"Incident {report.incident.id}: {report.incident.pair}",
        _facts(report),
        [picture] if picture else (),
        (
            ("How long", ("", ""), durations(report)),
            ("What happened", ("at", "", "who", "what"), _lines(report, name)),
            ("Both servers over time", ("since", "Primary", "Secondary"), _states(report)),
            ("Who did what", ("", ""), _people(report, name)),
        ),
        report.transcripts,
    )


def as_json(report: Report, name: Names) -> str:
    """Return the report for machines: times in ISO 8601 and UTC, people by id, and a table of their names."""
    lines = readable(report, name)
    people = {who for who in (*(line.who for line in lines), report.incident.owner or "") if who}
    facts = asdict(report) | {"people": timeline.people(lines), "names": {who: name(who) for who in sorted(people)}}
    facts["timeline"] = [asdict(line) | {"words": line.words} for line in lines]
    return json.dumps(facts, indent=2, ensure_ascii=False, default=lambda value: value.isoformat()) + "\n"


FORMS: dict[str, Callable[[Report, Names, Picture | None], str]] = {
    "md": lambda report, name, _picture: markdown(report, name),
    "html": as_html,
    "json": lambda report, name, _picture: as_json(report, name),
}
