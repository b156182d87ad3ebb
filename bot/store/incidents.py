"""Incidents. What the bot sees opens them and keeps them current.

They close when both servers are seen healthy, or when the pair is no longer in the settings.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.incident import IncidentGroupView, IncidentView
from bot.domain.request import RunView
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.store import deterioration, incident_groups, maintenance, sightings
from bot.store.base import AuditKind, MessageKind, Store, audit, changed, enqueue_message, past, show_again
from bot.store.columns import read, value_of
from bot.store.requests import incident_key, tell_news
from bot.store.tables import Escalation, Incident, IncidentGroup, OutboxMessage, Run

TOLD = select(Incident.latest).where(col(Incident.pair) == bindparam("pair"), col(Incident.closed_at).is_(None))


def view(session: Session, row: Incident) -> IncidentView:
    """Return the row as the rest of the bot sees it. An open incident has the newest observation of the pair."""
    newest = Snapshot.from_json(row.latest)
    seen = sightings.newest_snapshot(session, row.pair) if row.closed_at is None else None
    return value_of(
        IncidentView,
        row,
        first=Snapshot.from_json(row.first),
        latest=seen if seen and seen.at >= newest.at else newest,
        told=newest,
    )


def get(store: Store, incident_id: int) -> IncidentView:
    """Return one incident. Raises Refusal where there is none."""
    with store.reading() as session:
        row = session.get(Incident, incident_id)
        if row is None:
            raise Refusal(RefusalCode.NO_INCIDENT, incident=incident_id)
        return view(session, row)


def open_incident(store: Store, pair: str) -> IncidentView | None:
    """Return the open incident of a pair, or None."""
    with store.reading() as session:
        row = _open(session, pair)
        return view(session, row) if row else None


def told(store: Store, pair: str) -> Snapshot | None:
    """Return what people were last told about the pair's open incident; None where there is none."""
    rows = read(store, TOLD, pair=pair)
    return Snapshot.from_json(rows[0].latest) if rows else None


def latest(store: Store, pair: str | None = None, most: int = 10) -> list[IncidentView]:
    """Return the newest incidents, newest first."""
    with store.reading() as session:
        rows = select(Incident).order_by(col(Incident.id).desc()).limit(most)
        rows_found = session.exec(rows.where(Incident.pair == pair) if pair else rows).all()
        return [view(session, row) for row in rows_found]


def recovered_by(store: Store, run: RunView) -> float | None:
    """Return the seconds from an alert to the end of its incident, if this run was the last one in it.

    An incident that a person opened had no alert.
    """
    around = (col(Incident.opened_at) <= run.started_at, col(Incident.closed_at) >= run.ended_at)
    with store.reading() as session:
        row = session.exec(select(Incident).where(Incident.pair == run.pair, *around)).first()
        if row is None or row.closed_at is None or row.opened_by or view(session, row).left:
            return None
        last = session.exec(_last_run(row)).first()
        return (row.closed_at - row.opened_at).total_seconds() if last == run.id else None


def _last_run(row: Incident) -> SelectOfScalar[Any]:
    within = (col(Run.started_at) >= row.opened_at, col(Run.started_at) <= row.closed_at)
    return select(Run.id).where(Run.pair == row.pair, *within).order_by(col(Run.id).desc()).limit(1)


def all_open(store: Store) -> list[IncidentView]:
    """Return every open incident, oldest first."""
    with store.reading() as session:
        return [view(session, row) for row in session.exec(_all_open().order_by(col(Incident.id)))]


def since(store: Store, start: datetime) -> list[IncidentView]:
    """Return the incidents that were open at some time since then, oldest first."""
    with store.reading() as session:
        rows = select(Incident).where(col(Incident.closed_at).is_(None) | (col(Incident.closed_at) >= start))
        return [view(session, row) for row in session.exec(rows.order_by(col(Incident.id)))]


def group(store: Store, group_id: int) -> IncidentGroupView:
    """Return one incident group with its incidents.

    It also has the same group's incidents in other channels, and the number of pairs in doubt.
    """
    now = store.now()
    with store.reading() as session:
        row = session.exec(select(IncidentGroup).where(IncidentGroup.id == group_id)).one()
        others = _of_groups(session, incident_groups.elsewhere(session, row))
        in_doubt = incident_groups.doubtful(session, now) if now - row.opened_at <= incident_groups.NEAR else ()
        here = _of_groups(session, [group_id])
        return IncidentGroupView(group_id, row.channel, row.opened_at, row.closed_at, here, others, len(in_doubt))


def _of_groups(session: Session, ids: Collection[int]) -> tuple[IncidentView, ...]:
    rows = select(Incident).where(col(Incident.group_id).in_(ids)).order_by(col(Incident.pair), col(Incident.id))
    newest = {row.pair: row for row in session.exec(rows)}  # of a pair that relapsed, only the newest incident counts
    return tuple(view(session, row) for row in newest.values())


def _all_open() -> SelectOfScalar[Incident]:
    return select(Incident).where(col(Incident.closed_at).is_(None))


def _open(session: Session, pair: str) -> Incident | None:
    return session.exec(select(Incident).where(Incident.pair == pair, col(Incident.closed_at).is_(None))).first()


def keep(store: Store, seen: Snapshot, channel: str, who: str | None = None, together: bool = False) -> None:
    """Bring the pair's incident in line with what is seen: open it, keep it current, or close it.

    `who` is a person who wants the incident opened, even for a healthy pair or in maintenance. A healthy observation
    closes an incident that was not healthy before, but not one that a person opened while the pair was healthy.

    With `together`, incidents that begin at once are told as one group. Without it, as for what a person observes by a
    command, the incident has its own message.
    """
    known = told(store, seen.pair)
    if known.point == seen.point if known else not who and seen.situation is SituationCode.HEALTHY:
        return
    try:
        _keep(store, seen, channel, who, together)
    except IntegrityError:  # another process has opened the incident, or its group, at this moment
        _keep(store, seen, channel, who, together)


def _keep(store: Store, seen: Snapshot, channel: str, who: str | None, together: bool) -> None:
    healthy = seen.situation is SituationCode.HEALTHY
    with store.writing() as session:
        row = _open(session, seen.pair)
        if row is None and (who or not (healthy or maintenance.in_force(session, seen.pair, store.now()))):
            _begin(session, store, seen, channel, who, together)
        elif row is not None and healthy and Snapshot.from_json(row.latest).situation is not SituationCode.HEALTHY:
            _end(session, store, row, seen, None)
        elif row is not None:
            _go_on(session, store, row, seen)


def close(store: Store, seen: Snapshot, who: str | None, state: str = "closed") -> None:
    """Close the pair's incident on a person's word, or with the state "left" where the pair is no longer in the
    settings.
    """
    with store.writing() as session:
        if row := _open(session, seen.pair):
            _end(session, store, row, seen, who, state)


def _begin(session: Session, store: Store, seen: Snapshot, channel: str, who: str | None, together: bool) -> None:
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
    if together:
        incident_groups.belongs(session, now, row)
    _told(session, now, row, "opened", who, seen)


def _go_on(session: Session, store: Store, row: Incident, seen: Snapshot) -> None:
    before, now = Snapshot.from_json(row.latest), store.now()
    as_before = _still_open(row).where(col(Incident.latest) == row.latest)
    if before.point == seen.point or not changed(session, as_before.values(latest=seen.as_json())):
        return
    session.refresh(row)
    _told(session, now, row, "seen", None, seen)
    deterioration.tell(session, now, row, before, seen, maintenance.in_force(session, row.pair, now) is not None)
    _escalations(session, now, row)


def _end(session: Session, store: Store, row: Incident, seen: Snapshot, who: str | None, state: str = "closed") -> None:
    now = store.now()
    if not changed(session, _still_open(row).values(closed_at=now, latest=seen.as_json())):
        return
    session.refresh(row)
    _told(session, now, row, state, who, seen)
    under = incident_key(row.id or 0, row.channel)
    for kind in (MessageKind.CLOSED, MessageKind.REPORT, MessageKind.PICTURE):
        enqueue_message(session, now, kind, to=row.channel, under=under, incident_id=row.id)
    _escalations(session, now, row)
    # Its last run says how long the incident took, too.
    end = update(OutboxMessage).where(col(OutboxMessage.kind) == MessageKind.END)
    show_again(session, end.where(col(OutboxMessage.run_id).in_(_last_run(row))), now)


def _still_open(row: Incident) -> Update:
    return update(Incident).where(col(Incident.id) == row.id, col(Incident.closed_at).is_(None))


def _told(session: Session, now: datetime, row: Incident, state: str, who: str | None, seen: Snapshot) -> None:
    details: dict[str, Any] = {"situation": seen.situation, "healthy_until": seen.healthy_until}
    details |= {"primary": seen.primary.state, "secondary": seen.secondary.state, "incident": row.id}
    audit(session, now, AuditKind.INCIDENT, pair=row.pair, who=who, state=state, **details)
    incident_groups.tell(session, now, row)
    incident_groups.show_head(session, now, row)


def _escalations(session: Session, now: datetime, row: Incident) -> None:
    """Redraw the escalation messages of this incident, so that those who got one see how it goes on."""
    statement = update(OutboxMessage).where(
        col(OutboxMessage.kind) == MessageKind.ESCALATION, col(OutboxMessage.incident_id) == row.id
    )
    show_again(session, statement, now)


def refresh(store: Store, incident_id: int) -> None:
    """Redraw the incident's first message."""
    with store.writing() as session:
        incident_groups.show_head(
            session, store.now(), session.exec(select(Incident).where(Incident.id == incident_id)).one()
        )


def take(store: Store, incident_id: int, who: str, owner: str) -> IncidentView:
    """Record who is responsible for the incident: the person `who`, or another person to whom it is handed over.

    Raises Refusal when the incident is closed.
    """
    now = store.now()
    mine = update(Incident).where(col(Incident.id) == incident_id, col(Incident.closed_at).is_(None))
    with store.writing() as session:
        if not changed(session, mine.values(owner=owner, owned_at=now)):
            raise Refusal(RefusalCode.INCIDENT_CLOSED)
        row = session.exec(select(Incident).where(Incident.id == incident_id)).one()
        number = tell_news(session, now, row.channel, incident_id) if who != owner else 0
        audit(session, now, AuditKind.OWNER, pair=row.pair, who=who, owner=owner, incident=incident_id, told=number)
        incident_groups.tell(session, now, row)
        incident_groups.show_head(session, now, row)
        _escalations(session, now, row)
        return view(session, row)


def note(store: Store, incident: IncidentView, who: str, words: str) -> None:
    """Add a person's note to the incident's timeline and thread."""
    now = store.now()
    with store.writing() as session:
        number = tell_news(session, now, incident.channel, incident.id)
        audit(session, now, AuditKind.NOTE, pair=incident.pair, who=who, words=words, incident=incident.id, told=number)


def nudge(store: Store, every: timedelta) -> int:
    """Post reminders of incidents that stay open, less often the longer they are open.

    Returns the number of reminders.

    The next reminder is due after `every`, or after a quarter of the incident's age, whichever is later.
    """
    now, count = store.now(), 0
    for row in _loud(store, _all_open().where(past(Incident.reminded_at, now, every))):
        if timedelta(0) <= now - row.reminded_at < (now - row.opened_at) / 4:
            continue
        once = update(Incident).where(col(Incident.id) == row.id, col(Incident.reminded_at) == row.reminded_at)
        with store.writing() as session:
            if changed(session, once.values(reminded_at=now)):
                # The reminder speaks for the whole group: when this pair is healthy again, no other one is due at once.
                if row.group_id:
                    all_of_it = update(Incident).where(col(Incident.group_id) == row.group_id)
                    session.execute(all_of_it.values(reminded_at=now))
                under = incident_key(row.id or 0, row.channel)
                enqueue_message(session, now, MessageKind.NUDGE, to=row.channel, under=under, incident_id=row.id)
                count += 1
    return count


def _loud(store: Store, late: SelectOfScalar[Incident]) -> list[Incident]:
    """Return those of these incidents of which people are reminded.

    Incidents in maintenance are left out. Of a group, only the first open incident counts.
    """
    quiet = maintenance.quiet(store)
    with store.reading() as session:
        firsts: dict[int | str, int | None] = {}
        for incident in session.exec(_all_open().where(col(Incident.pair).not_in(quiet)).order_by(col(Incident.id))):
            firsts.setdefault(incident.group_id or f"no storm but {incident.id}", incident.id)
        rows = session.exec(late.order_by(col(Incident.id)))
        return [row for row in rows if row.id in firsts.values()]


def escalate(store: Store, pair: str, after: timedelta, to: Collection[str]) -> bool:
    """Tell these people and channels, once, of an incident that nobody has taken in time.

    Returns whether anybody was told.

    Of an incident group, each of them is told only once.
    """
    now = store.now()
    untold = (col(Incident.owner).is_(None), col(Incident.closed_at).is_(None), col(Incident.escalated_at).is_(None))
    late = select(Incident).where(Incident.pair == pair, past(Incident.opened_at, now, after), *untold)
    with store.reading() as session:
        row = session.exec(late).first()
        if (
            row is None
            or maintenance.in_force(session, pair, now)
            or not set(to) - incident_groups.told_further(session, row)
        ):
            return False
    with store.writing() as session:
        row = session.exec(late.with_for_update()).first()
        if row is None:
            return False
        incident_groups.one_by_one(session, row)
        further = incident_groups.told_further(session, row)
        new = [person for person in to if person not in further]
        if not new:
            return False
        row.escalated_at = now
        session.add(row)
        audit(session, now, AuditKind.ESCALATED, pair=pair, incident=row.id, to=new)
        for person in new:
            session.add(Escalation(incident_id=row.id or 0, recipient=person, at=now))
            _further(session, now, row, person)
    return True


def _further(session: Session, now: datetime, row: Incident, to: str) -> None:
    """Post one escalation.

    A user group is mentioned in the incident's own thread, since nothing can be posted to a user group.
    """
    if to.startswith("S"):
        under = incident_key(row.id or 0, row.channel)
        enqueue_message(session, now, MessageKind.ESCALATION, to=row.channel, under=under, incident_id=row.id)
    else:
        enqueue_message(session, now, MessageKind.ESCALATION, to=to, incident_id=row.id)
