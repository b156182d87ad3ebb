"""Pairs that a process cannot observe because of a fault of its own. The pair's channel is told once while it lasts."""

from datetime import datetime

from sqlmodel import Session, col, delete, select

from bot.store.base import AuditKind, MessageKind, MessageSubject, Store, audit, enqueue_message, post_key
from bot.store.engine import insert
from bot.store.tables import OutboxMessage, Process, Trouble

PREFIX = "blind:"


def begin(store: Store, pair: str, channel: str, words: str) -> None:
    """Record that this process cannot observe the pair, and tell its channel.

    Does nothing where that is recorded already.
    """
    now = store.now()
    new = (
        insert(store.engine.dialect, Trouble)
        .values(name=PREFIX + pair, since=now, said_by=store.me, channel=channel, words=words)
        .on_conflict_do_nothing()
    )
    with store.writing() as session:
        alone = not _current(session, channel)
        if session.execute(new.returning(col(Trouble.name))).first() is None:
            return
        audit(session, now, AuditKind.BLIND, pair=pair, state="begun", words=words, channel=channel)
        _tell(session, now, channel, anew=alone)


def end(store: Store, pair: str, channel: str) -> None:
    """Record that the pair can be observed again. Another living process's record that it cannot stays."""
    now = store.now()
    alive = select(Process.id).where(Process.id != store.me)
    gone = delete(Trouble).where(col(Trouble.name) == PREFIX + pair, col(Trouble.said_by).not_in(alive))
    with store.writing() as session:
        over = session.execute(gone.returning(col(Trouble.channel))).first()
        if over is None:
            return
        audit(session, now, AuditKind.BLIND, pair=pair, state="over")
        _tell(session, now, over.channel or channel, anew=False)


def current(store: Store, channel: str) -> list[tuple[str, str]]:
    """Return the pairs of this channel that cannot be observed now, each with the reason, ordered by name."""
    with store.reading() as session:
        return _current(session, channel)


def _tell(session: Session, at: datetime, channel: str, anew: bool) -> None:
    """Update the channel's message. With `anew`, a new message is posted instead, so that people notice it."""
    if anew:
        session.execute(
            delete(OutboxMessage).where(
                col(OutboxMessage.key) == post_key(MessageKind.BLIND, MessageSubject(), channel)
            )
        )
    enqueue_message(session, at, MessageKind.BLIND, to=channel)


def _current(session: Session, channel: str) -> list[tuple[str, str]]:
    # Where an older release has recorded no channel, any channel may be the pair's.
    here = (col(Trouble.channel) == channel) | col(Trouble.channel).is_(None)
    rows = select(Trouble.name, Trouble.words).where(col(Trouble.name).startswith(PREFIX), here)
    return [(name.removeprefix(PREFIX), words) for name, words in session.exec(rows.order_by(Trouble.name))]
