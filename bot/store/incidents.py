"""Incidents: opened by what is seen, kept current, closed by both servers seen healthy, or when the pair is gone."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.errors import Reason, Refusal
from bot.domain.incident import IncidentGroupView, IncidentView
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.store import deterioration, incident_groups, last_sighting, maintenance
from bot.store.base import MessageKind, Store, audit, changed, due_again, enqueue_message, past
from bot.store.columns import read
from bot.store.requests import incident_key, tell_news
from bot.store.tables import Incident, IncidentGroup, OutboxMessage

TOLD = select(Incident.latest).where(col(Incident.pair) == bindparam("pair"), col(Incident.closed_at).is_(None))


def view(session: Session, row: Incident) -> IncidentView:
    """The row as the rest of the bot sees it; while it is open, with the newest look at the pair."""
    told = Snapshot.from_json(row.latest)
    seen = last_sighting.newest_snapshot(session, row.pair) if row.closed_at is None else None
    return IncidentView(
        id=row.id or 0,
        pair=row.pair,
        channel=row.channel,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        first=Snapshot.from_json(row.first),
        latest=seen if seen and seen.at >= told.at else told,
        told=told,
        healthy_until=row.healthy_until,
        owner=row.owner,
        owned_at=row.owned_at,
        closed_at=row.closed_at,
        escalated_at=row.escalated_at,
        storm_id=row.storm_id,
    )


def get(store: Store, incident_id: int) -> IncidentView:
    """One incident; refuses where there is none."""
    with store.reading() as session:
        row = session.get(Incident, incident_id)
        if row is None:
            raise Refusal(Reason.GONE, f"I have no record of incident {incident_id}.")
        return view(session, row)


def open_incident(store: Store, pair: str) -> IncidentView | None:
    """The open incident of a pair."""
    with store.reading() as session:
        row = _open(session, pair)
        return view(session, row) if row else None


def told(store: Store, pair: str) -> Snapshot | None:
    """What people were told last of the pair's open incident; None where there is none."""
    rows = read(store, TOLD, pair=pair)
    return Snapshot.from_json(rows[0].latest) if rows else None


def latest(store: Store, pair: str | None = None, most: int = 10) -> list[IncidentView]:
    """The newest incidents first."""
    with store.reading() as session:
        rows = select(Incident).order_by(col(Incident.id).desc()).limit(most)
        found = session.exec(rows.where(Incident.pair == pair) if pair else rows).all()
        return [view(session, row) for row in found]


def all_open(store: Store) -> list[IncidentView]:
    """Every open incident, the oldest first."""
    with store.reading() as session:
        return [view(session, row) for row in session.exec(_all_open().order_by(col(Incident.id)))]


def since(store: Store, start: datetime) -> list[IncidentView]:
    """The incidents that were open at some time since then, the oldest first."""
    with store.reading() as session:
        rows = select(Incident).where(col(Incident.closed_at).is_(None) | (col(Incident.closed_at) >= start))
        return [view(session, row) for row in session.exec(rows.order_by(col(Incident.id)))]


def storm(store: Store, storm_id: int) -> IncidentGroupView:
    """One storm with its incidents, and with what is known of it beside them."""
    now = store.now()
    with store.reading() as session:
        row = session.exec(select(IncidentGroup).where(IncidentGroup.id == storm_id)).one()
        others = _of_storms(session, incident_groups.elsewhere(session, row))
        in_doubt = incident_groups.doubtful(session, now) if now - row.opened_at <= incident_groups.NEAR else ()
        here = _of_storms(session, [storm_id])
        return IncidentGroupView(storm_id, row.channel, row.opened_at, row.closed_at, here, others, len(in_doubt))


def _of_storms(session: Session, ids: Collection[int]) -> tuple[IncidentView, ...]:
    rows = select(Incident).where(col(Incident.storm_id).in_(ids)).order_by(col(Incident.pair), col(Incident.id))
    newest = {one.pair: one for one in session.exec(rows)}  # of a pair that relapsed
    return tuple(view(session, one) for one in newest.values())


def _all_open() -> SelectOfScalar[Incident]:
    return select(Incident).where(col(Incident.closed_at).is_(None))


def _open(session: Session, pair: str) -> Incident | None:
    return session.exec(select(Incident).where(Incident.pair == pair, col(Incident.closed_at).is_(None))).first()


def keep(store: Store, seen: Snapshot, channel: str, who: str | None = None, together: bool = False) -> None:
    """Bring the pair's incident in line with what is seen: open it, keep it current, or close it.

    `who` opens one also for a healthy pair, or in maintenance; what is healthy closes what has been otherwise, not what
    a person opened though it was. `together` tells of several that begin at once as one: what somebody has looked
    up by hand they find under its own name.
    """
    known = told(store, seen.pair)
    if known.point == seen.point if known else not who and seen.situation is SituationCode.HEALTHY:
        return
    try:
        _keep(store, seen, channel, who, together)
    except IntegrityError:  # somebody else has opened it, or its storm, in this moment
        _keep(store, seen, channel, who, together)
    store.woken()


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
    """Close the incident of a healthy pair on a person's word, or by "left" one whose pair the settings do not have."""
    with store.writing() as session:
        if row := _open(session, seen.pair):
            _end(session, store, row, seen, who, state)
    store.woken()


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


def _still_open(row: Incident) -> Update:
    return update(Incident).where(col(Incident.id) == row.id, col(Incident.closed_at).is_(None))


def _told(session: Session, now: datetime, row: Incident, state: str, who: str | None, seen: Snapshot) -> None:
    said: dict[str, Any] = {"situation": seen.situation, "healthy_until": seen.healthy_until}
    said |= {"primary": seen.primary.state, "secondary": seen.secondary.state, "incident": row.id}
    audit(session, now, "incident", pair=row.pair, who=who, state=state, **said)
    incident_groups.tell(session, now, row)
    incident_groups.show_head(session, now, row)


def _escalations(session: Session, now: datetime, row: Incident) -> None:
    """Whoever was told further is told how it went on, where they were told."""
    told = update(OutboxMessage).where(
        col(OutboxMessage.kind) == MessageKind.ESCALATION, col(OutboxMessage.incident_id) == row.id
    )
    session.execute(told.values(**due_again(now)))


def refresh(store: Store, incident_id: int) -> None:
    """Have the head message drawn anew."""
    with store.writing() as session:
        incident_groups.show_head(
            session, store.now(), session.exec(select(Incident).where(Incident.id == incident_id)).one()
        )
    store.woken()


def take(store: Store, incident_id: int, who: str, owner: str) -> IncidentView:
    """Say who is on it: oneself, or somebody it is handed over to; refuses when it is closed."""
    now = store.now()
    mine = update(Incident).where(col(Incident.id) == incident_id, col(Incident.closed_at).is_(None))
    with store.writing() as session:
        if not changed(session, mine.values(owner=owner, owned_at=now)):
            raise Refusal(Reason.DECIDED, "That incident is closed. Nothing was done.")
        row = session.exec(select(Incident).where(Incident.id == incident_id)).one()
        told = tell_news(session, now, row.channel, incident_id) if who != owner else 0
        audit(session, now, "owner", pair=row.pair, who=who, owner=owner, incident=incident_id, told=told)
        incident_groups.tell(session, now, row)
        incident_groups.show_head(session, now, row)
        _escalations(session, now, row)
        found = view(session, row)
    store.woken()
    return found


def note(store: Store, incident: IncidentView, who: str, words: str) -> None:
    """Add a person's note to the story, and to the thread."""
    now = store.now()
    with store.writing() as session:
        told = tell_news(session, now, incident.channel, incident.id)
        audit(session, now, "note", pair=incident.pair, who=who, words=words, incident=incident.id, told=told)
    store.woken()


def nudge(store: Store, every: timedelta) -> int:
    """Remind of incidents that stay open, less often the longer they do; the number of reminders."""
    now, count = store.now(), 0
    for row in _loud(store, _all_open().where(past(Incident.reminded_at, now, every))):
        if timedelta(0) <= now - row.reminded_at < (now - row.opened_at) / 4:
            continue
        once = update(Incident).where(col(Incident.id) == row.id, col(Incident.reminded_at) == row.reminded_at)
        with store.writing() as session:
            if changed(session, once.values(reminded_at=now)):
                if row.storm_id:  # it speaks for all of them: when its pair is well again, no other is due at once
                    all_of_it = update(Incident).where(col(Incident.storm_id) == row.storm_id)
                    session.execute(all_of_it.values(reminded_at=now))
                under = incident_key(row.id or 0, row.channel)
                enqueue_message(session, now, MessageKind.NUDGE, to=row.channel, under=under, incident_id=row.id)
                count += 1
    if count:
        store.woken()
    return count


def _loud(store: Store, late: SelectOfScalar[Incident]) -> list[Incident]:
    """Those that people are reminded of: not in maintenance, and of a storm only the first of these."""
    quiet = maintenance.quiet(store)
    with store.reading() as session:
        firsts: dict[int | str, int | None] = {}
        for one in session.exec(_all_open().where(col(Incident.pair).not_in(quiet)).order_by(col(Incident.id))):
            firsts.setdefault(one.storm_id or f"no storm but {one.id}", one.id)
        rows = session.exec(late.order_by(col(Incident.id)))
        return [row for row in rows if row.id in firsts.values()]


def escalate(store: Store, pair: str, after: timedelta, to: Collection[str]) -> bool:
    """Tell these people and channels of an incident that nobody has taken in time, once; of a storm, each of them
    once. Whether anybody was told.
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
        told = incident_groups.told_further(session, row)
        new = [one for one in to if one not in told]
        if not new:
            return False
        row.escalated_at = now
        session.add(row)
        audit(session, now, "escalated", pair=pair, incident=row.id, to=new)
        for one in new:
            _further(session, now, row, one)
    store.woken()
    return True


def _further(session: Session, now: datetime, row: Incident, to: str) -> None:
    """A user group is mentioned in the incident's own thread, since nothing can be posted to a group."""
    if to.startswith("S"):
        under = incident_key(row.id or 0, row.channel)
        enqueue_message(session, now, MessageKind.ESCALATION, to=row.channel, under=under, incident_id=row.id)
    else:
        enqueue_message(session, now, MessageKind.ESCALATION, to=to, incident_id=row.id)
