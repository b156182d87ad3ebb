"""The canary: which edits of the bot's own message were sent, and which of them Slack reported back.

One process sends an edit; any process may receive Slack's event of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, func, select, update

from bot.store.base import Store, changed
from bot.store.tables import Canary


@dataclass(frozen=True)
class CanaryHealth:
    """How the canary does.

    `taken_at` is when Slack last accepted an edit, `returned_at` when an edit's event last came back, and `round_trip`
    how many seconds that took.
    """

    taken_at: datetime | None = None
    returned_at: datetime | None = None
    round_trip: float | None = None


def perch(store: Store, channel: str) -> str | None:
    """Return the time stamp of the message that is edited in this channel; None before the first."""
    with store.reading() as session:
        newest = select(Canary.ts).where(Canary.channel == channel).order_by(col(Canary.id).desc())
        return session.exec(newest.limit(1)).first()


def send(store: Store, channel: str, ts: str, who: str) -> int:
    """Record an edit that is about to be sent, and return its number."""
    with store.writing() as session:
        row = Canary(channel=channel, ts=ts, sent_at=store.now(), sent_by=who)
        session.add(row)
        session.flush()
        return row.id or 0


def taken(store: Store, number: int) -> None:
    """Record that Slack accepted the edit."""
    with store.writing() as session:
        session.execute(update(Canary).where(col(Canary.id) == number).values(taken_at=store.now()))


def unsend(store: Store, number: int) -> None:
    """Drop the record of an edit that Slack did not accept."""
    with store.writing() as session:
        session.execute(delete(Canary).where(col(Canary.id) == number, col(Canary.returned_at).is_(None)))


def back(store: Store, number: int, channel: str, ts: str, who: str) -> bool:
    """Record that Slack's event of an edit came back.

    Returns False for an edit that is not known, was made to another message, or had come back already.
    """
    this = update(Canary).where(col(Canary.id) == number, col(Canary.channel) == channel, col(Canary.ts) == ts)
    with store.writing() as session:
        mine = this.where(col(Canary.returned_at).is_(None))
        return changed(session, mine.values(returned_at=store.now(), returned_by=who))


def flown(store: Store, channel: str) -> CanaryHealth:
    """Return how the canary of this channel does."""
    with store.reading() as session:
        taken_at = session.exec(select(func.max(Canary.taken_at)).where(Canary.channel == channel)).one()
        row = _returned(session, channel)
        if row is None or row.returned_at is None:
            return CanaryHealth(taken_at)
        return CanaryHealth(taken_at, row.returned_at, max((row.returned_at - row.sent_at).total_seconds(), 0.0))


def _returned(session: Session, channel: str) -> Canary | None:
    rows = select(Canary).where(Canary.channel == channel, col(Canary.returned_at).is_not(None))
    return session.exec(rows.order_by(col(Canary.returned_at).desc()).limit(1)).first()


def forget(store: Store, older: timedelta) -> None:
    """Drop old edits but the newest of each channel, which says where the canary's message is."""
    newest = select(func.max(Canary.id)).group_by(col(Canary.channel))
    old = delete(Canary).where(col(Canary.sent_at) < store.now() - older, col(Canary.id).not_in(newest))
    with store.writing() as session:
        session.execute(old)
