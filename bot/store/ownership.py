"""Who is to bring a run or a request to its end: what no living process holds is anybody's."""

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select, update

from bot.domain.request import RunView, Stage
from bot.store import requests, runs
from bot.store.base import Store, audit, changed
from bot.store.tables import Process, Request, Run


def _unheld(store: Store, table: type[Run] | type[Request]) -> ColumnElement[bool]:
    """Held by no living process, nor by this one."""
    holder = col(table.holder)
    elsewhere = holder.not_in(select(Process.id)) & (holder != store.me)
    return or_(holder.is_(None), elsewhere)


def held(store: Store) -> list[RunView]:
    """The runs that this process is to bring to their end, the oldest first."""
    rows = select(Run).where(col(Run.phase).in_(runs.STOPPABLE), Run.holder == store.me).order_by(col(Run.id))
    with store.reading() as session:
        return [runs.view(row) for row in session.exec(rows)]


def take_over(store: Store) -> list[RunView]:
    """Hold from now on what no living process holds; each run is one process's alone."""
    orphaned = (col(Run.phase).in_(runs.STOPPABLE), _unheld(store, Run))
    with store.reading() as session:
        found = session.exec(select(Run.id).where(*orphaned).order_by(col(Run.id))).all()
    return [run for one in found if one and (run := _take_over(store, one, *orphaned))]


def _take_over(store: Store, run_id: int, *orphaned: ColumnElement[bool]) -> RunView | None:
    taken = update(Run).where(col(Run.id) == run_id, *orphaned)
    with store.writing() as session:
        if not changed(session, taken.values(holder=store.me)):
            return None
        row = runs.fresh(session, run_id)
        audit(session, store.now(), "taken over", pair=row.pair, request_id=row.request_id, run_id=run_id)
        return runs.view(row)


def void(store: Store, why: str) -> int:
    """End what was approved and not begun by a process that is no more; the number of requests ended."""
    with store.reading() as session:
        left = select(Request.id).where(Request.stage == Stage.APPROVED, _unheld(store, Request))
        found = session.exec(left).all()
    ends = (requests.decide(store, one or 0, Stage.VOID, None, why, start=(Stage.APPROVED,)) for one in found)
    return sum(end is not None for end in ends)
