"""The messages that Slack still has to show. Each is delivered at least once, in its newest state.

One process at a time sends a message: it claims the row before it calls Slack. If somebody may have sent the message
before (`DueMessage.tried`), the process looks for it in Slack first. Each message carries its number, so one whose
sender died, or whose reply was lost, before this could be recorded is found again. Where the bot may not read the
channel, such a message is posted twice.
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

from bot.store.base import AuditKind, MessageKind, Store, audit, changed, due_again, enqueue_message, show_again
from bot.store.columns import value_of
from bot.store.tables import Incident, OutboxMessage, Receipt

URGENT = (
    MessageKind.INCIDENT,
    MessageKind.INCIDENT_GROUP,
    MessageKind.WORSE,
    MessageKind.CARD,
    MessageKind.MEANWHILE,
    MessageKind.END,
    MessageKind.BLIND,
)
SETTLE = timedelta(seconds=3)  # App Home is drawn this much later, so that several changes of a run are drawn together
LONGEST = timedelta(minutes=15)  # the longest time by which a message is put off
# Longer than Slack takes for any message; a process that died delays its message by this much.
CLAIM = timedelta(seconds=60)


@dataclass(frozen=True)
class DueMessage:
    """A message to post (`ts` is None) or to update.

    `thread` is the time stamp of the message in whose thread it belongs. For a message that is a file, `ts` is the
    file's id. `desired_revision` is to be shown, and Slack shows `delivered_revision`. `since` is when it began to
    wait.
    """

    id: int
    kind: MessageKind
    to: str
    request_id: int
    run_id: int | None
    ts: str | None
    channel: str | None
    thread: str | None
    desired_revision: int
    tries: int
    incident_id: int = 0
    pin_id: int = 0
    group_id: int = 0
    summary_id: int = 0
    maintenance_id: int = 0
    delivered_revision: int = 0
    since: datetime | None = None
    claimed_by: str | None = None

    @property
    def tried(self) -> bool:
        """Whether Slack may have been asked before to show it."""
        return self.claimed_by is not None


def due(store: Store, most: int = 50, quiet: Collection[str] = ()) -> list[DueMessage]:
    """Return the messages that can be delivered now, except those for the channels and people in `quiet`.

    A message in a thread waits until the thread's first message is there. What somebody has to act on comes first, then
    the rest, each newest first; App Home comes last.
    """
    now = store.now()
    asked = {"now": now, "longest": now + LONGEST, "me": store.me, "most": most, "quiet": list(quiet)}
    with store.reading() as session:
        return [_due(row, thread) for row, thread in session.execute(_ready(), asked)]


@cache
def _ready() -> Executable:
    """Return the query for due messages, each with its thread's time stamp.

    It runs every second, and building it each time would cost as much again as running it. So it is built once.
    """
    parent, above = aliased(OutboxMessage), aliased(OutboxMessage)
    # Slack's threads have one level: a reply to a reply is posted in the thread of the first message.
    thread = case((col(above.id).is_not(None), col(above.ts)), else_=col(parent.ts))
    waiting = select(OutboxMessage, thread).outerjoin(parent, col(OutboxMessage.under) == col(parent.key))
    waiting = waiting.outerjoin(above, col(parent.under) == col(above.key))
    waiting = waiting.where(*_free(bindparam("now"), bindparam("longest"), bindparam("me")))
    # The query itself filters these, since messages that wait for a parent must not use up the limited list. A message
    # whose parent does not exist is shown by itself rather than never.
    # A parent that is done without a time stamp was given up.
    above_it = or_(col(parent.id).is_(None), col(parent.ts).is_not(None), col(parent.done))
    ready = waiting.where(above_it, col(OutboxMessage.to).not_in(bindparam("quiet", expanding=True)))
    newest = func.coalesce(col(OutboxMessage.waiting_since), col(OutboxMessage.next_try_at)).desc()
    # An incident's message links to a card that became due with it, so it comes after the card.
    head = col(OutboxMessage.kind) == MessageKind.INCIDENT
    order = (
        col(OutboxMessage.kind) == MessageKind.HOME,
        col(OutboxMessage.kind).not_in(URGENT),
        newest,
        head,
        col(OutboxMessage.id),
    )
    return ready.order_by(*order).limit(bindparam("most"))


def _free(now: Any, longest: Any, me: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a message that this process may send now.

    It is not delivered yet, its time has come, no other process has claimed it, and this release knows its kind.
    """
    ours = col(OutboxMessage.kind).in_(list(MessageKind))
    unclaimed = or_(
        col(OutboxMessage.claimed_until).is_(None),
        col(OutboxMessage.claimed_until) <= now,
        col(OutboxMessage.claimed_by) == me,
    )
    # A message that is put off for longer than LONGEST was put off before the clock was set back.
    free = or_(col(OutboxMessage.next_try_at) <= now, col(OutboxMessage.next_try_at) > longest)
    return (col(OutboxMessage.done).is_(False), ours, free, unclaimed)


def take(store: Store, post: DueMessage) -> bool:
    """Claim a message before it is sent.

    Returns False where it has changed since it was listed, or where another process has it.
    """
    now = store.now()
    as_listed = or_(
        col(OutboxMessage.claimed_by) == store.me, col(OutboxMessage.claimed_by).is_not_distinct_from(post.claimed_by)
    )
    mine = update(OutboxMessage).where(
        col(OutboxMessage.id) == post.id,
        col(OutboxMessage.desired_revision) == post.desired_revision,
        as_listed,
        *_free(now, now + LONGEST, store.me),
    )
    with store.writing() as session:
        return changed(session, mine.values(claimed_by=store.me, claimed_until=now + CLAIM))


def _due(row: OutboxMessage, thread: str | None) -> DueMessage:
    return value_of(
        DueMessage,
        row,
        kind=MessageKind(row.kind),
        request_id=row.request_id or 0,
        incident_id=row.incident_id or 0,
        pin_id=row.pin_id or 0,
        group_id=row.group_id or 0,
        summary_id=row.summary_id or 0,
        maintenance_id=row.maintenance_id or 0,
        thread=thread,
        since=row.waiting_since,
    )


def delivered(store: Store, post: DueMessage, channel: str | None, ts: str | None) -> bool:
    """Record what Slack shows now. A change that came meanwhile stays due.

    Returns False where another process took the message over.
    """
    values = {
        "delivered_revision": post.desired_revision,
        "ts": ts or post.ts,
        "channel": channel or post.channel,
        "tries": 0,
    }
    with store.writing() as session:
        noted = update(OutboxMessage).where(col(OutboxMessage.id) == post.id, _not_theirs(store))
        if not changed(session, noted.values(**values, claimed_until=None)):
            return False
        up_to_date = update(OutboxMessage).where(
            col(OutboxMessage.id) == post.id, col(OutboxMessage.desired_revision) == post.desired_revision
        )
        changed(session, up_to_date.values(done=True))
    return True


def stands_as(store: Store, post: DueMessage) -> str | None:
    """Return the time stamp under which the process that took the message over shows it.

    None while it has not shown it yet.
    """
    with store.reading() as session:
        row = session.exec(select(OutboxMessage).where(OutboxMessage.id == post.id)).one()
        return (row.ts or "") if row.done or row.delivered_revision >= post.desired_revision else None


def _not_theirs(store: Store) -> ColumnElement[bool]:
    # The last claimant stays recorded: a process that wakes up late must not put its own message in place of the new
    # one's.
    return or_(col(OutboxMessage.claimed_by).is_(None), col(OutboxMessage.claimed_by) == store.me)


def put_off(store: Store, post: DueMessage, seconds: float, refused: bool = False) -> None:
    """Try a message that Slack did not take again later, as often as needed. It is put off by at most LONGEST.

    With `refused`, Slack certainly did not show it, so the message does not count as tried by this process.
    """
    later = store.now() + min(timedelta(seconds=seconds), LONGEST)
    put_off = update(OutboxMessage).where(col(OutboxMessage.id) == post.id, _not_theirs(store))
    who = post.claimed_by if refused else store.me
    with store.writing() as session:
        session.execute(
            put_off.values(tries=OutboxMessage.tries + 1, next_try_at=later, claimed_by=who, claimed_until=None)
        )


def once_more(store: Store, post: DueMessage, after: timedelta) -> None:
    """Make a delivered message due again after a while.

    What it shows may end without any change in the store.
    """
    with store.writing() as session:
        session.execute(
            update(OutboxMessage).where(col(OutboxMessage.id) == post.id).values(**due_again(store.now(), after))
        )


def drop(store: Store, post: DueMessage, why: str) -> None:
    """Give up a message that Slack will never take, because its reader or channel is gone.

    It is due again if it changes.
    """
    left = update(OutboxMessage).where(
        col(OutboxMessage.id) == post.id,
        col(OutboxMessage.desired_revision) == post.desired_revision,
        _not_theirs(store),
    )
    with store.writing() as session:
        if changed(session, left.values(done=True)):
            audit(
                session,
                store.now(),
                AuditKind.MESSAGE_GIVEN_UP,
                request_id=post.request_id or None,
                to=post.to,
                why=why,
            )


def redraw_homes(store: Store, after: timedelta = timedelta(0)) -> None:
    """Redraw App Home for everybody who has ever opened it."""
    with store.writing() as session:
        homes_again(session, store.now(), after)


def head_again(session: Session, now: datetime, pair: str) -> None:
    """Redraw the first message of the pair's incident, because a request or a run has begun, gone on or ended."""
    here = select(Incident.id).where(Incident.pair == pair, col(Incident.closed_at).is_(None))
    head = update(OutboxMessage).where(
        col(OutboxMessage.kind) == MessageKind.INCIDENT, col(OutboxMessage.incident_id).in_(here)
    )
    show_again(session, head, now)


def homes_again(session: Session, at: datetime, after: timedelta = SETTLE) -> None:
    """Redraw every App Home, within the transaction of the change.

    An App Home that is being drawn may not show the change yet, so it is drawn once more.
    """
    done = col(OutboxMessage.done)
    again = due_again(at, after)
    again["tries"] = case((done, 0), else_=OutboxMessage.tries)
    again["next_try_at"] = case((done, at + after), else_=OutboxMessage.next_try_at)
    session.execute(update(OutboxMessage).where(col(OutboxMessage.kind) == MessageKind.HOME).values(**again))


def open_home(store: Store, user: str) -> None:
    """Draw App Home for a person who has opened it, now and from now on whenever something changes."""
    with store.writing() as session:
        enqueue_message(session, store.now(), MessageKind.HOME, to=user)


def place(store: Store, key: str) -> tuple[str, str] | None:
    """Return where a message is in Slack, as (channel, time stamp); None while it is not there."""
    with store.reading() as session:
        row = session.exec(select(OutboxMessage).where(OutboxMessage.key == key)).first()
        return (row.channel, row.ts) if row and row.channel and row.ts else None


def undelivered(store: Store) -> int:
    """Return how many messages Slack has still to show."""
    with store.reading() as session:
        return len(session.exec(select(OutboxMessage.id).where(col(OutboxMessage.done).is_(False))).all())


def first_time(store: Store, key: str) -> bool:
    """Record this event or signed request, and return whether it is new. A replay is not."""
    try:
        with store.writing() as session:
            session.add(Receipt(signature=key, at=store.now()))
        return True
    except IntegrityError:
        return False


def forget_receipts(store: Store, older: timedelta) -> None:
    """Delete the receipts that are so old that no replay can match them."""
    with store.writing() as session:
        session.execute(delete(Receipt).where(col(Receipt.at) < store.now() - older))
