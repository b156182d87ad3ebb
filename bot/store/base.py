"""What every change needs: the engine, the clock, an audit entry, and the message that tells of it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from bot.store.engine import open_engine, reading, writing
from bot.store.tables import Audit, Post


class PostKind(StrEnum):
    """The messages that the bot keeps in Slack, by what they show."""

    CARD = "card"
    REMINDER = "reminder"
    STEPS = "steps"
    END = "end"
    TRANSCRIPT = "transcript"
    TOLD = "told"


class Store:
    """A database and a clock; `woken` is called after a change that Slack should show."""

    def __init__(self, url: str, now: Callable[[], datetime], engine: Engine | None = None) -> None:
        self.engine = engine or open_engine(url)
        self.now = now
        self.woken: Callable[[], None] = lambda: None

    def reading(self) -> AbstractContextManager[Session]:
        """A session that only reads."""
        return reading(self.engine)

    def writing(self) -> AbstractContextManager[Session]:
        """One transaction; see `bot.store.engine.writing`."""
        return writing(self.engine)


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


def changed(session: Session, statement: Update) -> bool:
    """Run a conditional update; whether it found its row as expected."""
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def post_key(kind: PostKind, request_id: int, run_id: int | None, to: str) -> str:
    """What makes a message one and the same; requests and runs count each for themselves."""
    about = f"run {run_id}" if run_id else f"request {request_id}"
    return f"{kind}:{about}:{to}"


def want(
    session: Session,
    at: datetime,
    kind: PostKind,
    *,
    to: str,
    request_id: int,
    run_id: int | None = None,
    under: str | None = None,
) -> None:
    """Have Slack show the newest state of something: a new message, or the one that is there brought up to date."""
    about = {"kind": kind, "request_id": request_id, "run_id": run_id, "to": to, "under": under}
    due = {"done": False, "tries": 0, "next_try_at": at}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = insert(Post).values(key=post_key(kind, request_id, run_id, to), wanted=1, shown=0, **about, **due)
    session.execute(new.on_conflict_do_update(index_elements=["key"], set_={"wanted": Post.wanted + 1, **due}))
