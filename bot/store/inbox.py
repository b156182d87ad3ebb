"""What people have asked for and have no answer to yet: durable before it is acknowledged, gone once it is answered.

It is never carried out from here. When its process dies, another one tells the person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, or_, select, update

from bot.store.base import Store, changed
from bot.store.tables import Inbox, Process, Receipt, Run


@dataclass(frozen=True)
class Entry:
    """Something that a person did, in words; `key` is Slack's own name for it, the same however often it comes."""

    key: str
    person: str
    asked: str
    again: str
    about: str = ""
    url: str | None = None
    view: str | None = None


@dataclass(frozen=True)
class Unanswered:
    """What somebody has no answer to; `ran` where it is about a run, which tells of itself in its thread."""

    entry: Entry
    at: datetime
    ran: bool


def write(store: Store, new: Sequence[Entry], answered: Collection[str]) -> set[str]:
    """Take what has come and drop what was answered, in one transaction; the keys that came for the first time."""
    with store.writing(quick=True) as session:
        at, do = store.now(), session.connection()
        fresh = _receipts(do, [{"signature": entry.key, "at": at} for entry in new]) if new else set()
        if rows := {entry.key: vars(entry) | {"holder": store.me, "at": at} for entry in new if entry.key in fresh}:
            do.execute(insert(Inbox), list(rows.values()))
        if answered:
            do.execute(delete(Inbox).where(col(Inbox.key).in_(answered)))
    return fresh


def _receipts(do: Connection, rows: list[dict[str, object]]) -> set[str]:
    kind = postgresql.insert if do.dialect.name == "postgresql" else sqlite.insert
    taken = kind(Receipt).on_conflict_do_nothing().returning(col(Receipt.signature))
    return set(do.execute(taken, rows).scalars())


def mine(store: Store, key: str) -> bool:
    """Whether this process is still to answer it: one that was taken for dead is not."""
    with store.reading() as session:
        return session.exec(select(Inbox.holder).where(Inbox.key == key)).first() == store.me


def let_go(store: Store, key: str) -> None:
    """It could not be answered: any process is to tell its person, later."""
    with store.writing() as session:
        session.execute(update(Inbox).where(col(Inbox.key) == key, col(Inbox.holder) == store.me).values(holder=None))


def left(store: Store) -> list[str]:
    """The keys of what no living process holds, the oldest first."""
    with store.reading() as session:
        return list(session.exec(select(Inbox.key).where(_orphaned(store)).order_by(col(Inbox.at))).all())


def take_over(store: Store, key: str) -> Unanswered | None:
    """Hold one of them from now on; None where another process was first."""
    taken = update(Inbox).where(col(Inbox.key) == key, _orphaned(store))
    with store.writing() as session:
        if not changed(session, taken.values(holder=store.me)):
            return None
        row = session.exec(select(Inbox).where(Inbox.key == key)).one()
        return Unanswered(_entry(row), row.at, _ran(session, row.about))


def _orphaned(store: Store) -> ColumnElement[bool]:
    elsewhere = col(Inbox.holder).not_in(select(Process.id)) & (col(Inbox.holder) != store.me)
    return or_(col(Inbox.holder).is_(None), elsewhere)


def _entry(row: Inbox) -> Entry:
    return Entry(row.key, row.person, row.asked, row.again, row.about, row.url, row.view)


def _ran(session: Session, about: str) -> bool:
    what, _, number = about.partition(" ")
    if what != "request":
        return what == "run"
    return session.exec(select(Run.id).where(Run.request_id == int(number))).first() is not None
