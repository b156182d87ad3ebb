"""Runs. A run is claimed once, and its intent and its sending are stored before the first byte leaves.

It ends once; a run of unknown outcome is closed by a person.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.outcome import ByHand, Judgement
from bot.domain.pair import LONGEST, Role
from bot.domain.request import OPEN_PHASES, PHASE_OF, Note, Phase, RunView, Stage, Step
from bot.domain.snapshot import Snapshot
from bot.store import outbox
from bot.store.base import AuditKind, MessageKind, Store, audit, changed, enqueue_message
from bot.store.columns import value_of
from bot.store.conflicts import busy_now
from bot.store.requests import get as get_request
from bot.store.requests import thread_of
from bot.store.tables import Request, Run

STOPPABLE = (Phase.INTENT, Phase.SENDING)
UNTOLD = timedelta(seconds=LONGEST + 60)  # for this long, a command that an older release sent may be at work


def view(row: Run | Row[Any]) -> RunView:
    """Return the row as the rest of the bot sees it."""
    return value_of(
        RunView,
        row,
        role=Role(row.role),
        phase=Phase(row.phase),
        steps=tuple((Step(step), datetime.fromisoformat(at)) for step, at in json.loads(row.steps)),
        before=Snapshot.from_json(row.before) if row.before else None,
        after=Snapshot.from_json(row.after) if row.after else None,
        decidable_at=row.decidable_at or (row.answered_at or row.sent_at or row.started_at) + UNTOLD,
        by_hand=ByHand(row.by_hand),
        notes=tuple((Note(note), datetime.fromisoformat(at)) for note, at in json.loads(row.notes) if Note.knows(note)),
    )


def get(store: Store, run_id: int) -> RunView:
    """Return one run. Raises Refusal where there is none."""
    with store.reading() as session:
        row = session.get(Run, run_id)
        if row is None:
            raise Refusal(RefusalCode.NO_RUN)
        return view(row)


def of_request(store: Store, request_id: int) -> RunView | None:
    """Return the run of a request, or None where it has none."""
    with store.reading() as session:
        row = session.exec(select(Run).where(Run.request_id == request_id)).first()
        return view(row) if row else None


def open_run(store: Store, pair: str) -> RunView | None:
    """Return the run that holds the pair, or None."""
    with store.reading() as session:
        row = session.exec(select(Run).where(Run.pair == pair, col(Run.phase).in_(OPEN_PHASES))).first()
        return view(row) if row else None


def latest(store: Store, pair: str, most: int = 20) -> list[RunView]:
    """Return the newest runs of a pair, newest first."""
    with store.reading() as session:
        rows = select(Run).where(Run.pair == pair).order_by(col(Run.id).desc()).limit(most)
        return [view(row) for row in session.exec(rows)]


def claim(store: Store, request_id: int, role: Role, before: Snapshot) -> RunView | None:
    """Do step T1: consume the approval and record the run as an intent, in one transaction.

    Returns None when the request cannot be claimed. Raises Refusal (busy) while another run holds the pair, including
    one of unknown outcome.
    """
    now = store.now()
    consumed = update(Request).where(
        col(Request.id) == request_id,
        col(Request.stage).in_((Stage.APPROVED, Stage.WAITING)),
        col(Request.approvals) >= Request.needed,
        col(Request.expires_at) > now,
    )
    try:
        with store.writing() as session:
            if not changed(session, consumed.values(stage=Stage.STARTED)):
                return None
            request = session.exec(select(Request).where(Request.id == request_id)).one()
            steps = json.dumps([(Step.APPROVED.stored, now.isoformat())])
            row = Run(
                request_id=request_id,
                pair=request.pair,
                action=request.action,
                role=role,
                phase=Phase.INTENT,
                started_at=now,
                steps=steps,
                before=before.as_json(),
                holder=store.me,
            )
            session.add(row)
            session.flush()
            audit(session, now, AuditKind.REQUEST, pair=row.pair, request_id=request_id, state=Stage.STARTED)
            tell(session, now, row, request.channel, Phase.INTENT)
            run = view(row)
    except IntegrityError:
        raise busy_now(store, get_request(store, request_id).pair) from None
    return run


def tell(session: Session, now: datetime, row: Run, channel: str, phase: Phase, **data: Any) -> None:
    ids = ids_of(row)
    audit(session, now, AuditKind.RUN, pair=row.pair, state=phase, **ids, **data)
    show(session, now, row, channel)
    outbox.head_again(session, now, row.pair)


def ids_of(row: Run) -> dict[str, Any]:
    return {"request_id": row.request_id, "run_id": row.id or 0}


def show(session: Session, now: datetime, row: Run, channel: str) -> None:
    enqueue_message(session, now, MessageKind.CARD, to=channel, request_id=row.request_id)
    under = thread_of(session, row.request_id)
    enqueue_message(session, now, MessageKind.STEPS, to=channel, request_id=row.request_id, run_id=row.id, under=under)


def channel_of(session: Session, row: Run) -> str:
    return session.exec(select(Request.channel).where(Request.id == row.request_id)).one()


def fresh(session: Session, run_id: int) -> Run:
    session.expire_all()
    return session.exec(select(Run).where(Run.id == run_id)).one()


def add_step(session: Session, row: Run, step: Step, now: datetime) -> None:
    """Record a step of a run, for people to see."""
    row.steps = json.dumps([*json.loads(row.steps), (step.stored, now.isoformat())])
    session.add(row)


def _move(
    store: Store, run_id: int, now: datetime, start: Phase, phase: Phase, step: Step | None, **values: Any
) -> bool:
    """Move a run one step forward. Returns False where that is no longer allowed.

    Nobody may have stopped the run, its last answer must not be given yet, and this process must hold it. A process
    that was taken for dead can thus go no further with a run that another process has taken over.
    """
    free = (col(Run.stopped_by).is_(None), col(Run.answered_at).is_(None), col(Run.holder) == store.me)
    forward = update(Run).where(col(Run.id) == run_id, col(Run.phase) == start, *free)
    with store.writing() as session:
        if not changed(session, forward.values(phase=phase, **values)):
            return False
        row = fresh(session, run_id)
        ids = ids_of(row)
        if step:
            add_step(session, row, step, now)
        kind, state = (AuditKind.RUN, phase) if phase is not start else (AuditKind.ANSWERED, None)
        audit(session, now, kind, pair=row.pair, state=state, **ids)
        show(session, now, row, channel_of(session, row))
    return True


def sending(store: Store, run_id: int, asks: bool, patience: timedelta) -> bool:
    """Do step T2: record that the run is being sent, before the first byte leaves.

    Returns False when it was stopped.

    A line without questions (`asks` is false) passes its commit point here. For `patience` from now on, nobody may say
    how the run ended, whatever the settings become.
    """
    now = store.now()
    values = {"sent_at": now, "decidable_at": now + patience} | ({} if asks else {"answered_at": now})
    return _move(store, run_id, now, Phase.INTENT, Phase.SENDING, None, **values)


def commit_answer(store: Store, run_id: int, patience: timedelta) -> bool:
    """Record the commit point before the last answer is sent. Returns False when a Stop came first.

    `patience` begins anew: until it is over, nobody may say how the run ended.
    """
    now = store.now()
    later = {"answered_at": now, "decidable_at": now + patience}
    return _move(store, run_id, now, Phase.SENDING, Phase.SENDING, Step.ANSWERED, **later)


def end(
    store: Store,
    run_id: int,
    judged: Judgement,
    after: Snapshot | None,
    transcript: str,
    start: Sequence[Phase] = STOPPABLE,
) -> RunView:
    """Record how a run ended, once, and only if it is in one of the phases `start`. Return the run as it is then.

    The thread, the card and the requester are told.
    """
    now = store.now()
    phase = PHASE_OF[judged.outcome]
    ended = update(Run).where(col(Run.id) == run_id, col(Run.phase).in_(start))
    values = {"phase": phase, "ended_at": now, "words": judged.words, "lost": judged.lost, "by_hand": judged.by_hand}
    seen = after.as_json() if after else ""
    with store.writing() as session:
        if changed(session, ended.values(**values, transcript=transcript, after=seen)):
            row = fresh(session, run_id)
            channel = channel_of(session, row)
            tell(session, now, row, channel, phase, words=judged.words, lost=judged.lost)
            tell_end(session, now, row, channel, bool(transcript))
            outbox.homes_again(session, now, timedelta(0))
        return view(fresh(session, run_id))


def tell_end(session: Session, now: datetime, row: Run, channel: str, transcript: bool) -> None:
    ids = ids_of(row)
    under = thread_of(session, row.request_id)
    requester = session.exec(select(Request.requester).where(Request.id == row.request_id)).one()
    enqueue_message(session, now, MessageKind.END, to=channel, under=under, **ids)
    if transcript:
        enqueue_message(session, now, MessageKind.TRANSCRIPT, to=channel, under=under, **ids)
    enqueue_message(session, now, MessageKind.TOLD, to=requester, **ids)
