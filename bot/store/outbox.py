"""The messages that Slack still has to show; delivered at least once, newest state first.

One process at a time sends a message: it claims the row before it asks Slack. Who claims one that somebody may have
sent before (`Due.tried`) looks in Slack for it first: each message carries its number, so that one whose process died,
or whose reply was lost, before it could be noted is found again. Where the bot may not read the channel, such a
message is posted twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, bindparam, case, func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, or_, select, update

from bot.store.base import MessageKind, Store, audit, changed, due_again, enqueue_message
from bot.store.tables import Incident, OutboxMessage, Receipt

URGENT = (
    MessageKind.INCIDENT,
    MessageKind.STORM,
    MessageKind.WORSE,
    MessageKind.CARD,
    MessageKind.MEANWHILE,
    MessageKind.END,
    MessageKind.BLIND,
)
SETTLE = timedelta(seconds=3)  # App Home waits for so long, so that a run's changes are drawn together
LONGEST = timedelta(minutes=15)  # that a message is put off
CLAIM = timedelta(seconds=60)  # longer than Slack takes for any message; a process that died holds it up for so long


@dataclass(frozen=True)
class DueMessage:
    """A message to post (`ts` is None) or to bring up to date; `thread` is its parent's time stamp.

    Of a message that is a file, `ts` is the file's number.
    """

    id: int
    kind: MessageKind
    to: str
    request_id: int
    run_id: int | None
    ts: str | None
    channel: str | None
    thread: str | None
    wanted: int
    tries: int
    incident_id: int = 0
    pin_id: int = 0
    storm_id: int = 0
    summary_id: int = 0
    maintenance_id: int = 0
    shown: int = 0
    since: datetime | None = None
    claimed_by: str | None = None

    @property
    def tried(self) -> bool:
        """Whether Slack may have been asked to show it before."""
        return self.claimed_by is not None


def due(store: Store, most: int = 50, quiet: Collection[str] = ()) -> list[DueMessage]:
    """What can be delivered now and is not for one of `quiet`: nothing before the message that it hangs under.

    What somebody has to act on comes first, then the rest, both from the newest to the oldest; App Home comes last.
    """
    now = store.now()
    asked = {"now": now, "longest": now + LONGEST, "me": store.me, "most": most, "quiet": list(quiet)}
    with store.reading() as session:
        return [_due(row, thread) for row, thread in session.execute(_ready(), asked)]


@cache
def _ready() -> Executable:
    """What is due, each with its thread's time stamp; asked for every second, where building it costs as much again."""
    parent, above = aliased(OutboxMessage), aliased(OutboxMessage)
    # Slack's threads are one deep: what hangs under a reply hangs under what that replies to.
    thread = case((col(above.id).is_not(None), col(above.ts)), else_=col(parent.ts))
    waiting = select(OutboxMessage, thread).outerjoin(parent, col(OutboxMessage.under) == col(parent.key))
    waiting = waiting.outerjoin(above, col(parent.under) == col(above.key))
    waiting = waiting.where(*_free(bindparam("now"), bindparam("longest"), bindparam("me")))
    # Here and not below: what waits for a parent must not fill the list that others wait for.
    # One whose parent does not exist is shown by itself rather than never.
    above_it = or_(col(parent.id).is_(None), col(parent.ts).is_not(None), col(parent.done))  # done without: given up
    ready = waiting.where(above_it, col(OutboxMessage.to).not_in(bindparam("quiet", expanding=True)))
    newest = func.coalesce(col(OutboxMessage.waiting_since), col(OutboxMessage.next_try_at)).desc()
    head = col(OutboxMessage.kind) == MessageKind.INCIDENT  # it leads to a card that has become due with it
    order = (
        col(OutboxMessage.kind) == MessageKind.HOME,
        col(OutboxMessage.kind).not_in(URGENT),
        newest,
        head,
        col(OutboxMessage.id),
    )
    return ready.order_by(*order).limit(bindparam("most"))


def _free(now: Any, longest: Any, me: Any) -> tuple[ColumnElement[bool], ...]:
    """Not shown yet, its time has come, no other process is at it, and it is no newer release's kind."""
    ours = col(OutboxMessage.kind).in_(list(MessageKind))
    unclaimed = or_(
        col(OutboxMessage.claimed_until).is_(None),
        col(OutboxMessage.claimed_until) <= now,
        col(OutboxMessage.claimed_by) == me,
    )
    # What is put off for longer than anything is was put off by a clock that has been set back since.
    free = or_(col(OutboxMessage.next_try_at) <= now, col(OutboxMessage.next_try_at) > longest)
    return (col(OutboxMessage.done).is_(False), ours, free, unclaimed)


def take(store: Store, post: DueMessage) -> bool:
    """Claim a message before it is sent; False where it has moved on since it was listed, or another process has it."""
    now = store.now()
    as_listed = or_(
        col(OutboxMessage.claimed_by) == store.me, col(OutboxMessage.claimed_by).is_not_distinct_from(post.claimed_by)
    )
    mine = update(OutboxMessage).where(
        col(OutboxMessage.id) == post.id,
        col(OutboxMessage.wanted) == post.wanted,
        as_listed,
        *_free(now, now + LONGEST, store.me),
    )
    with store.writing() as session:
        return changed(session, mine.values(claimed_by=store.me, claimed_until=now + CLAIM))


def _due(row: OutboxMessage, thread: str | None) -> DueMessage:
    return DueMessage(
        id=row.id or 0,
        kind=MessageKind(row.kind),
        to=row.to,
        request_id=row.request_id or 0,
        run_id=row.run_id,
        incident_id=row.incident_id or 0,
        pin_id=row.pin_id or 0,
        storm_id=row.storm_id or 0,
        summary_id=row.summary_id or 0,
        maintenance_id=row.maintenance_id or 0,
        ts=row.ts,
        channel=row.channel,
        thread=thread,
        wanted=row.wanted,
        tries=row.tries,
        shown=row.shown,
        since=row.waiting_since,
        claimed_by=row.claimed_by,
    )


def delivered(store: Store, post: DueMessage, channel: str | None, ts: str | None) -> bool:
    """Remember what Slack shows now; a change that came meanwhile stays due. False where another process took over."""
    values = {"shown": post.wanted, "ts": ts or post.ts, "channel": channel or post.channel, "tries": 0}
    with store.writing() as session:
        noted = update(OutboxMessage).where(col(OutboxMessage.id) == post.id, _not_theirs(store))
        if not changed(session, noted.values(**values, claimed_until=None)):
            return False
        up_to_date = update(OutboxMessage).where(
            col(OutboxMessage.id) == post.id, col(OutboxMessage.wanted) == post.wanted
        )
        changed(session, up_to_date.values(done=True))
    return True


def stands_as(store: Store, post: DueMessage) -> str | None:
    """The time stamp under which the process that took it over shows it; None while it has not shown it yet."""
    with store.reading() as session:
        row = session.exec(select(OutboxMessage).where(OutboxMessage.id == post.id)).one()
        return (row.ts or "") if row.done or row.shown >= post.wanted else None


def _not_theirs(store: Store) -> ColumnElement[bool]:
    # Who had it last stays written: a process that wakes up late must not put its own message in place of theirs.
    return or_(col(OutboxMessage.claimed_by).is_(None), col(OutboxMessage.claimed_by) == store.me)


def put_off(store: Store, post: DueMessage, seconds: float, refused: bool = False) -> None:
    """Slack did not take it: try again later, as often as it takes. What it `refused` for certain was not sent."""
    later = store.now() + min(timedelta(seconds=seconds), LONGEST)
    put_off = update(OutboxMessage).where(col(OutboxMessage.id) == post.id, _not_theirs(store))
    who = post.claimed_by if refused else store.me
    with store.writing() as session:
        session.execute(
            put_off.values(tries=OutboxMessage.tries + 1, next_try_at=later, claimed_by=who, claimed_until=None)
        )


def once_more(store: Store, post: DueMessage, after: timedelta) -> None:
    """Have it drawn again later, when it has been delivered: what it shows now may end without a word."""
    with store.writing() as session:
        session.execute(
            update(OutboxMessage).where(col(OutboxMessage.id) == post.id).values(**due_again(store.now(), after))
        )


def drop(store: Store, post: DueMessage, why: str) -> None:
    """Slack will never take it (its reader or its channel is gone): no longer due, until it changes again."""
    left = update(OutboxMessage).where(
        col(OutboxMessage.id) == post.id, col(OutboxMessage.wanted) == post.wanted, _not_theirs(store)
    )
    with store.writing() as session:
        if changed(session, left.values(done=True)):
            audit(session, store.now(), "message given up", request_id=post.request_id or None, to=post.to, why=why)


def redraw_homes(store: Store, after: timedelta = timedelta(0)) -> None:
    """Have App Home drawn anew for everybody who has ever opened it."""
    with store.writing() as session:
        homes_again(session, store.now(), after)


def head_again(session: Session, now: datetime, pair: str) -> None:
    """Have the head of the pair's incident drawn anew: a request or a run has begun, gone on or ended."""
    here = select(Incident.id).where(Incident.pair == pair, col(Incident.closed_at).is_(None))
    head = update(OutboxMessage).where(
        col(OutboxMessage.kind) == MessageKind.INCIDENT, col(OutboxMessage.incident_id).in_(here)
    )
    session.execute(head.values(**due_again(now)))


def homes_again(session: Session, at: datetime, after: timedelta = SETTLE) -> None:
    """The same in the transaction of what changes; one that is being drawn may not show it, and is drawn once more."""
    done = col(OutboxMessage.done)
    again = due_again(at, after)
    again["tries"] = case((done, 0), else_=OutboxMessage.tries)
    again["next_try_at"] = case((done, at + after), else_=OutboxMessage.next_try_at)
    session.execute(update(OutboxMessage).where(col(OutboxMessage.kind) == MessageKind.HOME).values(**again))


def open_home(store: Store, user: str) -> None:
    """Somebody has opened App Home: have it drawn now, and from now on when something changes."""
    with store.writing() as session:
        enqueue_message(session, store.now(), MessageKind.HOME, to=user)
    store.woken()


def place(store: Store, key: str) -> tuple[str, str] | None:
    """Where a message stands in Slack: its channel and time stamp; None while it is not there."""
    with store.reading() as session:
        row = session.exec(select(OutboxMessage).where(OutboxMessage.key == key)).first()
        return (row.channel, row.ts) if row and row.channel and row.ts else None


def undelivered(store: Store) -> int:
    """How many messages Slack has still to show."""
    with store.reading() as session:
        return len(session.exec(select(OutboxMessage.id).where(col(OutboxMessage.done).is_(False))).all())


def first_time(store: Store, key: str) -> bool:
    """Whether this event or signed request is new; a replay is not."""
    try:
        with store.writing() as session:
            session.add(Receipt(signature=key, at=store.now()))
        return True
    except IntegrityError:
        return False


def forget_receipts(store: Store, older: timedelta) -> None:
    """Drop the receipts that no replay can match any more."""
    with store.writing() as session:
        session.execute(delete(Receipt).where(col(Receipt.at) < store.now() - older))
