"""What happens while a command is under way: steps, what the command prints, what people are told, and Stop."""

import json
from datetime import timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped
from sqlmodel import col, or_, select, update

from bot.domain.request import Note, Phase, RunView, Step
from bot.store import outbox
from bot.store.base import AuditKind, MessageKind, Store, audit, changed, enqueue_message
from bot.store.closure import decidable
from bot.store.requests import thread_of
from bot.store.runs import STOPPABLE, add_step, channel_of, fresh, ids_of, show, view
from bot.store.tables import Run


def stop(store: Store, run_id: int, who: str) -> bool:
    """Stop a run before its commit point.

    Returns False when it is too late, or when somebody has stopped it already.
    """
    early = col(Run.phase).in_(STOPPABLE), col(Run.answered_at).is_(None)
    return _mark(store, run_id, col(Run.stopped_by), who, AuditKind.STOP, *early)


def progress(store: Store, run_id: int, step: Step | None = None) -> None:
    """Record a step of a run or, without `step`, only redraw it with its elapsed time."""
    now = store.now()
    with store.writing() as session:
        row = fresh(session, run_id)
        if step:
            add_step(session, row, step, now)
        show(session, now, row, channel_of(session, row))


def stop_waiting(store: Store, run_id: int, who: str) -> bool:
    """Stop waiting for the end of a command that is at work.

    Returns False where it is not at work, or where somebody has stopped waiting already.
    """
    at_work = col(Run.phase) == Phase.SENDING, col(Run.answered_at).is_not(None)
    return _mark(store, run_id, col(Run.given_up_by), who, AuditKind.STOP_WAITING, *at_work)


def _mark(
    store: Store, run_id: int, mark: Mapped[str | None], who: str, kind: AuditKind, *still: ColumnElement[bool]
) -> bool:
    """Write this person into an empty column of a run for which `still` holds, and show it. Returns whether it did."""
    now = store.now()
    new = update(Run).where(col(Run.id) == run_id, mark.is_(None), *still).values({mark: who})
    with store.writing() as session:
        if not changed(session, new):
            return False
        row = fresh(session, run_id)
        audit(session, now, kind, pair=row.pair, who=who, **ids_of(row))
        show(session, now, row, channel_of(session, row))
    return True


def say(store: Store, run_id: int, words: str) -> None:
    """Show what the command prints, in its own words."""
    now = store.now()
    with store.writing() as session:
        row = fresh(session, run_id)
        row.said = words
        session.add(row)
        show(session, now, row, channel_of(session, row))


def note(store: Store, run_id: int, what: Note, start: Phase = Phase.SENDING) -> bool:
    """Tell people something about a run, once, in a message of its own.

    Returns False where they were told already, or where the run is no longer in the phase `start`.
    """
    now = store.now()
    with store.writing() as session:
        row = fresh(session, run_id)
        notes = json.loads(row.notes)
        once = update(Run).where(col(Run.id) == run_id, col(Run.phase) == start, col(Run.notes) == row.notes)
        if what in (Note(code) for code, _ in notes if Note.knows(code)):
            return False
        if not changed(session, once.values(notes=json.dumps([*notes, (what.stored, now.isoformat())]))):
            return False
        row = fresh(session, run_id)
        channel, under = channel_of(session, row), thread_of(session, row.request_id)
        audit(session, now, AuditKind.NOTED, pair=row.pair, what=what, **ids_of(row))
        enqueue_message(session, now, MessageKind.MEANWHILE, to=channel, under=under, **ids_of(row))
        if start is Phase.SENDING:
            show(session, now, row, channel)
        else:
            enqueue_message(session, now, MessageKind.END, to=channel, under=under, **ids_of(row))
            outbox.head_again(session, now, row.pair)
            outbox.homes_again(session, now)
    return True


def newly_decidable(store: Store) -> list[RunView]:
    """Return the runs of unknown outcome that people may decide by now, but have not been told so."""
    with store.reading() as session:
        later = or_(col(Run.decidable_at).is_(None), col(Run.ended_at) < col(Run.decidable_at))
        ready = select(Run).where(col(Run.phase) == Phase.UNKNOWN, decidable(store.now()), later)
        runs = [view(row) for row in session.exec(ready)]
        return [run for run in runs if Note.DECIDABLE not in dict(run.notes)]


def put_off(store: Store, by: timedelta) -> None:
    """Make every run that is not decidable yet wait longer by the time by which the clock has just jumped ahead."""
    now = store.now()
    with store.writing() as session:
        for row in session.exec(select(Run).where(col(Run.phase).in_((Phase.SENDING, Phase.UNKNOWN)))).all():
            if (until := view(row).decidable_at) <= now - by:
                continue
            later = until + by
            wait = update(Run).where(
                col(Run.id) == row.id, col(Run.decidable_at).is_not_distinct_from(row.decidable_at)
            )
            if changed(session, wait.values(decidable_at=later)):
                audit(session, now, AuditKind.PUT_OFF, pair=row.pair, until=later, **ids_of(row))
