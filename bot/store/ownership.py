"""Which process must bring a run or a request to its end. What no living process holds, any process may take over."""

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select, update

from bot.domain.request import RunView, Stage
from bot.store import requests, runs
from bot.store.base import AuditKind, Store, audit, changed
from bot.store.tables import Process, Request, Run


def _unheld(store: Store, table: type[Run] | type[Request]) -> ColumnElement[bool]:
    """Return the condition that neither a living process nor this one holds the row."""
    holder = col(table.holder)
    elsewhere = holder.not_in(select(Process.id)) & (holder != store.me)
    return or_(holder.is_(None), elsewhere)


def held(store: Store) -> list[RunView]:
    """Return the runs that this process must bring to their end, oldest first."""
    rows = select(Run).where(col(Run.phase).in_(runs.STOPPABLE), Run.holder == store.me).order_by(col(Run.id))
    with store.reading() as session:
        return [runs.view(row) for row in session.exec(rows)]


def take_over(store: Store) -> list[RunView]:
    """Take over the runs that no living process holds, and return them. Each run is taken over by only one process."""
    orphaned = (col(Run.phase).in_(runs.STOPPABLE), _unheld(store, Run))
    with store.reading() as session:
        ids = session.exec(select(Run.id).where(*orphaned).order_by(col(Run.id))).all()
    return [run for run_id in ids if run_id and (run := _take_over(store, run_id, *orphaned))]


def _take_over(store: Store, run_id: int, *orphaned: ColumnElement[bool]) -> RunView | None:
    statement = update(Run).where(col(Run.id) == run_id, *orphaned)
    with store.writing() as session:
        if not changed(session, statement.values(holder=store.me)):
            return None
        row = runs.fresh(session, run_id)
        audit(session, store.now(), AuditKind.TAKEN_OVER, pair=row.pair, request_id=row.request_id, run_id=run_id)
        return runs.view(row)


def void(store: Store, why: str) -> int:
    """Make void the requests that a dead process approved but did not start. Returns how many."""
    with store.reading() as session:
        left = select(Request.id).where(Request.stage == Stage.APPROVED, _unheld(store, Request))
        ids = session.exec(left).all()
    ends = (
        requests.decide(store, request_id or 0, Stage.VOID, None, why, start=(Stage.APPROVED,)) for request_id in ids
    )
    return sum(end is not None for end in ends)
