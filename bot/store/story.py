"""The story of an incident, read back from the audit: it was written down as it happened."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlmodel import col, select

from bot.domain.incident import Durations, IncidentView, Line, Report
from bot.domain.request import RequestView, RunView, Stage
from bot.store import requests, runs
from bot.store.base import Store
from bot.store.tables import Approval, Audit, Request, Run


def report(store: Store, incident: IncidentView) -> Report:
    """Everything about an incident, up to its end or to now."""
    entries = _entries(store, incident)
    asked = _requests(store, incident)
    ran = [run for one in asked if (run := runs.of_request(store, one.id))]
    lines = tuple(line for entry in entries if (line := _line(entry, asked)))
    return Report(
        incident=incident,
        timeline=lines,
        durations=_durations(incident, asked, ran, lines),
        people=_people(entries),
        states=_states(entries),
        transcripts=tuple((f"{run.action}, run {run.id}", run.transcript) for run in ran if run.transcript),
    )


def durations(store: Store, incident: IncidentView) -> Durations:
    """How long each part of an incident took."""
    return report(store, incident).durations


def concerned(store: Store, incident: IncidentView) -> tuple[str, ...]:
    """Who took an incident, asked or approved in it, each once."""
    asked = _requests(store, incident)
    people = [incident.owner, *(who for one in asked for who in (one.requester, *one.approved_by))]
    return tuple(dict.fromkeys(who for who in people if who))


def done(store: Store, pair: str, since: datetime) -> list[tuple[datetime, str]]:
    """When something was asked, approved or run on a pair since then, as (moment, which of these), oldest first."""
    approved = select(Approval.at).join(Request, col(Request.id) == col(Approval.request_id))
    kinds = {
        "asked": select(Request.created_at).where(Request.pair == pair, col(Request.created_at) >= since),
        "approved": approved.where(Request.pair == pair, col(Approval.at) >= since),
        "run": select(Run.sent_at).where(Run.pair == pair, col(Run.sent_at) >= since),
    }
    with store.reading() as session:
        found = [(at, kind) for kind, rows in kinds.items() for at in session.exec(rows) if at]
    return sorted(found, key=itemgetter(0))


def _entries(store: Store, incident: IncidentView) -> list[Audit]:
    with store.reading() as session:
        rows = select(Audit).where(Audit.pair == incident.pair, col(Audit.at) >= incident.opened_at)
        if incident.closed_at:
            rows = rows.where(col(Audit.at) <= incident.closed_at)
        return list(session.exec(rows.order_by(col(Audit.id))))


def _requests(store: Store, incident: IncidentView) -> list[RequestView]:
    with store.reading() as session:
        rows = select(Request).where(Request.incident_id == incident.id).order_by(col(Request.id))
        return [requests.view(session, row) for row in session.exec(rows)]


def _line(entry: Audit, asked: Iterable[RequestView]) -> Line | None:
    data: Mapping[str, Any] = json.loads(entry.data)
    action = next((one.action for one in asked if one.id == entry.request_id), "a command")
    who, at, state = entry.who or "", entry.at, entry.state or ""
    match entry.kind:
        case "incident":
            states = f"Primary {data['primary']}, Secondary {data['secondary']}"
            words = {"opened": "Incident opened", "seen": "Seen", "closed": "Incident closed"}[state]
            return Line(at, "seen", who, f"{words}: {data['situation']} ({states})")
        case "owner":
            return Line(at, "said", data["owner"], "is on it")
        case "note":
            return Line(at, "noted", who, data["words"])
        case "statement":
            return Line(at, "said", who, f"stated ({data['statement']}): {data['words']}")
        case "revoked":
            return Line(at, "said", who, f"took back ({data['statement']})")
        case "host key":
            return Line(at, "said", who, f"host key of the {data.get('role', 'server')}: {state}")
        case "request":
            return _request_line(entry, action, state, data)
        case "run" if data.get("words"):
            return Line(at, "run", who, f"{action}: {state}. {data['words']}")
        case "run":
            return Line(at, "run", who, f"{action}: {state}")
        case _:
            return None


def _request_line(entry: Audit, action: str, state: str, data: Mapping[str, Any]) -> Line | None:
    who = entry.who or ""
    match Stage(state):
        case Stage.PENDING if "reason" in data:
            return Line(entry.at, "asked", who, f"asked for {action}: {data['reason']}")
        case Stage.PENDING | Stage.APPROVED | Stage.WAITING:
            return Line(entry.at, "approved", who, f"approved {action}")
        case Stage.STARTED:
            return None
        case stage:
            return Line(entry.at, "asked", who, f"{action}: {stage}" + (f": {data['why']}" if data.get("why") else ""))


def _durations(
    incident: IncidentView, asked: list[RequestView], ran: list[RunView], lines: tuple[Line, ...]
) -> Durations:
    people = [line.at for line in lines if line.who and line.kind in ("said", "asked", "noted")]
    waited = [
        (run.started_at - one.created_at).total_seconds() for one in asked for run in ran if run.request_id == one.id
    ]
    return Durations(
        detect=_between(incident.healthy_until, incident.opened_at),
        acknowledge=_between(incident.opened_at, min(people, default=None)),
        decide=max(waited, default=None),
        recover=_between(incident.opened_at, incident.closed_at),
    )


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None


def _people(entries: list[Audit]) -> tuple[tuple[str, str], ...]:
    """Who did what: (person, the kinds of things they did)."""
    did: dict[str, dict[str, None]] = {}
    for entry in entries:
        if entry.who:
            did.setdefault(entry.who, {})[f"{entry.kind} {entry.state or ''}".strip()] = None
    return tuple((who, ", ".join(things)) for who, things in did.items())


def _states(entries: list[Audit]) -> tuple[tuple[datetime, str, str], ...]:
    """Both servers' states over time: (since, Primary, Secondary)."""
    found = []
    for entry in entries:
        if entry.kind == "incident":
            data = json.loads(entry.data)
            found.append((entry.at, str(data["primary"]), str(data["secondary"])))
    return tuple(found)
