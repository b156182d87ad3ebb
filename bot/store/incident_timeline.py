"""An incident's timeline, read back from the audit entries that were written as things happened."""

import json
from datetime import datetime
from operator import itemgetter

from sqlmodel import Session, col, or_, select

from bot.domain.incident import Durations, IncidentView, News, Report, TimelineEntry
from bot.domain.request import RequestView, RunView
from bot.domain.snapshot import Snapshot
from bot.store import maintenance, requests, runs
from bot.store.base import AuditKind, Store
from bot.store.tables import Approval, Audit, Request, Run
from bot.store.timeline_entries import timeline_entry

NEWS = (AuditKind.NOTE, AuditKind.OWNER, AuditKind.REVOKED)


def report(store: Store, incident: IncidentView) -> Report:
    """Return everything about an incident, from what it began with up to its end, or up to now."""
    entries = _entries(store, incident)
    asked = _requests(store, entries)
    actions = {request.id: request.action for request in asked}
    ran = [run for request in asked if (run := runs.of_request(store, request.id))]
    timeline = tuple(told for row in entries if (told := timeline_entry(row, actions.get(row.request_id or 0))))
    return Report(
        incident=incident,
        timeline=timeline,
        durations=_durations(incident, asked, ran, timeline, _told_from(store, incident)),
        states=_states(incident, entries, asked),
        transcripts=tuple((f"{run.action}, run {run.id}", run.transcript) for run in ran if run.transcript),
    )


def opened_because(store: Store, incident: IncidentView) -> str:
    """Return what the person who opened the incident said; empty where the bot opened it because of what it saw."""
    if not incident.opened_by:
        return ""
    rows = select(Audit.data).where(
        Audit.kind == AuditKind.NOTE, Audit.pair == incident.pair, Audit.who == incident.opened_by
    )
    with store.reading() as session:
        entry = session.exec(rows.where(col(Audit.at) >= incident.opened_at).order_by(col(Audit.id)).limit(1)).first()
    return str(json.loads(entry)["words"]) if entry else ""


def durations(store: Store, incident: IncidentView) -> Durations:
    """Return how long each part of an incident took."""
    return report(store, incident).durations


def concerned(store: Store, incident: IncidentView) -> tuple[str, ...]:
    """Return who took the incident, or requested or approved something in it, each person once."""
    asked = _requests(store, _entries(store, incident))
    people = [incident.owner, *(who for request in asked for who in (request.requester, *request.approved_by))]
    return tuple(dict.fromkeys(who for who in people if who))


def news(store: Store, incident: IncidentView, shown: int, wanted: int) -> list[News]:
    """Return what people noted, took back and handed over, numbered after `shown` and up to `wanted`."""
    rows = select(Audit).where(
        Audit.pair == incident.pair, col(Audit.kind).in_((AuditKind.NOTE, AuditKind.OWNER, AuditKind.REVOKED))
    )
    with store.reading() as session:
        entries = session.exec(rows.where(col(Audit.at) >= incident.opened_at).order_by(col(Audit.id))).all()
    entries_read = [(entry.who or "", json.loads(entry.data)) for entry in entries]
    told = [(who, said) for who, said in entries_read if shown < said.get("told", 0) <= wanted]
    return [News(who, *(said.get(name, "") for name in ("owner", "words", "stated_by"))) for who, said in told]


def done(store: Store, pair: str, since: datetime) -> list[tuple[datetime, str]]:
    """Return when something was requested, approved or run on a pair since then, oldest first.

    Each item is (moment, "asked", "approved" or "run").
    """
    approved = select(Approval.at).join(Request, col(Request.id) == col(Approval.request_id))
    kinds = {
        "asked": select(Request.created_at).where(Request.pair == pair, col(Request.created_at) >= since),
        "approved": approved.where(Request.pair == pair, col(Approval.at) >= since),
        "run": select(Run.sent_at).where(Run.pair == pair, col(Run.sent_at) >= since),
    }
    with store.reading() as session:
        times = [(at, kind) for kind, rows in kinds.items() for at in session.exec(rows) if at]
    return sorted(times, key=itemgetter(0))


def _entries(store: Store, incident: IncidentView) -> list[Audit]:
    """Return the audit entries of the pair during the incident, in order.

    Entries from outside this time are added where they belong to a request with an entry in the incident, to the
    command with which it began, or to the statements on which these rest.
    """
    with store.reading() as session:
        rows = select(Audit).where(Audit.pair == incident.pair)
        within = rows.where(col(Audit.at) >= incident.opened_at)
        if incident.closed_at:
            within = within.where(col(Audit.at) <= incident.closed_at)
        entries = {entry.id: entry for entry in session.exec(within)}
        asked = {entry.request_id for entry in entries.values() if entry.request_id} | _opening(session, incident)
        stated = (col(Audit.kind) == AuditKind.STATEMENT) & col(Audit.at).in_(_stated(session, incident, asked))
        led = rows.where(or_(col(Audit.request_id).in_(asked), stated))
        entries |= {entry.id: entry for entry in session.exec(led)}
    return [entries[entry_id] for entry_id in sorted(entries, key=lambda entry_id: entry_id or 0)]


def _opening(session: Session, incident: IncidentView) -> set[int]:
    """Return the request of a command that was running when the pair stopped being healthy.

    The incident began with it. Empty where there was none.
    """
    rows = select(Run.request_id).join(Request, col(Request.id) == col(Run.request_id))
    under_way = (
        Run.pair == incident.pair,
        col(Request.incident_id).is_(None),
        col(Run.sent_at) <= incident.opened_at,
        or_(col(Run.ended_at).is_(None), col(Run.ended_at) >= (incident.healthy_until or incident.opened_at)),
    )
    return set(session.exec(rows.where(*under_way)))


def _stated(session: Session, incident: IncidentView, asked: set[int]) -> set[datetime]:
    """Return when the statements were made on which the incident opened, or on which these requests rest."""
    rest = session.exec(select(Request.seen).where(col(Request.id).in_(asked)))
    return {statement.at for seen in (incident.first, *map(Snapshot.from_json, rest)) for statement in seen.statements}


def _requests(store: Store, entries: list[Audit]) -> list[RequestView]:
    asked = {entry.request_id for entry in entries if entry.request_id}
    with store.reading() as session:
        rows = select(Request).where(col(Request.id).in_(asked)).order_by(col(Request.id))
        return [requests.view(session, row) for row in session.exec(rows)]


def _told_from(store: Store, incident: IncidentView) -> datetime | None:
    """Return from when on the incident could have been told: when the pair was last seen healthy.

    A maintenance that ended after that, and before the incident opened, moves this to its end.
    """
    start = incident.healthy_until
    if start is None:
        return None
    ends = [end for _, end in maintenance.spans(store, incident.pair, start)]
    return max([start, *(end for end in ends if end <= incident.opened_at)])


def _durations(
    incident: IncidentView,
    asked: list[RequestView],
    ran: list[RunView],
    timeline: tuple[TimelineEntry, ...],
    told_from: datetime | None,
) -> Durations:
    people = [one.at for one in timeline if one.who and one.kind in ("said", "asked", "noted")]
    acknowledged = None if incident.opened_by else _between(incident.opened_at, min(people, default=None))
    waited = [
        (run.started_at - one.created_at).total_seconds() for one in asked for run in ran if run.request_id == one.id
    ]
    return Durations(
        detect=None if incident.by_hand else _between(told_from, incident.opened_at),
        acknowledge=acknowledged,
        decide=max(waited, default=None),
        recover=None if incident.left else _between(incident.opened_at, incident.closed_at),
    )


def _between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from start to end; None where either is missing.

    Zero where the end came first, as with what somebody began by their own act.
    """
    return max(0.0, (end - start).total_seconds()) if start and end else None


def _states(
    incident: IncidentView, entries: list[Audit], asked: list[RequestView]
) -> tuple[tuple[datetime, str, str], ...]:
    """Return both servers' states over time: (since, Primary, Secondary).

    The first comes from what was seen when a command was requested before the incident. An entry that did not change
    the states, such as a statement, has no row.
    """
    before = [one for one in asked if one.created_at < incident.opened_at]
    states = [(one.created_at, str(one.seen.primary.state), str(one.seen.secondary.state)) for one in before]
    for entry in entries:
        if entry.kind == "incident":
            data = json.loads(entry.data)
            states.append((entry.at, str(data["primary"]), str(data["secondary"])))
    return tuple(
        one for before, one in zip([None, *states], states, strict=False) if not before or before[1:] != one[1:]
    )
