"""The tables. Only `bot.store` writes them, and every change of state is stored together with an audit entry."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, MetaData, TextClause, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from bot.domain.code import Code
from bot.domain.request import OPEN_PHASES, OPEN_STAGES, Phase, Stage
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.store.column_types import Coded, SafeText, Time, spellings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """The metadata that all tables share, with names for indexes and keys on which migrations can rely."""

    metadata = MetaData(naming_convention=NAMING)


def _code(kind: type[Code]) -> Any:
    return Field(sa_column=Column(Coded(kind), nullable=False))


def _is_one_of(column: str, codes: tuple[Code, ...]) -> TextClause:
    """Return the condition of an index. It covers both spellings, whichever release wrote the row."""
    listed = ", ".join(f"'{spelling}'" for spelling in spellings(codes))
    return text(f"{column} IN ({listed})")


def _number(name: str, column: str, default: int | None = None) -> Any:
    """Return a field of this name whose column still has the name by which the release before knows it."""
    return Field(default=default, sa_column=Column(column, Integer, key=name, nullable=default is None))


def _time(nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Time, nullable=nullable))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(SafeText, nullable=False))


OPEN_REQUEST = _is_one_of("stage", OPEN_STAGES)
OPEN_INCIDENT = text("closed_at IS NULL")
OPEN_GROUP = text("closed_at IS NULL")
PINNED = text("stage = 'approved'")
OPEN_RUN = _is_one_of("phase", OPEN_PHASES)


class Request(Base, table=True):
    """A request. An index allows at most one open request per pair."""

    __tablename__ = "request"
    __table_args__ = (
        Index("uq_request_open", "pair", unique=True, sqlite_where=OPEN_REQUEST, postgresql_where=OPEN_REQUEST),
    )
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    action: str
    requester: str
    reason: str = _text()
    stage: Stage = _code(Stage)
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
    """One person's approval of one request. Each person counts once."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("request_id", "person"),)
    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", index=True)
    person: str
    at: datetime = _time()


class Run(Base, table=True):
    """One attempt to carry out one request. Indexes allow one open run per pair, and one run per request.

    From `decidable_at` on, people may decide how it ended; it is empty where an older release sent the command. While
    the command is under way, `said` is what it prints, and `notes` is what people were told about it.
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
    phase: Phase = _code(Phase)
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
    by_hand: str = _text()
    said: str = _text()
    notes: str = _text("[]")


class Statement(Base, table=True):
    """What a person stated about a pair."""

    __tablename__ = "statement"
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    kind: StatementKind = _code(StatementKind)
    by: str
    at: datetime = _time()
    words: str = _text()
    sentence: str = _text()
    revoked_at: datetime | None = _time(nullable=True)
    revoked_by: str | None = None


class Incident(Base, table=True):
    """The time during which a pair is not healthy. An index allows at most one open incident per pair."""

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
    group_id: int | None = _number("group_id", "storm_id")


class Escalation(Base, table=True):
    """A person, user group or channel that was told of an incident which nobody had taken."""

    __tablename__ = "escalation"
    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    recipient: str
    at: datetime = _time()


class Deterioration(Base, table=True):
    """A time at which an incident became worse. While `kept_back`, nobody was told, because of maintenance."""

    __tablename__ = "deterioration"
    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id")
    pair: str = Field(index=True)
    situation: SituationCode = _code(SituationCode)
    at: datetime = _time()
    kept_back: bool = False


class IncidentGroup(Base, table=True):
    """Several incidents that began together and are told in one message. An index allows one open group per channel."""

    __tablename__ = "storm"
    __table_args__ = (
        Index("uq_storm_open", "channel", unique=True, sqlite_where=OPEN_GROUP, postgresql_where=OPEN_GROUP),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    opened_at: datetime = _time()
    closed_at: datetime | None = _time(nullable=True)


class Pin(Base, table=True):
    """A replacement server, with the key that it offered and who approved it.

    `entry` is a digest of what the pairs file said then, and `replaced` is the server before. An index allows one
    approved replacement per server.
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
    """A stretch of time in which a pair showed the same thing. Only a change makes a new row.

    `follows` is the id of the pair's row before this one, or 0 for the first. By a unique index on it, two processes
    that see the same change at once write only one row.
    """

    __tablename__ = "sighting"
    __table_args__ = (Index("uq_sighting_follows", "pair", "follows", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    pair: str = Field(index=True)
    situation: SituationCode = _code(SituationCode)
    key: str
    first_at: datetime = _time()
    last_at: datetime = _time()
    seen: str = _text()
    follows: int | None = None


class Arming(Base, table=True):
    """A pair whose check has passed for exactly these access settings."""

    __tablename__ = "arming"
    __table_args__ = (UniqueConstraint("pair", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    pair: str
    digest: str
    at: datetime = _time()


class Audit(Base, table=True):
    """What happened. Rows are appended and never changed. `state` is the new state of what the entry is about."""

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
    """A message that Slack should show.

    `desired_revision` counts its changes, and `delivered_revision` is the one that was last delivered.
    """

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("key"), Index("ix_post_due", "done", "next_try_at"))
    id: int | None = Field(default=None, primary_key=True)
    key: str
    kind: str
    request_id: int | None = Field(default=None, index=True)
    run_id: int | None = None
    incident_id: int | None = None
    pin_id: int | None = None
    group_id: int | None = _number("group_id", "storm_id")
    summary_id: int | None = None
    maintenance_id: int | None = None
    to: str
    under: str | None = None
    ts: str | None = None
    channel: str | None = None
    desired_revision: int = _number("desired_revision", "wanted", 1)
    delivered_revision: int = _number("delivered_revision", "shown", 0)
    done: bool = False
    tries: int = 0
    next_try_at: datetime = _time()
    waiting_since: datetime | None = _time(nullable=True)
    claimed_by: str | None = None
    claimed_until: datetime | None = _time(nullable=True)


class Inbox(Base, table=True):
    """An interaction without an answer yet. It is stored before it is acknowledged.

    `asked` names it in words, without anything that was filled in. `again` says how the person does it once more.
    `about` is the request or the run of a click. The answer goes to `url`, into the modal `view`, or else to the
    person.
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
    """Something that Slack sends only once: a signed HTTP request, an event, a trigger.

    A second arrival is a replay.
    """

    __tablename__ = "receipt"
    signature: str = Field(primary_key=True)
    at: datetime = _time()


class Process(Base, table=True):
    """A running bot. `beats` counts its signs of life, and `seen_at` is when it gave the last one, by its own clock."""

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
    """A job that one of the processes does by the clock: the look at one pair, or the canary.

    `due_at` is its scheduled time, which moves on when it is claimed.
    """

    __tablename__ = "tick"
    job: str = Field(primary_key=True)
    due_at: datetime = _time()
    claimed_by: str | None = None
    claimed_at: datetime | None = _time(nullable=True)


class Pulse(Base, table=True):
    """The one row that is written to find out whether the database can be written."""

    __tablename__ = "pulse"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _time()


class KnownSchedule(Base, table=True):
    """When a channel's summaries were first found to be scheduled so."""

    __tablename__ = "known_schedule"
    channel: str = Field(primary_key=True)
    cron: str = Field(primary_key=True)
    zone: str = Field(primary_key=True)
    found_at: datetime = _time()


class Maintenance(Base, table=True):
    """A time in which people work on a pair: the bot still observes it, but alerts nobody."""

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
    """A health summary that was made.

    There is one per channel and local time (with the time zone, once that has changed).
    """

    __tablename__ = "summary"
    __table_args__ = (UniqueConstraint("channel", "due"),)
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    due: str
    made_at: datetime = _time()
    said: str = _text()


class Canary(Base, table=True):
    """One edit of the bot's own message (`channel`, `ts`), made to see whether Slack's event of it comes back."""

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
    """Something that is wrong with the bot itself, while it lasts.

    The process that inserts the row tells people, once. Of a pair that cannot be observed, `channel` is the pair's and
    `words` are the reason; an older release leaves both out.
    """

    __tablename__ = "trouble"
    name: str = Field(primary_key=True)
    since: datetime = _time()
    said_by: str
    channel: str | None = None
    words: str = _text()


class Picture(Base, table=True):
    """A picture that was uploaded to Slack, to be shown again while it is recent."""

    __tablename__ = "picture"
    key: str = Field(primary_key=True)
    made_at: datetime = _time()
    file_id: str
    words: str = _text()
