"""What every change in the store needs: the engine, the clock, an audit entry, and the message in Slack."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, Update, UpdateBase, case, exists, update
from sqlmodel import Session, col

from bot.domain.code import stored
from bot.domain.errors import Refusal, RefusalCode
from bot.store.engine import insert, open_engine, reading, writing
from bot.store.tables import Audit, Inbox, OutboxMessage, Process

AHEAD = timedelta(minutes=1)  # a stored time that is further ahead was written before the clock was set back
_answering: ContextVar[str | None] = ContextVar("answering", default=None)
DUE = "due"  # in the info of a session whose transaction makes messages due


class AuditKind(StrEnum):
    """What an audit entry tells. The values are stored; older entries have spaces in place of underscores."""

    REQUEST = "request"
    RUN = "run"
    ANSWERED = "answered"
    NOTED = "noted"
    STOP = "stop"
    STOP_WAITING = "stop_waiting"
    PUT_OFF = "put_off"
    TAKEN_OVER = "taken_over"
    STILL_LOOKING = "still_looking"
    STATEMENT = "statement"
    REVOKED = "revoked"
    ARMED = "armed"
    HOST_KEY = "host_key"
    RETURNED = "returned"
    INCIDENT = "incident"
    OWNER = "owner"
    NOTE = "note"
    WORSE = "worse"
    ESCALATED = "escalated"
    BLIND = "blind"
    MAINTENANCE = "maintenance"
    SUMMARY = "summary"
    MESSAGE_GIVEN_UP = "message_given_up"


class MessageKind(StrEnum):
    """The kinds of message that the bot keeps in Slack, by what they show."""

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
    INCIDENT_GROUP = "storm"  # as the release before stores it
    ESCALATION = "escalation"
    MAINTENANCE = "maintenance"
    SUMMARY = "summary"
    HOME = "home"
    BLIND = "blind"


class Store:
    """A database and a clock.

    `woken` is called after each transaction that changed what Slack should show. `me` is the name of this process,
    under which the others see what it holds.
    """

    def __init__(self, url: str, now: Callable[[], datetime], engine: Engine | None = None) -> None:
        self.engine = engine or open_engine(url)
        self.now = now
        self.me = uuid.uuid4().hex[:12]
        self.woken: Callable[[], None] = lambda: None

    def reading(self) -> AbstractContextManager[Session]:
        """Return a session that only reads."""
        return reading(self.engine)

    @contextmanager
    def writing(self, quick: bool = False) -> Iterator[Session]:
        """Open one transaction; see `bot.store.engine.writing`, also for `quick`.

        Inside `fenced_by`, raises Refusal where this process no longer holds the interaction.
        """
        with writing(self.engine, quick) as session:
            if (key := _answering.get()) and not changed(session, self._held(key)):
                raise Refusal(RefusalCode.FENCED_OUT)
            yield session
        if session.info.get(DUE):
            self.woken()

    def _held(self, key: str) -> UpdateBase:
        """Return the statement that locks the interaction's row until the end of the transaction.

        While it is locked, no other process can take it over. The statement finds no row where this process no longer
        holds it.
        """
        alive = exists().where(col(Process.id) == self.me)
        mine = update(Inbox).where(col(Inbox.key) == key, col(Inbox.holder) == self.me, alive)
        return mine.values(holder=self.me)


@contextmanager
def fenced_by(key: str) -> Iterator[None]:
    """Tie every write in this block and thread to one stored interaction.

    A write succeeds only while this process still holds the interaction with this key; else it raises Refusal.
    """
    token = _answering.set(key)
    try:
        yield
    finally:
        _answering.reset(token)


def audit(
    session: Session,
    at: datetime,
    kind: AuditKind,
    *,
    pair: str | None = None,
    who: str | None = None,
    request_id: int | None = None,
    run_id: int | None = None,
    state: str | None = None,
    **data: Any,
) -> None:
    """Append an audit entry, in the same transaction as the change that it describes."""
    spelled = {name: stored(value) for name, value in data.items()}
    session.add(
        Audit(
            at=at.astimezone(UTC),
            kind=kind,
            pair=pair,
            who=who,
            request_id=request_id,
            run_id=run_id,
            state=stored(state),
            data=json.dumps(spelled, ensure_ascii=False, default=str),
        )
    )


def past(moment: Any, now: datetime, age: timedelta) -> ColumnElement[bool]:
    """Return the condition that a moment lies at least `age` back.

    A moment more than AHEAD in the future counts as past too, since nobody can tell how old it is.
    """
    return (col(moment) <= now - age) | (col(moment) > now + AHEAD)


def changed(session: Session, statement: UpdateBase) -> bool:
    """Execute a conditional change, and return whether it found its row as expected."""
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


KEYED = {"group": "storm"}


@dataclass(frozen=True)
class MessageSubject:
    """What a message is about. A message about a run names the run's request too."""

    request_id: int | None = None
    run_id: int | None = None
    incident_id: int | None = None
    pin_id: int | None = None
    group_id: int | None = None
    summary_id: int | None = None
    maintenance_id: int | None = None

    def __str__(self) -> str:
        """Return the subject in short, such as "run 5".

        A message about nothing, such as App Home, has the subject "reader".
        """
        return next((f"{name} {number}" for name, number in self._numbers() if number), "reader")

    def _numbers(self) -> list[tuple[str, int | None]]:
        """Return the numbers by the names that stand in stored keys: a group is a `storm` there."""
        named = {name.removesuffix("_id"): number for name, number in asdict(self).items()}
        return [("run", self.run_id), *((KEYED.get(name, name), number) for name, number in named.items())]


def post_key(kind: MessageKind, about: MessageSubject, to: str) -> str:
    """Return the key of a message. The same kind, subject and recipient always mean the same message."""
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
    """Have Slack show the newest state of something: post a new message, or update the one that is there.

    `under` is the key of the message in whose thread it is posted.
    """
    about = MessageSubject(**ids)
    values = {"kind": kind, "to": to, "under": under, **asdict(about)}
    due = {"done": False, "tries": 0, "next_try_at": at}
    first = {"key": post_key(kind, about, to), "desired_revision": 1, "delivered_revision": 0, "waiting_since": at}
    new = insert(session.get_bind().dialect, OutboxMessage).values(**first, **values, **due)
    session.execute(new.on_conflict_do_update(index_elements=["key"], set_=due_again(at)))
    session.info[DUE] = True


def show_again(session: Session, messages: Update, at: datetime) -> None:
    """Have existing messages brought up to date at once; `messages` says which."""
    session.execute(messages.values(**due_again(at)))
    session.info[DUE] = True


def due_again(at: datetime, after: timedelta = timedelta(0)) -> dict[str, Any]:
    """Return the values with which existing messages become due again, after the time `after`."""
    # A message that is waiting already keeps the time since when it waits, although it will show something newer.
    since = case((col(OutboxMessage.done), at), else_=OutboxMessage.waiting_since)
    return {
        "desired_revision": OutboxMessage.desired_revision + 1,
        "waiting_since": since,
        "done": False,
        "tries": 0,
        "next_try_at": at + after,
    }
