"""The tables. Every table has one writer, `bot.store`, and every change of state an audit entry beside it."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, Index, MetaData, Text, TypeDecorator, UniqueConstraint, text
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """The one metadata of this project, with names that migrations can rely on."""

    metadata = MetaData(naming_convention=NAMING)


class Time(TypeDecorator[datetime]):
    """An aware UTC time: SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        found: datetime | None = value
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class SafeText(TypeDecorator[str]):
    """Text of any kind: PostgreSQL refuses NUL and both databases half a surrogate pair, so these become a mark."""

    impl = Text
    cache_ok = True
    unstorable = re.compile(r"[\x00\ud800-\udfff]")

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return self.unstorable.sub("\ufffd", value) if value else value


def _time(nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Time, nullable=nullable))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(SafeText, nullable=False))


OPEN_REQUEST = text("stage IN ('pending', 'approved', 'waiting for its code')")
OPEN_INCIDENT = text("closed_at IS NULL")
OPEN_STORM = text("closed_at IS NULL")
PINNED = text("stage = 'approved'")
OPEN_RUN = text("phase IN ('intent', 'sending', 'unknown')")


class Request(Base, table=True):
    """What somebody asked for; at most one open request per pair, by index."""

    __tablename__ = "request"
    __table_args__ = (
        Index("uq_request_open", "pair", unique=True, sqlite_where=OPEN_REQUEST, postgresql_where=OPEN_REQUEST),
    )
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    action: str
    requester: str
    reason: str = _text()
    stage: str
    plan: str = _text()
    digest: str
    seen: str = _text()
    needed: int = 1
    approvals: int = 0
    created_at: datetime = _time()
    expires_at: datetime = _time()
    decided_at: datetime | None = _time(nullable=True)
    decided_by: str | None = None
    why: str = _text()
    channel: str
    acknowledgement: str = _text()
    reminded: bool = False
    incident_id: int | None = None
    holder: str | None = None


class Approval(Base, table=True):
    """One person's yes to one request; a person counts once."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("request_id", "person"),)
    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", index=True)
    person: str
    at: datetime = _time()


class Run(Base, table=True):
    """One attempt to carry out one request; at most one open run per pair, by index, and one per request.

    `decidable_at` is from when people may decide how it ended, empty where an older release has sent it; `said` is what
    the command says, and `notes` what people were told of it, while it is under way.
    """

    __tablename__ = "run"
    __table_args__ = (
        Index("uq_run_open", "pair", unique=True, sqlite_where=OPEN_RUN, postgresql_where=OPEN_RUN),
        UniqueConstraint("request_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id")
    pair: str = Field(index=True)
    action: str
    role: str
    phase: str
    started_at: datetime = _time()
    sent_at: datetime | None = _time(nullable=True)
    answered_at: datetime | None = _time(nullable=True)
    stopped_by: str | None = None
    ended_at: datetime | None = _time(nullable=True)
    words: str = _text()
    lost: bool = False
    steps: str = _text("[]")
    before: str = _text()
    after: str = _text()
    transcript: str = _text()
    closed_by: str | None = None
    closed_at: datetime | None = _time(nullable=True)
    holder: str | None = None
    decidable_at: datetime | None = _time(nullable=True)
    given_up_by: str | None = None
    said: str = _text()
    notes: str = _text("[]")


class Statement(Base, table=True):
    """What a person stated about a pair."""

    __tablename__ = "statement"
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    kind: str
    by: str
    at: datetime = _time()
    words: str = _text()
    sentence: str = _text()
    revoked_at: datetime | None = _time(nullable=True)
    revoked_by: str | None = None


class Incident(Base, table=True):
    """The time during which a pair is not healthy; at most one open incident per pair, by index."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("uq_incident_open", "pair", unique=True, sqlite_where=OPEN_INCIDENT, postgresql_where=OPEN_INCIDENT),
    )
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    channel: str
    opened_at: datetime = _time()
    opened_by: str | None = None
    first: str = _text()
    latest: str = _text()
    healthy_until: datetime | None = _time(nullable=True)
    owner: str | None = None
    owned_at: datetime | None = _time(nullable=True)
    reminded_at: datetime = _time()
    closed_at: datetime | None = _time(nullable=True)
    escalated_at: datetime | None = _time(nullable=True)
    storm_id: int | None = None


class IncidentGroup(Base, table=True):
    """Several incidents that began together, told of as one; at most one open storm per channel, by index."""

    __tablename__ = "storm"
    __table_args__ = (
        Index("uq_storm_open", "channel", unique=True, sqlite_where=OPEN_STORM, postgresql_where=OPEN_STORM),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    opened_at: datetime = _time()
    closed_at: datetime | None = _time(nullable=True)


class Pin(Base, table=True):
    """A replacement server: the key it offered, and who approved it; `entry` is what the pairs file said then.

    At most one is in force for each server, by index.
    """

    __tablename__ = "pin"
    __table_args__ = (
        Index("uq_pin_approved", "pair", "role", unique=True, sqlite_where=PINNED, postgresql_where=PINNED),
    )
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    role: str
    host: str
    port: int
    address: str
    host_key: str = _text()
    entry: str
    replaced: str = _text()
    stage: str
    channel: str
    asked_by: str
    asked_at: datetime = _time()
    decided_by: str | None = None
    decided_at: datetime | None = _time(nullable=True)


class Sighting(Base, table=True):
    """A stretch of time in which a pair showed one and the same thing; only changes make a new row.

    `follows` is the row before it, 0 for the first: two processes that see one change at once write one row, by index.
    """

    __tablename__ = "sighting"
    __table_args__ = (Index("uq_sighting_follows", "pair", "follows", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    situation: str
    key: str
    first_at: datetime = _time()
    last_at: datetime = _time()
    seen: str = _text()
    follows: int | None = None


class Arming(Base, table=True):
    """A pair whose check has passed, for exactly these access settings."""

    __tablename__ = "arming"
    __table_args__ = (UniqueConstraint("pair", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    pair: str
    digest: str
    at: datetime = _time()


class Audit(Base, table=True):
    """What happened, appended and never changed; `state` is the new state of what the entry is about."""

    __tablename__ = "audit"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _time()
    kind: str
    pair: str | None = Field(default=None, index=True)
    who: str | None = None
    request_id: int | None = Field(default=None, index=True)
    run_id: int | None = None
    state: str | None = None
    data: str = _text("{}")


class OutboxMessage(Base, table=True):
    """A message that Slack should show: `wanted` counts changes, `shown` the change last delivered."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("key"), Index("ix_post_due", "done", "next_try_at"))
    id: int | None = Field(default=None, primary_key=True)
    key: str
    kind: str
    request_id: int | None = Field(default=None, index=True)
    run_id: int | None = None
    incident_id: int | None = None
    pin_id: int | None = None
    storm_id: int | None = None
    summary_id: int | None = None
    maintenance_id: int | None = None
    to: str
    under: str | None = None
    ts: str | None = None
    channel: str | None = None
    wanted: int = 1
    shown: int = 0
    done: bool = False
    tries: int = 0
    next_try_at: datetime = _time()
    waiting_since: datetime | None = _time(nullable=True)
    claimed_by: str | None = None
    claimed_until: datetime | None = _time(nullable=True)


class Inbox(Base, table=True):
    """What somebody asked for and has no answer to yet; written before Slack hears that it has come.

    `asked` names it in words, without anything that was filled in; `again` is how it is done once more; `about` is
    the request or the run that a click is about. The answer goes to `url`, into the modal `view`, or to the person.
    """

    __tablename__ = "inbox"
    key: str = Field(primary_key=True)
    person: str
    asked: str = _text()
    again: str
    about: str
    url: str | None = None
    view: str | None = None
    holder: str | None = None
    at: datetime = _time()


class Receipt(Base, table=True):
    """Something that Slack sends once: a signed HTTP request, an event, a trigger; the same again is a replay."""

    __tablename__ = "receipt"
    signature: str = Field(primary_key=True)
    at: datetime = _time()


class Process(Base, table=True):
    """A running bot; `beats` counts its signs of life, `seen_at` is when it gave the last one by its own clock."""

    __tablename__ = "process"
    id: str = Field(primary_key=True)
    host: str
    pid: int
    release: str
    started_at: datetime = _time()
    seen_at: datetime = _time()
    beats: int = 0
    stopping: bool = False


class Tick(Base, table=True):
    """What one of the processes does by the clock: `due_at` is the schedule's time, and moves on when it is claimed."""

    __tablename__ = "tick"
    job: str = Field(primary_key=True)
    due_at: datetime = _time()
    claimed_by: str | None = None
    claimed_at: datetime | None = _time(nullable=True)


class Maintenance(Base, table=True):
    """A time in which a pair is worked on: it is looked at, and nobody is alerted."""

    __tablename__ = "maintenance"
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    channel: str
    by: str
    because: str = _text()
    begins_at: datetime = _time()
    ends_at: datetime = _time()
    ended_at: datetime | None = _time(nullable=True)
    ended_by: str | None = None


class Summary(Base, table=True):
    """A health summary that was made; one per channel and time on the wall (with the zone, once that has changed)."""

    __tablename__ = "summary"
    __table_args__ = (UniqueConstraint("channel", "due"),)
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    due: str
    made_at: datetime = _time()
    said: str = _text()


class Canary(Base, table=True):
    """An edit of one message (`channel`, `ts`), made to see Slack's event of it come back."""

    __tablename__ = "canary"
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    ts: str
    sent_at: datetime = _time()
    sent_by: str
    taken_at: datetime | None = _time(nullable=True)
    returned_at: datetime | None = _time(nullable=True)
    returned_by: str | None = None


class Trouble(Base, table=True):
    """What is wrong with the bot itself, while it lasts; whoever writes the row says so, and once."""

    __tablename__ = "trouble"
    name: str = Field(primary_key=True)
    since: datetime = _time()
    said_by: str


class Picture(Base, table=True):
    """A picture that was given to Slack, to be shown again while it is young."""

    __tablename__ = "picture"
    key: str = Field(primary_key=True)
    made_at: datetime = _time()
    file_id: str
    words: str = _text()
