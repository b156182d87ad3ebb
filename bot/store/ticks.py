"""What is due by the clock. Only one of several processes claims each tick, by a conditional update."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import col, delete, select, update

from bot.store.base import Store, changed
from bot.store.engine import insert
from bot.store.tables import Tick


def plan(store: Store, jobs: Mapping[str, datetime]) -> None:
    """Plan these jobs, each at its time. Jobs that are planned already stay as they are."""
    if not jobs:
        return
    rows = [{"job": job, "due_at": due} for job, due in jobs.items()]
    with store.writing() as session:
        session.execute(insert(store.engine.dialect, Tick).values(rows).on_conflict_do_nothing(index_elements=["job"]))


def planned(store: Store) -> dict[str, datetime]:
    """Return when each job is due next."""
    with store.reading() as session:
        return dict(session.exec(select(Tick.job, Tick.due_at)).all())


def claim(store: Store, job: str, due: datetime, following: datetime) -> bool:
    """Claim this tick and plan the following one. Returns False when another process was first."""
    mine = update(Tick).where(col(Tick.job) == job, col(Tick.due_at) == due)
    values = {"due_at": following, "claimed_by": store.me, "claimed_at": store.now()}
    with store.writing() as session:
        return changed(session, mine.values(**values))


def hurry(store: Store, prefix: str, at: datetime, idle_since: datetime) -> None:
    """Make the jobs with this prefix due at `at`, except those that were claimed at or after `idle_since`."""
    late = update(Tick).where(
        col(Tick.job).startswith(prefix, autoescape=True),
        col(Tick.due_at) > at,
        col(Tick.claimed_at).is_(None) | (col(Tick.claimed_at) < idle_since),
    )
    with store.writing() as session:
        session.execute(late.values(due_at=at))


def forget(store: Store, jobs: list[str]) -> None:
    """Delete jobs that no longer exist."""
    with store.writing() as session:
        session.execute(delete(Tick).where(col(Tick.job).in_(jobs)))
