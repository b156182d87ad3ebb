"""What every change needs: the engine, the clock, an audit entry, and the message that tells of it."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, UpdateBase, case, exists, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from bot.domain.errors import Reason, Refusal
from bot.store.engine import open_engine, reading, writing
from bot.store.tables import Audit, Inbox, OutboxMessage, Process

AHEAD = timedelta(minutes=1)  # a time that is further ahead was noted before the clock was set back
TAKEN = (
    "I was held up for so long that my other processes took me for dead. Nothing was done for this. Look at the "
    "thread, then try again."
)
_answering: ContextVar[str | None] = ContextVar("answering", default=None)


class MessageKind(StrEnum):
    """The messages that the bot keeps in Slack, by what they show."""

    CARD = "card"
    REMINDER = "reminder"
    STEPS = "steps"
    MEANWHILE = "meanwhile"
    END = "end"
    SETTLED = "settled"
    TRANSCRIPT = "transcript"
    TOLD = "told"
    INCIDENT = "incident"
    NUDGE = "nudge"
    WORSE = "worse"
    NEWS = "news"
    CLOSED = "closed"
    REPORT = "report"
    PICTURE = "picture"
    PIN = "pin"
    RETURNED = "returned"
    STORM = "storm"
    ESCALATION = "escalation"
    MAINTENANCE = "maintenance"
    SUMMARY = "summary"
    HOME = "home"
    BLIND = "blind"


class Store:
    """A database and a clock; `woken` is called after a change that Slack should show.

    `me` is this process for the others: what it holds is written down under this name.
    """

    def __init__(self, url: str, now: Callable[[], datetime], engine: Engine | None = None) -> None:
        self.engine = engine or open_engine(url)
        self.now = now
        self.me = uuid.uuid4().hex[:12]
        self.woken: Callable[[], None] = lambda: None

    def reading(self) -> AbstractContextManager[Session]:
        """A session that only reads."""
        return reading(self.engine)

    @contextmanager
    def writing(self, quick: bool = False) -> Iterator[Session]:
        """One transaction; see `bot.store.engine.writing`. Inside `fenced_by` it refuses what is others' by now."""
        with writing(self.engine, quick) as session:
            if (key := _answering.get()) and not changed(session, self._held(key)):
                raise Refusal(Reason.STORE, TAKEN)
            yield session

    def _held(self, key: str) -> UpdateBase:
        """Holds the row until the end of the transaction: nobody takes it over while something is done for it."""
        alive = exists().where(col(Process.id) == self.me)
        mine = update(Inbox).where(col(Inbox.key) == key, col(Inbox.holder) == self.me, alive)
        return mine.values(holder=self.me)


@contextmanager
def fenced_by(key: str) -> Iterator[None]:
    """What is written inside, in this thread, is done for this entry of the inbox: only while this process holds it."""
    token = _answering.set(key)
    try:
        yield
    finally:
        _answering.reset(token)


def audit(
    session: Session,
    at: datetime,
    kind: str,
    *,
    pair: str | None = None,
    who: str | None = None,
    request_id: int | None = None,
    run_id: int | None = None,
    state: str | None = None,
    **data: Any,
) -> None:
    """Append what happened, in the transaction in which it happens."""
    session.add(
        Audit(
            at=at.astimezone(UTC),
            kind=kind,
            pair=pair,
            who=who,
            request_id=request_id,
            run_id=run_id,
            state=state,
            data=json.dumps(data, ensure_ascii=False, default=str),
        )
    )


def past(moment: Any, now: datetime, age: timedelta) -> ColumnElement[bool]:
    """Whether a moment lies back for so long; how old it is that lies ahead, nobody can tell: it counts as past."""
    return (col(moment) <= now - age) | (col(moment) > now + AHEAD)


def changed(session: Session, statement: UpdateBase) -> bool:
    """Run a conditional change; whether it found its row as expected."""
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class MessageSubject:
    """What a message is about; a run always goes with its request."""

    request_id: int | None = None
    run_id: int | None = None
    incident_id: int | None = None
    pin_id: int | None = None
    storm_id: int | None = None
    summary_id: int | None = None
    maintenance_id: int | None = None

    def __str__(self) -> str:
        """Each kind of thing counts for itself; App Home is about nothing but its reader."""
        return next((f"{name.removesuffix('_id')} {one}" for name, one in self._ids() if one), "reader")

    def _ids(self) -> list[tuple[str, int | None]]:
        return [("run_id", self.run_id), *((name, one) for name, one in asdict(self).items() if name != "run_id")]


def post_key(kind: MessageKind, about: MessageSubject, to: str) -> str:
    """What makes a message one and the same."""
    return f"{kind}:{about}:{to}"


def enqueue_message(
    session: Session,
    at: datetime,
    kind: MessageKind,
    *,
    to: str,
    under: str | None = None,
    **ids: int | None,
) -> None:
    """Have Slack show the newest state of something: a new message, or the one that is there brought up to date."""
    about = MessageSubject(**ids)
    said = {"kind": kind, "to": to, "under": under, **asdict(about)}
    due = {"done": False, "tries": 0, "next_try_at": at}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = insert(OutboxMessage).values(
        key=post_key(kind, about, to), wanted=1, shown=0, waiting_since=at, **said, **due
    )
    session.execute(new.on_conflict_do_update(index_elements=["key"], set_=due_again(at)))


def due_again(at: datetime, after: timedelta = timedelta(0)) -> dict[str, Any]:
    """The values of messages that are there already and have become due."""
    # What has been waiting goes on waiting since then, whatever it is to show by now.
    since = case((col(OutboxMessage.done), at), else_=OutboxMessage.waiting_since)
    return {
        "wanted": OutboxMessage.wanted + 1,
        "waiting_since": since,
        "done": False,
        "tries": 0,
        "next_try_at": at + after,
    }
