"""What people say about a run of unknown outcome, once its command can no longer be at work."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, or_, select, update

from bot.domain.request import Phase, RunView
from bot.domain.snapshot import Snapshot
from bot.store import outbox
from bot.store.base import AuditKind, MessageKind, Store, audit, changed, enqueue_message
from bot.store.requests import thread_of
from bot.store.runs import UNTOLD, channel_of, fresh, ids_of, tell, tell_end, view
from bot.store.tables import Run


def decidable(now: datetime) -> ColumnElement[bool]:
    """Return the condition that people may now say how a run ended."""
    sent = func.coalesce(Run.answered_at, Run.sent_at, Run.started_at)
    untold = col(Run.decidable_at).is_(None) & (sent <= now - UNTOLD)
    return or_(col(Run.decidable_at) <= now, untold)


def close(store: Store, run_id: int, who: str, phase: Phase, after: Snapshot | None) -> RunView | None:
    """Record a person's decision on a run of unknown outcome, which frees the pair.

    Returns None when somebody else was first, or when it is too early to decide.
    """
    now = store.now()
    closed = update(Run).where(col(Run.id) == run_id, col(Run.phase) == Phase.UNKNOWN, decidable(now))
    values: dict[str, Any] = {"phase": phase, "closed_by": who, "closed_at": now}
    if after:
        values["after"] = after.as_json()
    with store.writing() as session:
        if not changed(session, closed.values(**values)):
            return None
        row = fresh(session, run_id)
        channel = channel_of(session, row)
        tell(session, now, row, channel, phase, closed_by=who)
        tell_end(session, now, row, channel, transcript=False)
        under = thread_of(session, row.request_id)
        enqueue_message(session, now, MessageKind.SETTLED, to=channel, under=under, **ids_of(row))
        outbox.homes_again(session, now, timedelta(0))
        return view(row)


def looked_again(store: Store, run_id: int, who: str, after: Snapshot) -> bool:
    """Show with a run of unknown outcome what both servers report now.

    Returns False where the run is closed already: a closed run keeps its evidence.
    """
    now = store.now()
    looked = update(Run).where(col(Run.id) == run_id, col(Run.phase) == Phase.UNKNOWN)
    with store.writing() as session:
        if not changed(session, looked.values(after=after.as_json())):
            return False
        row = fresh(session, run_id)
        audit(session, now, AuditKind.STILL_LOOKING, pair=row.pair, who=who, **ids_of(row))
        _show_end(session, now, row)
    return True


def seen_anew(session: Session, now: datetime, pair: str) -> None:
    """Redraw the message of the pair's run of unknown outcome, if there is one, with the newest observation."""
    row = session.exec(select(Run).where(Run.pair == pair, Run.phase == Phase.UNKNOWN)).first()
    if row:
        _show_end(session, now, row)


def _show_end(session: Session, now: datetime, row: Run) -> None:
    under = thread_of(session, row.request_id)
    enqueue_message(session, now, MessageKind.END, to=channel_of(session, row), under=under, **ids_of(row))
