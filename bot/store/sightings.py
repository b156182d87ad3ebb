"""What was seen of a pair last, inside a transaction that needs it."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain.situation import Name
from bot.domain.snapshot import Snapshot
from bot.store.tables import Sighting


def newest(session: Session, pair: str) -> Sighting | None:
    """The newest row about a pair."""
    rows = select(Sighting).where(Sighting.pair == pair)
    return session.exec(rows.order_by(col(Sighting.id).desc()).limit(1)).first()


def newest_snapshot(session: Session, pair: str) -> Snapshot | None:
    """The newest look at a pair, with the bounds of when it stopped being healthy."""
    row = newest(session, pair)
    if row is None:
        return None
    healthy_until, otherwise_since = window(session, pair)
    return replace(Snapshot.from_json(row.seen), healthy_until=healthy_until, otherwise_since=otherwise_since)


def window(session: Session, pair: str) -> tuple[datetime | None, datetime | None]:
    """Between which two looks the pair stopped being healthy: (last seen healthy, first seen otherwise)."""
    rows = select(Sighting).where(Sighting.pair == pair)
    well = rows.where(Sighting.situation == Name.HEALTHY).order_by(col(Sighting.id).desc())
    healthy = session.exec(well.limit(1)).first()
    after = rows.where(col(Sighting.id) > (healthy.id if healthy else 0)).order_by(col(Sighting.id))
    otherwise = session.exec(after.limit(1)).first() if healthy else None
    return (healthy.last_at if healthy else None, otherwise.first_at if otherwise else None)
