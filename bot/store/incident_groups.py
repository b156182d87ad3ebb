"""Incident groups: incidents that begin together are told in one message.

The table and the message kind are called `storm`.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select, update

from bot.domain.situation import SituationCode
from bot.store.base import MessageKind, MessageSubject, changed, enqueue_message, post_key
from bot.store.tables import Escalation, Incident, IncidentGroup, Maintenance, Sighting

STORM = 3  # pairs that must get into trouble at once to make a group
NEAR = timedelta(minutes=2)
JOINS = timedelta(minutes=10)  # how long after a group began other incidents still join it
NOW = timedelta(seconds=30)  # a pair that was last seen longer ago is not counted as in doubt now
SAME = timedelta(seconds=30)  # groups of several channels that begin this close to each other are the same group


def storm_key(group_id: int, channel: str) -> str:
    """Return the key of a group's message, in whose thread its incidents are posted."""
    return post_key(MessageKind.INCIDENT_GROUP, MessageSubject(group_id=group_id), channel)


def belongs(session: Session, now: datetime, row: Incident) -> None:
    """Put a new incident into the open group, or begin a group if this pair makes it large enough.

    Pairs are counted over all channels. Each channel with one of them has a group message of its own.
    """
    members = [row]
    if not gathers(session, now):
        members = _near(session, now, row)
        if len({member.pair for member in members} | doubtful(session, now)) < STORM:
            return
    # In a fixed order, so that two processes that do this at once cannot deadlock.
    groups = {channel: _of_channel(session, now, channel) for channel in sorted({member.channel for member in members})}
    for member in members:
        member.group_id = groups[member.channel]
        session.add(member)
    session.flush()


def gathers(session: Session, now: datetime, *which: ColumnElement[bool]) -> bool:
    """Whether there is an open group that other incidents still join.

    Such a group began so recently that people have just read its message.
    """
    taking = select(IncidentGroup.id).where(
        col(IncidentGroup.closed_at).is_(None), col(IncidentGroup.opened_at) >= now - JOINS, *which
    )
    return session.exec(taking).first() is not None


def _of_channel(session: Session, now: datetime, channel: str) -> int | None:
    """Return the channel's group that incidents still join, and begin one where there is none.

    A group that is older than JOINS is closed, even if pairs of it are not healthy yet.
    """
    is_open = (col(IncidentGroup.channel) == channel, col(IncidentGroup.closed_at).is_(None))
    changed(
        session, update(IncidentGroup).where(*is_open, col(IncidentGroup.opened_at) < now - JOINS).values(closed_at=now)
    )
    row = session.exec(select(IncidentGroup).where(*is_open)).first()
    if row is None:
        row = IncidentGroup(channel=channel, opened_at=_since(session, now))
        session.add(row)
        session.flush()
    return row.id


def _since(session: Session, now: datetime) -> datetime:
    """Return when the group began, in whichever channel.

    By this time the group's messages in several channels are matched.
    """
    began = select(func.min(IncidentGroup.opened_at))
    return (
        session.exec(
            began.where(col(IncidentGroup.closed_at).is_(None), col(IncidentGroup.opened_at) >= now - JOINS)
        ).one()
        or now
    )


def _near(session: Session, now: datetime, row: Incident) -> list[Incident]:
    rows = select(Incident).where(col(Incident.closed_at).is_(None), col(Incident.opened_at) >= now - NEAR)
    return [incident for incident in session.exec(rows) if incident.group_id is None or incident.id == row.id]


def elsewhere(session: Session, row: IncidentGroup) -> list[int]:
    """Return the same group in other channels. Two processes may have begun it there at slightly different times."""
    same = col(IncidentGroup.opened_at).between(row.opened_at - SAME, row.opened_at + SAME)
    others = select(IncidentGroup).where(IncidentGroup.channel != row.channel, same).order_by(col(IncidentGroup.id))
    return [incident.id or 0 for incident in session.exec(others)]


def doubtful(session: Session, now: datetime) -> set[str]:
    """Return the pairs that were just seen otherwise than healthy for the first time.

    Pairs with an open incident or in maintenance are left out.
    """
    newest = select(func.max(Sighting.id)).group_by(col(Sighting.pair))
    known = select(Incident.pair).where(col(Incident.closed_at).is_(None))
    quiet = select(Maintenance.pair).where(col(Maintenance.ended_at).is_(None), col(Maintenance.ends_at) > now)
    rows = select(Sighting.pair).where(
        col(Sighting.id).in_(newest),
        col(Sighting.situation) != SituationCode.HEALTHY,
        col(Sighting.last_at) >= now - NOW,
        col(Sighting.first_at) >= now - NEAR,
        col(Sighting.pair).not_in(known),
        col(Sighting.pair).not_in(quiet),
    )
    return set(session.exec(rows))


def one_by_one(session: Session, row: Incident) -> None:
    """Lock the incident's group until the end of this transaction.

    So two escalations from the same group happen one after the other.
    """
    session.exec(
        select(IncidentGroup)
        .where(col(IncidentGroup.id).in_(_same(session, row)))
        .order_by(col(IncidentGroup.id))
        .with_for_update()
    )


def told_further(session: Session, row: Incident) -> set[str]:
    """Return the people and channels to which an open incident of the same group was escalated."""
    rows = select(Escalation.recipient).join(Incident, col(Incident.id) == Escalation.incident_id)
    return set(
        session.exec(rows.where(col(Incident.group_id).in_(_same(session, row)), col(Incident.closed_at).is_(None)))
    )


def _same(session: Session, row: Incident) -> list[int]:
    """Return the ids of an incident's group in each channel, sorted; empty where the incident is in no group."""
    if row.group_id is None:
        return []
    here = session.exec(select(IncidentGroup).where(IncidentGroup.id == row.group_id)).one()
    return sorted([row.group_id, *elsewhere(session, here)])


def under(row: Incident) -> str | None:
    """Return the key of the group's message, under which the incident's own message is posted; None without a group."""
    return storm_key(row.group_id, row.channel) if row.group_id else None


def show_head(session: Session, now: datetime, row: Incident) -> None:
    """Redraw the incident's own message."""
    enqueue_message(session, now, MessageKind.INCIDENT, to=row.channel, under=under(row), incident_id=row.id)


def seen_anew(session: Session, now: datetime, pair: str) -> None:
    """Redraw the messages about the pair's open incident, if there is one."""
    row = session.exec(select(Incident).where(Incident.pair == pair, col(Incident.closed_at).is_(None))).first()
    if row:
        tell(session, now, row)
        show_head(session, now, row)


def tell(session: Session, now: datetime, row: Incident) -> None:
    """Redraw the group of this incident in each channel.

    The group is closed in this channel when all its incidents here are closed.
    """
    if row.group_id is None:
        return
    left = select(Incident.id).where(Incident.group_id == row.group_id, col(Incident.closed_at).is_(None))
    if session.exec(left).first() is None:
        over = update(IncidentGroup).where(
            col(IncidentGroup.id) == row.group_id, col(IncidentGroup.closed_at).is_(None)
        )
        changed(session, over.values(closed_at=now))
    for group in session.exec(
        select(IncidentGroup).where(col(IncidentGroup.id).in_(_same(session, row))).order_by(col(IncidentGroup.id))
    ):
        enqueue_message(session, now, MessageKind.INCIDENT_GROUP, to=group.channel, group_id=group.id)
