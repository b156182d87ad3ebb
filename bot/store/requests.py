"""Requests: made, decided, expired. Each change is a conditional update, which comes first in its transaction."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, true
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.plan import Plan
from bot.domain.request import OPEN_PHASES, OPEN_STAGES, Phase, RequestView, Stage
from bot.domain.snapshot import Snapshot
from bot.store import outbox
from bot.store.base import (
    AHEAD,
    AuditKind,
    MessageKind,
    MessageSubject,
    Store,
    audit,
    changed,
    enqueue_message,
    post_key,
)
from bot.store.columns import value_of
from bot.store.conflicts import busy, busy_now
from bot.store.tables import Approval, Incident, OutboxMessage, Request, Run

WHY_LATE = {
    Stage.PENDING: "Nobody decided it in time.",
    Stage.APPROVED: "It was approved, but not started in time.",
    Stage.WAITING: "Nobody gave its code in time.",
}

ALWAYS: ColumnElement[bool] = true()
FREE = ~exists().where(col(Run.pair) == col(Request.pair), col(Run.phase).in_(OPEN_PHASES))
UNSENT = exists().where(col(Run.request_id) == col(Request.id), col(Run.phase) == Phase.NOT_SENT)


def card_key(request_id: int, channel: str) -> str:
    """Return the key of a request's card, in whose thread the request's messages are posted."""
    return post_key(MessageKind.CARD, MessageSubject(request_id=request_id), channel)


def thread_of(session: Session, request_id: int) -> str:
    """Return the key of the message in whose thread a request's messages are posted.

    That is the message under which its card hangs, such as the incident's, or else the card itself.
    """
    row = session.exec(select(Request).where(Request.id == request_id)).one()
    key = card_key(request_id, row.channel)
    return session.exec(select(OutboxMessage.under).where(OutboxMessage.key == key)).first() or key


def incident_key(incident_id: int, channel: str) -> str:
    """Return the key of an incident's first message."""
    return post_key(MessageKind.INCIDENT, MessageSubject(incident_id=incident_id), channel)


def head_of(session: Session, incident_id: int | None, channel: str) -> str | None:
    """Return the key of an incident's first message; None where it has none in this channel.

    That is so after the pair has moved to another channel: messages under such a key would never be shown.
    """
    key = incident_key(incident_id, channel) if incident_id else None
    return session.exec(select(OutboxMessage.key).where(OutboxMessage.key == key)).first()


def tell_news(session: Session, now: datetime, channel: str, incident_id: int) -> int:
    """Have the incident's thread told of what somebody did.

    Returns the number to store with the audit entry, by which news that is not told yet is found.
    """
    under = incident_key(incident_id, channel)
    enqueue_message(session, now, MessageKind.NEWS, to=channel, under=under, incident_id=incident_id)
    key = post_key(MessageKind.NEWS, MessageSubject(incident_id=incident_id), channel)
    return session.exec(select(OutboxMessage.desired_revision).where(OutboxMessage.key == key)).one()


def view(session: Session, row: Request) -> RequestView:
    """Return the row as the rest of the bot sees it."""
    approvals = select(Approval).where(col(Approval.request_id) == row.id).order_by(col(Approval.id))
    return value_of(
        RequestView,
        row,
        stage=Stage(row.stage),
        plan=Plan.from_json(row.plan),
        seen=Snapshot.from_json(row.seen),
        approved_by=tuple(a.person for a in session.exec(approvals)),
    )


def get(store: Store, request_id: int) -> RequestView:
    """Return one request. Raises Refusal where there is none."""
    with store.reading() as session:
        row = session.get(Request, request_id)
        if row is None:
            raise Refusal(RefusalCode.NO_REQUEST)
        return view(session, row)


def open_request(store: Store, pair: str) -> RequestView | None:
    """Return the open request of a pair, or None. There is at most one."""
    with store.reading() as session:
        row = session.exec(select(Request).where(Request.pair == pair, col(Request.stage).in_(OPEN_STAGES))).first()
        return view(session, row) if row else None


def history(store: Store, pair: str | None, most: int = 10) -> list[RequestView]:
    """Return the newest requests, newest first."""
    with store.reading() as session:
        rows = select(Request).order_by(col(Request.id).desc()).limit(most)
        rows_found = session.exec(rows.where(Request.pair == pair) if pair else rows).all()
        return [view(session, row) for row in rows_found]


def ask(
    store: Store,
    plan: Plan,
    seen: Snapshot,
    *,
    requester: str,
    reason: str,
    channel: str,
    needed: int,
    expires_at: datetime,
    acknowledgement: str = "",
) -> RequestView:
    """Store a request. Raises Refusal while the pair has an open request or an open run."""
    now = store.now()
    row = Request(
        pair=plan.pair,
        action=plan.action,
        requester=requester,
        reason=reason,
        stage=Stage.PENDING,
        plan=plan.as_json(),
        digest=plan.digest(),
        seen=seen.as_json(),
        needed=needed,
        created_at=now,
        expires_at=expires_at,
        channel=channel,
        acknowledgement=acknowledgement,
    )
    return _insert(store, row)


def _insert(store: Store, row: Request) -> RequestView:
    try:
        with store.writing() as session:
            open_one = select(Incident.id).where(Incident.pair == row.pair, col(Incident.closed_at).is_(None))
            row.incident_id = session.exec(open_one).first()
            session.add(row)
            session.flush()
            if session.exec(select(Run).where(Run.pair == row.pair, col(Run.phase).in_(OPEN_PHASES))).first():
                raise busy(session, row.pair)
            data = {"reason": row.reason, "plan": json.loads(row.plan)}
            _record(session, row.created_at, row, row.requester, Stage.PENDING, **data)
            return view(session, row)
    except IntegrityError:
        raise busy_now(store, row.pair) from None


def _record(session: Session, now: datetime, row: Request, who: str | None, stage: Stage, **data: Any) -> None:
    request_id = row.id or 0
    audit(session, now, AuditKind.REQUEST, pair=row.pair, who=who, request_id=request_id, state=stage, **data)
    under = head_of(session, row.incident_id, row.channel)
    enqueue_message(session, now, MessageKind.CARD, to=row.channel, request_id=request_id, under=under)
    outbox.head_again(session, now, row.pair)


def _row(session: Session, request_id: int) -> Request:
    session.expire_all()
    return session.exec(select(Request).where(Request.id == request_id)).one()


def approve(store: Store, request_id: int, person: str, then: Stage, minutes: float) -> RequestView | None:
    """Count one approval. The last one moves the request on to the stage `then`, which expires after `minutes`.

    Returns None when the request can no longer be approved. Raises Refusal where this person has approved it already.
    The update comes first and locks the row, so that two simultaneous approvals are both counted.
    """
    now = store.now()
    statement = update(Request).where(
        col(Request.id) == request_id, col(Request.stage) == Stage.PENDING, col(Request.expires_at) > now
    )
    try:
        with store.writing() as session:
            if not changed(session, statement.values(approvals=Request.approvals + 1)):
                return None
            session.add(Approval(request_id=request_id, person=person, at=now))
            session.flush()
            row = _row(session, request_id)
            if row.approvals >= row.needed:
                row.stage, row.decided_at, row.decided_by = then, now, person
                row.holder = store.me
                row.expires_at = now + timedelta(minutes=minutes)
                if then is Stage.WAITING:  # an edited card notifies nobody, and somebody has to enter the code
                    under = thread_of(session, request_id)
                    enqueue_message(
                        session, now, MessageKind.REMINDER, to=row.channel, request_id=request_id, under=under
                    )
                session.add(row)
                session.flush()
            _record(session, now, row, person, Stage(row.stage), approvals=row.approvals, needed=row.needed)
            request = view(session, row)
    except IntegrityError:
        raise Refusal(RefusalCode.APPROVED_BY_YOU) from None
    return request


def decide(
    store: Store,
    request_id: int,
    to: Stage,
    who: str | None,
    why: str = "",
    start: Sequence[Stage] = OPEN_STAGES,
    when: ColumnElement[bool] = ALWAYS,
    tell: bool = True,
) -> RequestView | None:
    """End an open request otherwise than by a run. Returns None when somebody else was first.

    The request must be in one of the stages `start`, and `when` must hold. With `tell`, the requester is told.
    """
    now = store.now()
    moved = update(Request).where(col(Request.id) == request_id, col(Request.stage).in_(start), when)
    with store.writing() as session:
        if not changed(session, moved.values(stage=to, decided_at=now, decided_by=who, why=why)):
            return None
        row = _row(session, request_id)
        _record(session, now, row, who, to, why=why)
        if tell and who != row.requester:
            enqueue_message(session, now, MessageKind.TOLD, to=row.requester, request_id=request_id)
        return view(session, row)


def note_by_hand(store: Store, request_id: int, who: str) -> RequestView | None:
    """Record that somebody did by hand what was requested.

    The request must be open, or have ended without being sent.

    Returns None otherwise, and while a run on the pair is open or of unknown outcome, since nobody can tell which of
    the two did what.
    """
    before = (*OPEN_STAGES, Stage.EXPIRED, Stage.VOID)
    request = decide(store, request_id, Stage.BY_HAND, who, start=before, when=FREE)
    return request or decide(store, request_id, Stage.BY_HAND, who, start=(Stage.STARTED,), when=UNSENT & FREE)


def expire(store: Store) -> int:
    """End the requests that nobody carried on in time, and return how many.

    Each is ended only in the stage in which it was late, because an approval that comes meanwhile gives it new time.
    """
    with store.reading() as session:
        late = select(Request.id, Request.stage).where(col(Request.stage).in_(OPEN_STAGES))
        # A request that was made in the future counts as too old, since nobody can tell its age.
        late = late.where((col(Request.expires_at) <= store.now()) | (col(Request.created_at) > store.now() + AHEAD))
        expired = [(request_id or 0, Stage(stage)) for request_id, stage in session.exec(late)]
    ends = (decide(store, request_id, Stage.EXPIRED, None, WHY_LATE[at], start=(at,)) for request_id, at in expired)
    return sum(end is not None for end in ends)


def remind(store: Store) -> int:
    """Mention the approvers a second and last time, at half of a request's time. Returns the number of reminders."""
    now, count = store.now(), 0
    with store.reading() as session:
        pending = select(Request).where(Request.stage == Stage.PENDING, Request.reminded == False)  # noqa: E712
        rows = list(session.exec(pending))
    for row in rows:
        if now >= row.created_at + (row.expires_at - row.created_at) / 2:
            count += _remind(store, row, now)
    return count


def _remind(store: Store, row: Request, now: datetime) -> bool:
    once = update(Request).where(col(Request.id) == row.id, col(Request.reminded) == False)  # noqa: E712
    with store.writing() as session:
        if not changed(session, once.where(col(Request.stage) == Stage.PENDING).values(reminded=True)):
            return False
        key = thread_of(session, row.id or 0)
        enqueue_message(session, now, MessageKind.REMINDER, to=row.channel, request_id=row.id or 0, under=key)
        return True
