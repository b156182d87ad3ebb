"""Interactions without an answer yet. Each is stored before it is acknowledged, and deleted once it is answered.

An interaction is never carried out from here. When its process dies, another one tells the person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert
from sqlmodel import Session, col, delete, or_, select, update

from bot.store import engine
from bot.store.base import Store, changed
from bot.store.tables import Inbox, Process, Receipt, Run


@dataclass(frozen=True)
class Entry:
    """An interaction, described in words.

    `key` is Slack's own identifier, the same however often the interaction arrives. `asked` names the interaction,
    without anything that was filled in. `again` says how the person does it once more. `about` is the request or the
    run of a click. The answer goes to `url`, into the modal `view`, or else to the person.
    """

    key: str
    person: str
    asked: str
    again: str
    about: str = ""
    url: str | None = None
    view: str | None = None


@dataclass(frozen=True)
class Unanswered:
    """An interaction that was left without an answer.

    `ran` is set where it is about a run, because the run's thread shows what becomes of it.
    """

    entry: Entry
    at: datetime
    ran: bool


def write(store: Store, new: Sequence[Entry], answered: Collection[str]) -> set[str]:
    """Store the interactions that have arrived and delete the ones that were answered, in one transaction.

    Returns the keys of those that arrived for the first time.
    """
    with store.writing(quick=True) as session:
        at, do = store.now(), session.connection()
        fresh = _receipts(do, [{"signature": entry.key, "at": at} for entry in new]) if new else set()
        if rows := {entry.key: vars(entry) | {"holder": store.me, "at": at} for entry in new if entry.key in fresh}:
            do.execute(insert(Inbox), list(rows.values()))
        if answered:
            do.execute(delete(Inbox).where(col(Inbox.key).in_(answered)))
    return fresh


def _receipts(do: Connection, rows: list[dict[str, object]]) -> set[str]:
    statement = engine.insert(do.dialect, Receipt).on_conflict_do_nothing().returning(col(Receipt.signature))
    return set(do.execute(statement, rows).scalars())


def mine(store: Store, key: str) -> bool:
    """Whether this process still has to answer the interaction. It does not where others took it for dead meanwhile."""
    with store.reading() as session:
        return session.exec(select(Inbox.holder).where(Inbox.key == key)).first() == store.me


def let_go(store: Store, key: str) -> None:
    """Give up an interaction that could not be answered. Any process may tell its person later."""
    with store.writing() as session:
        session.execute(update(Inbox).where(col(Inbox.key) == key, col(Inbox.holder) == store.me).values(holder=None))


def left(store: Store) -> list[str]:
    """Return the keys of the interactions that no living process holds, oldest first."""
    with store.reading() as session:
        return list(session.exec(select(Inbox.key).where(_orphaned(store)).order_by(col(Inbox.at))).all())


def take_over(store: Store, key: str) -> Unanswered | None:
    """Hold this interaction from now on. Returns None where another process was first."""
    statement = update(Inbox).where(col(Inbox.key) == key, _orphaned(store))
    with store.writing() as session:
        if not changed(session, statement.values(holder=store.me)):
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
