"""The messages that Slack still has to show; delivered at least once, newest state first."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, or_, select, update

from bot.store.base import PostKind, Store, changed
from bot.store.tables import Post, Receipt


@dataclass(frozen=True)
class Due:
    """A message to post (`ts` is None) or to bring up to date; `thread` is its parent's time stamp."""

    id: int
    kind: PostKind
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


def due(store: Store, most: int = 50) -> list[Due]:
    """What can be delivered now: in order, and nothing before the message that it hangs under."""
    parent = aliased(Post)
    waiting = select(Post, parent).outerjoin(parent, col(Post.under) == col(parent.key))
    waiting = waiting.where(col(Post.done).is_(False), col(Post.next_try_at) <= store.now())
    # Here and not below: what waits for a parent must not fill the list that others wait for.
    ready = waiting.where(or_(col(Post.under).is_(None), col(parent.ts).is_not(None)))
    with store.reading() as session:
        rows = session.exec(ready.order_by(col(Post.id)).limit(most)).all()
        return [_due(row, above.ts if above else None) for row, above in rows]


def _due(row: Post, thread: str | None) -> Due:
    return Due(
        id=row.id or 0,
        kind=PostKind(row.kind),
        to=row.to,
        request_id=row.request_id or 0,
        run_id=row.run_id,
        incident_id=row.incident_id or 0,
        pin_id=row.pin_id or 0,
        ts=row.ts,
        channel=row.channel,
        thread=thread,
        wanted=row.wanted,
        tries=row.tries,
    )


def delivered(store: Store, post: Due, channel: str | None, ts: str | None) -> None:
    """Remember what Slack shows now; a change that came meanwhile stays due."""
    with store.writing() as session:
        values = {"shown": post.wanted, "ts": ts or post.ts, "channel": channel or post.channel, "tries": 0}
        session.execute(update(Post).where(col(Post.id) == post.id).values(**values))
        up_to_date = update(Post).where(col(Post.id) == post.id, col(Post.wanted) == post.wanted)
        changed(session, up_to_date.values(done=True))


def put_off(store: Store, post: Due, seconds: float) -> None:
    """Slack did not take it: try again later, as often as it takes."""
    later = store.now() + timedelta(seconds=seconds)
    with store.writing() as session:
        session.execute(update(Post).where(col(Post.id) == post.id).values(tries=Post.tries + 1, next_try_at=later))


def drop(store: Store, post: Due) -> None:
    """Slack will never take it (the channel or the message is gone): no longer due."""
    with store.writing() as session:
        session.execute(update(Post).where(col(Post.id) == post.id).values(done=True))


def undelivered(store: Store) -> int:
    """How many messages Slack has still to show."""
    with store.reading() as session:
        return len(session.exec(select(Post.id).where(col(Post.done).is_(False))).all())


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
