"""An open incident that gets worse is told of anew: an edit of its message reaches nobody."""

import json
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.domain.incident import worse
from bot.domain.situation import Name
from bot.domain.snapshot import Snapshot
from bot.store import maintenance, storms
from bot.store.base import PostKind, audit, want
from bot.store.requests import incident_key
from bot.store.tables import Audit, Incident, Storm

AGAIN = timedelta(minutes=30)  # within which the same is not told again: a pair may go to and fro
TOGETHER = (Name.PRIMARIES_SILENT, Name.MY_NETWORK)  # they speak of several pairs: a channel hears it once


def tell(session: Session, now: datetime, row: Incident, before: Snapshot, seen: Snapshot) -> None:
    """Have a new message posted in the incident's thread, once for each time that it gets worse."""
    if not worse(before, seen) or maintenance.in_force(session, row.pair, now) or _told(session, now, row, seen):
        return
    if _storming(session, now, row, seen):
        return
    audit(session, now, "worse", pair=row.pair, situation=seen.situation, incident=row.id)
    under = incident_key(row.id or 0, row.channel)
    want(session, now, PostKind.WORSE, to=row.channel, under=under, incident_id=row.id)


def _storming(session: Session, now: datetime, row: Incident, seen: Snapshot) -> bool:
    """Whether the channel has just heard of it by a storm's message; two active servers are told of all the same."""
    if seen.situation is Name.SPLIT_BRAIN:
        return False
    here = col(Storm.channel) == row.channel if seen.situation in TOGETHER else col(Storm.id) == row.storm_id
    return storms.gathers(session, now, here)


def _told(session: Session, now: datetime, row: Incident, seen: Snapshot) -> bool:
    said, here = {"situation": seen.situation, "incident": row.id}, col(Audit.pair) == row.pair
    if seen.situation in TOGETHER:
        open_here = col(Incident.closed_at).is_(None) & (col(Incident.channel) == row.channel)
        said, here = {"situation": seen.situation}, col(Audit.pair).in_(select(Incident.pair).where(open_here))
    rows = select(Audit.data).where(Audit.kind == "worse", here, col(Audit.at) > now - AGAIN)
    return any(said.items() <= json.loads(data).items() for data in session.exec(rows))
