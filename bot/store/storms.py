"""Storms: incidents that begin together are told of in one message."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select, update

from bot.domain.situation import Name
from bot.store.base import About, PostKind, changed, post_key, want
from bot.store.tables import Incident, Maintenance, Sighting, Storm

STORM = 3  # pairs that get into trouble at once
NEAR = timedelta(minutes=2)
JOINS = timedelta(minutes=10)  # how long after its beginning others are still counted to it
NOW = timedelta(seconds=30)  # what was seen longer ago is no doubt of now


def storm_key(storm_id: int, channel: str) -> str:
    """The key of a storm's message, under which its incidents hang."""
    return post_key(PostKind.STORM, About(storm_id=storm_id), channel)


def belongs(session: Session, now: datetime, row: Incident) -> None:
    """Count a new incident to the storm it is part of, and open one where it is the last that was missing."""
    open_one = session.exec(select(Storm).where(Storm.channel == row.channel, col(Storm.closed_at).is_(None))).first()
    if open_one is None:
        near = _near(session, now, row)
        if len({one.pair for one in near} | _doubtful(session, now)) < STORM:
            return
        open_one = Storm(channel=row.channel, opened_at=now)
        session.add(open_one)
        session.flush()
        for one in near:
            if one.channel == row.channel:
                one.storm_id = open_one.id
                session.add(one)
    elif open_one.opened_at < now - JOINS:
        return
    row.storm_id = open_one.id
    session.add(row)
    session.flush()


def _near(session: Session, now: datetime, row: Incident) -> list[Incident]:
    rows = select(Incident).where(col(Incident.closed_at).is_(None), col(Incident.opened_at) >= now - NEAR)
    return [one for one in session.exec(rows) if one.storm_id is None or one.id == row.id]


def _doubtful(session: Session, now: datetime) -> set[str]:
    """The pairs that have just been seen otherwise than healthy for the first time."""
    newest = select(func.max(Sighting.id)).group_by(col(Sighting.pair))
    known = select(Incident.pair).where(col(Incident.closed_at).is_(None))
    quiet = select(Maintenance.pair).where(col(Maintenance.ended_at).is_(None), col(Maintenance.ends_at) > now)
    rows = select(Sighting.pair).where(
        col(Sighting.id).in_(newest),
        col(Sighting.situation) != Name.HEALTHY,
        col(Sighting.last_at) >= now - NOW,
        col(Sighting.first_at) >= now - NEAR,
        col(Sighting.pair).not_in(known),
        col(Sighting.pair).not_in(quiet),
    )
    return set(session.exec(rows))


def under(row: Incident) -> str | None:
    """The message under which an incident's own one hangs."""
    return storm_key(row.storm_id, row.channel) if row.storm_id else None


def tell(session: Session, now: datetime, row: Incident) -> None:
    """Have the storm of this incident drawn anew, and end it when all of its incidents are over."""
    if row.storm_id is None:
        return
    left = select(Incident.id).where(Incident.storm_id == row.storm_id, col(Incident.closed_at).is_(None))
    if session.exec(left).first() is None:
        over = update(Storm).where(col(Storm.id) == row.storm_id, col(Storm.closed_at).is_(None))
        changed(session, over.values(closed_at=now))
    want(session, now, PostKind.STORM, to=row.channel, storm_id=row.storm_id)
