"""What was last seen of a pair, for use inside an open transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam
from sqlmodel import Session, col, select

from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.store.columns import read_in
from bot.store.tables import Sighting

OF_PAIR = col(Sighting.pair) == bindparam("pair")
LAST_FIRST = col(Sighting.id).desc()
NEWEST = select(Sighting.id, Sighting.key, Sighting.last_at, Sighting.seen).where(OF_PAIR).order_by(LAST_FIRST).limit(1)
HEALTHY = (
    select(Sighting.id, Sighting.last_at)
    .where(OF_PAIR, col(Sighting.situation) == SituationCode.HEALTHY)
    .order_by(LAST_FIRST)
    .limit(1)
    .subquery()
)
OTHERWISE = (
    select(Sighting.first_at)
    .where(OF_PAIR, col(Sighting.id) > HEALTHY.c.id)
    .order_by(col(Sighting.id))
    .limit(1)
    .scalar_subquery()
)
HEALTHY_UNTIL = select(HEALTHY.c.last_at).scalar_subquery()
WINDOW: Select[Any] = select(HEALTHY.c.last_at, OTHERWISE)


def newest(session: Session, pair: str) -> Row[Any] | None:
    """Return the pair's newest sighting (its id, key, last_at and seen), or None."""
    return next(iter(read_in(session, NEWEST, pair=pair)), None)


def newest_snapshot(session: Session, pair: str) -> Snapshot | None:
    """Return the newest observation of a pair, or None.

    It includes the times between which the pair stopped being healthy.
    """
    row = newest(session, pair)
    if row is None:
        return None
    healthy_until, otherwise_since = window(session, pair)
    return replace(Snapshot.from_json(row.seen), healthy_until=healthy_until, otherwise_since=otherwise_since)


def window(session: Session, pair: str) -> tuple[datetime | None, datetime | None]:
    """Return the times between which the pair stopped being healthy: (last seen healthy, first seen otherwise)."""
    for healthy_until, otherwise_since in read_in(session, WINDOW, pair=pair):
        return healthy_until, otherwise_since
    return None, None
