"""Incidents: opened by what is seen, kept current, closed only by both servers seen healthy."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from bot.domain.errors import Reason, Refusal
from bot.domain.incident import IncidentView
from bot.domain.situation import Name
from bot.domain.snapshot import Snapshot
from bot.store.base import PostKind, Store, audit, changed, want
from bot.store.requests import incident_key
from bot.store.tables import Incident


def view(row: Incident) -> IncidentView:
    """The row as the rest of the bot sees it."""
    return IncidentView(
        id=row.id or 0,
        pair=row.pair,
        channel=row.channel,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        first=Snapshot.from_json(row.first),
        latest=Snapshot.from_json(row.latest),
        healthy_until=row.healthy_until,
        owner=row.owner,
        owned_at=row.owned_at,
        closed_at=row.closed_at,
    )


def get(store: Store, incident_id: int) -> IncidentView:
    """One incident; refuses where there is none."""
    with store.reading() as session:
        row = session.get(Incident, incident_id)
        if row is None:
            raise Refusal(Reason.GONE, f"I have no record of incident {incident_id}.")
        return view(row)


def open_incident(store: Store, pair: str) -> IncidentView | None:
    """The open incident of a pair."""
    with store.reading() as session:
        row = _open(session, pair)
        return view(row) if row else None


def latest(store: Store, pair: str | None = None, most: int = 10) -> list[IncidentView]:
    """The newest incidents first."""
    with store.reading() as session:
        rows = select(Incident).order_by(col(Incident.id).desc()).limit(most)
        found = session.exec(rows.where(Incident.pair == pair) if pair else rows).all()
        return [view(row) for row in found]


def _open(session: Session, pair: str) -> Incident | None:
    return session.exec(select(Incident).where(Incident.pair == pair, col(Incident.closed_at).is_(None))).first()


def keep(store: Store, seen: Snapshot, channel: str, who: str | None = None) -> None:
    """Bring the pair's incident in line with what is seen: open it, keep it current, or close it.

    `who` opens one also for a healthy pair; what is healthy closes whatever is open.
    """
    healthy = seen.situation is Name.HEALTHY
    try:
        with store.writing() as session:
            row = _open(session, seen.pair)
            if row is None and (who or not healthy):
                _begin(session, store, seen, channel, who)
            elif row is not None and healthy:
                _end(session, store, row, seen)
            elif row is not None and Snapshot.from_json(row.latest).key != seen.key:
                _go_on(session, store, row, seen)
    except IntegrityError:
        return  # somebody else has opened it in this moment
    store.woken()


def _begin(session: Session, store: Store, seen: Snapshot, channel: str, who: str | None) -> None:
    now = store.now()
    row = Incident(
        pair=seen.pair,
        channel=channel,
        opened_at=now,
        opened_by=who,
        first=seen.as_json(),
        latest=seen.as_json(),
        healthy_until=seen.healthy_until,
        reminded_at=now,
    )
    session.add(row)
    session.flush()
    _told(session, store, row, "opened", who, seen)


def _go_on(session: Session, store: Store, row: Incident, seen: Snapshot) -> None:
    row.latest = seen.as_json()
    session.add(row)
    _told(session, store, row, "seen", None, seen)


def _end(session: Session, store: Store, row: Incident, seen: Snapshot) -> None:
    now = store.now()
    if not changed(session, _still_open(row).values(closed_at=now, latest=seen.as_json())):
        return
    session.refresh(row)
    _told(session, store, row, "closed", None, seen)
    under = incident_key(row.id or 0, row.channel)
    for kind in (PostKind.CLOSED, PostKind.REPORT, PostKind.PICTURE):
        want(session, now, kind, to=row.channel, under=under, incident_id=row.id)


def _still_open(row: Incident) -> Update:
    return update(Incident).where(col(Incident.id) == row.id, col(Incident.closed_at).is_(None))


def _told(session: Session, store: Store, row: Incident, state: str, who: str | None, seen: Snapshot) -> None:
    now = store.now()
    said: dict[str, Any] = {"situation": seen.situation, "healthy_until": seen.healthy_until}
    said |= {"primary": seen.primary.state, "secondary": seen.secondary.state, "incident": row.id}
    audit(session, now, "incident", pair=row.pair, who=who, state=state, **said)
    want(session, now, PostKind.INCIDENT, to=row.channel, incident_id=row.id)


def refresh(store: Store, incident_id: int) -> None:
    """Have the head message drawn anew."""
    with store.writing() as session:
        row = session.exec(select(Incident).where(Incident.id == incident_id)).one()
        want(session, store.now(), PostKind.INCIDENT, to=row.channel, incident_id=row.id)
    store.woken()


def take(store: Store, incident_id: int, who: str, owner: str) -> IncidentView:
    """Say who is on it: oneself, or somebody it is handed over to; refuses when it is closed."""
    now = store.now()
    mine = update(Incident).where(col(Incident.id) == incident_id, col(Incident.closed_at).is_(None))
    with store.writing() as session:
        if not changed(session, mine.values(owner=owner, owned_at=now)):
            raise Refusal(Reason.DECIDED, "That incident is closed. Nothing was done.")
        row = session.exec(select(Incident).where(Incident.id == incident_id)).one()
        audit(session, now, "owner", pair=row.pair, who=who, owner=owner, incident=incident_id)
        want(session, now, PostKind.INCIDENT, to=row.channel, incident_id=row.id)
        found = view(row)
    store.woken()
    return found


def note(store: Store, incident: IncidentView, who: str, words: str) -> None:
    """Add a person's note to the story."""
    with store.writing() as session:
        audit(session, store.now(), "note", pair=incident.pair, who=who, words=words, incident=incident.id)


def nudge(store: Store, every: timedelta) -> int:
    """Remind of incidents that stay open; the number of reminders."""
    now, count = store.now(), 0
    with store.reading() as session:
        late = select(Incident).where(col(Incident.closed_at).is_(None), col(Incident.reminded_at) <= now - every)
        rows = list(session.exec(late))
    for row in rows:
        once = update(Incident).where(col(Incident.id) == row.id, col(Incident.reminded_at) == row.reminded_at)
        with store.writing() as session:
            if changed(session, once.values(reminded_at=now)):
                under = incident_key(row.id or 0, row.channel)
                want(session, now, PostKind.NUDGE, to=row.channel, under=under, incident_id=row.id)
                count += 1
    if count:
        store.woken()
    return count
