"""An incident's report, as Markdown, HTML and JSON; pure."""

import html
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from bot.domain.incident import Report
from bot.domain.words import span

Names = Callable[[str], str]


def _clock(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "–"


def durations(report: Report) -> list[tuple[str, str]]:
    """The four durations in words; the first one is an upper bound."""
    found = report.durations
    rows = (
        ("detected within", found.detect),
        ("acknowledged after", found.acknowledge),
        ("decided within", found.decide),
        ("recovered after", found.recover),
    )
    return [(name, span(value) if value is not None else "not known") for name, value in rows]


def markdown(report: Report, name: Names) -> str:
    """The report for people; `name` turns an id into a name."""
    incident = report.incident
    end = _clock(incident.closed_at) if incident.closed_at else "still open"
    lines = [
        f"# Incident {incident.id}: {incident.pair}",
        "",
        f"Began as {incident.first.situation}: {incident.first.about.says}",
        f"Last seen healthy: {_clock(incident.healthy_until)}. Opened: {_clock(incident.opened_at)}. Closed: {end}.",
        "",
        "## How long",
        "",
        *(f"- {what}: {value}" for what, value in durations(report)),
        "",
        "## What happened",
        "",
        *(
            f"- {_clock(line.at)} · {line.kind} · {f'{name(line.who)} ' if line.who else ''}{line.words}"
            for line in report.timeline
        ),
        "",
        "## Who did what",
        "",
        *(f"- {name(who)}: {did}" for who, did in report.people),
    ]
    for title, text in report.transcripts:
        lines += ["", f"## Transcript: {title}", "", *(f"    {line}" for line in text.splitlines())]
    return "\n".join(lines) + "\n"


def as_html(report: Report, name: Names) -> str:
    """The same as a page of its own."""
    text = html.escape(markdown(report, name))
    title = f"Incident {report.incident.id}: {html.escape(report.incident.pair)}"
    style = "body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"<body><pre>{text}</pre></body></html>\n"
    )


def as_json(report: Report) -> str:
    """The report for machines; times in ISO 8601, UTC."""
    return json.dumps(asdict(report), indent=2, ensure_ascii=False, default=lambda value: value.isoformat()) + "\n"


FORMS: dict[str, Callable[[Report, Names], str]] = {
    "md": markdown,
    "html": as_html,
    "json": lambda report, _name: as_json(report),
}
