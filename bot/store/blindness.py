"""Pairs that a process cannot look at, through a fault of its own: told in the pair's channel, once while it lasts."""

import json
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from bot.store.base import MessageKind, MessageSubject, Store, audit, changed, enqueue_message, post_key
from bot.store.columns import read
from bot.store.tables import Audit, OutboxMessage, Process, Trouble

PREFIX = "blind:"
KIND = "blind"
NOTED = select(Trouble.name).where(col(Trouble.name) == bindparam("name"))


def begin(store: Store, pair: str, channel: str, words: str) -> None:
    """Note that this process cannot look at the pair, and tell its channel; what is noted already is not told again."""
    insert = postgresql.insert if store.engine.dialect.name == "postgresql" else sqlite.insert
    now = store.now()
    new = insert(Trouble).values(name=PREFIX + pair, since=now, said_by=store.me).on_conflict_do_nothing()
    with store.writing() as session:
        alone = not any(where == channel for _, where, _ in _current(session))
        if session.execute(new.returning(col(Trouble.name))).first() is None:
            return
        audit(session, now, KIND, pair=pair, state="begun", words=words, channel=channel)
        _tell(session, now, channel, anew=alone)
    store.woken()


def end(store: Store, pair: str) -> None:
    """The pair can be looked at again; what another living process cannot do stays noted."""
    if not read(store, NOTED, name=PREFIX + pair):
        return  # most looks end here
    now = store.now()
    alive = select(Process.id).where(Process.id != store.me)
    gone = delete(Trouble).where(col(Trouble.name) == PREFIX + pair, col(Trouble.said_by).not_in(alive))
    with store.writing() as session:
        where = [channel for name, channel, _ in _current(session) if name == pair]
        if not changed(session, gone):
            return
        audit(session, now, KIND, pair=pair, state="over")
        for channel in where:
            _tell(session, now, channel, anew=False)
    store.woken()


def current(store: Store, channel: str) -> list[tuple[str, str]]:
    """The pairs of this channel that cannot be looked at now, each with the reason, in order of their names."""
    with store.reading() as session:
        return [(pair, words) for pair, where, words in _current(session) if where == channel]


def _tell(session: Session, at: datetime, channel: str, anew: bool) -> None:
    """Have the channel's message say how it is now; `anew` has a new message posted, so that somebody hears of it."""
    if anew:
        session.execute(
            delete(OutboxMessage).where(
                col(OutboxMessage.key) == post_key(MessageKind.BLIND, MessageSubject(), channel)
            )
        )
    enqueue_message(session, at, MessageKind.BLIND, to=channel)


def _current(session: Session) -> list[tuple[str, str, str]]:
    """Each pair that cannot be looked at, with its channel and the reason."""
    names = session.exec(select(Trouble.name).where(col(Trouble.name).startswith(PREFIX)).order_by(Trouble.name))
    return [(name.removeprefix(PREFIX), *_last(session, name.removeprefix(PREFIX))) for name in names.all()]


def _last(session: Session, pair: str) -> tuple[str, str]:
    rows = select(Audit.data).where(Audit.kind == KIND, Audit.pair == pair, Audit.state == "begun")
    data = json.loads(session.exec(rows.order_by(col(Audit.id).desc()).limit(1)).one())
    return data["channel"], data["words"]
