"""Maintenance windows. People begin and end them, or they end when their time is over."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from zlib import crc32

from sqlmodel import Session, col, func, select, update

from bot.domain.maintenance import MaintenanceView
from bot.domain.timeline import Span
from bot.store import deterioration
from bot.store.base import AuditKind, MessageKind, Store, audit, changed, enqueue_message
from bot.store.columns import value_of
from bot.store.tables import Maintenance


def view(row: Maintenance) -> MaintenanceView:
    """Return the row as the rest of the bot sees it."""
    return value_of(MaintenanceView, row)


def get(store: Store, maintenance_id: int) -> MaintenanceView:
    """Return one window. Its `replaced` is set where the pair is in another window now."""
    with store.reading() as session:
        row = session.exec(select(Maintenance).where(Maintenance.id == maintenance_id)).one()
        later = in_force(session, row.pair, store.now())
        return replace(view(row), replaced=later is not None and later.id != row.id)


def in_force(session: Session, pair: str, now: datetime) -> Maintenance | None:
    """Return the window that a pair is in at this time, or None."""
    rows = select(Maintenance).where(Maintenance.pair == pair, col(Maintenance.ended_at).is_(None))
    return session.exec(rows.where(col(Maintenance.ends_at) > now).order_by(col(Maintenance.id).desc())).first()


def current(store: Store, pair: str) -> MaintenanceView | None:
    """Return the window that a pair is in now, or None."""
    with store.reading() as session:
        row = in_force(session, pair, store.now())
        return view(row) if row else None


def quiet(store: Store) -> Collection[str]:
    """Return the pairs that are in maintenance now."""
    with store.reading() as session:
        rows = select(Maintenance.pair).where(col(Maintenance.ended_at).is_(None))
        return set(session.exec(rows.where(col(Maintenance.ends_at) > store.now())))


def begin(store: Store, pair: str, channel: str, who: str, because: str, ends_at: datetime) -> MaintenanceView:
    """Begin a window. It replaces one that the pair may be in."""
    now = store.now()
    with store.writing() as session:
        _alone(session, pair)
        _end_all(session, pair, now, who)
        row = Maintenance(pair=pair, channel=channel, by=who, because=because, begins_at=now, ends_at=ends_at)
        session.add(row)
        session.flush()
        details: dict[str, Any] = {"because": because, "ends_at": ends_at.isoformat(), "maintenance": row.id}
        audit(session, now, AuditKind.MAINTENANCE, pair=pair, who=who, state="begun", **details)
        enqueue_message(session, now, MessageKind.MAINTENANCE, to=channel, maintenance_id=row.id)
        return view(row)


def _alone(session: Session, pair: str) -> None:
    """Lock this pair's maintenance until the transaction ends, so that only one window begins at a time.

    SQLite needs no lock, as it has only one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(crc32(f"maintenance {pair}".encode()))))


def end(store: Store, pair: str, who: str) -> MaintenanceView | None:
    """End the window that a pair is in, and any other that was left open. Returns None when the pair is in none."""
    with store.writing() as session:
        row = in_force(session, pair, store.now())
        ended = _end_all(session, pair, store.now(), who) if row else []
        if ended:
            deterioration.after_maintenance(session, store.now(), pair)
        return view(row) if row and row.id in ended else None


def _end_all(session: Session, pair: str, at: datetime, who: str) -> list[int | None]:
    rows = select(Maintenance).where(Maintenance.pair == pair, col(Maintenance.ended_at).is_(None))
    return [row.id for row in session.exec(rows.order_by(col(Maintenance.id))) if _end(session, row, at, who)]


def _end(session: Session, row: Maintenance, at: datetime, who: str | None) -> bool:
    once = update(Maintenance).where(col(Maintenance.id) == row.id, col(Maintenance.ended_at).is_(None))
    if not changed(session, once.values(ended_at=at, ended_by=who)):
        return False
    audit(session, at, AuditKind.MAINTENANCE, pair=row.pair, who=who, state="ended", maintenance=row.id)
    enqueue_message(session, at, MessageKind.MAINTENANCE, to=row.channel, maintenance_id=row.id)
    return True


def expire(store: Store) -> int:
    """End the windows whose time is over, and return how many."""
    with store.reading() as session:
        rows = select(Maintenance).where(col(Maintenance.ended_at).is_(None))
        late = list(session.exec(rows.where(col(Maintenance.ends_at) <= store.now())))
    count = 0
    for row in late:
        with store.writing() as session:
            count += _expire(session, row, store.now())
    return count


def _expire(session: Session, row: Maintenance, now: datetime) -> bool:
    if not _end(session, row, now, None):
        return False
    if in_force(session, row.pair, now) is None:
        deterioration.after_maintenance(session, now, row.pair)
    return True


def windows(store: Store, pair: str, since: datetime) -> list[MaintenanceView]:
    """Return the windows of a pair that lasted until then or later, oldest first."""
    with store.reading() as session:
        rows = select(Maintenance).where(Maintenance.pair == pair, col(Maintenance.ends_at) >= since)
        return [view(row) for row in session.exec(rows.order_by(col(Maintenance.id)))]


def spans(store: Store, pair: str, since: datetime) -> list[Span]:
    """Return when the pair was in maintenance since then. A window that is still open counts until its planned end."""
    return [(window.begins_at, window.ended_at or window.ends_at) for window in windows(store, pair, since)]
