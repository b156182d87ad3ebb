"""The health summaries that were made. There is one per channel and scheduled time, whichever process makes it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from bot.domain.schedule import Schedule
from bot.store.base import AuditKind, MessageKind, Store, audit, enqueue_message
from bot.store.engine import insert
from bot.store.tables import KnownSchedule, Summary


@dataclass(frozen=True)
class SummaryRecord:
    """A summary that was made.

    `due` is its scheduled local time, `since` is when the one before it was made, and `missed` counts the ones between
    that were not made.
    """

    id: int
    channel: str
    due: str
    made_at: datetime
    since: datetime | None
    missed: int
    zone: str
    pairs: tuple[str, ...]

    @property
    def first_of_week(self) -> bool:
        """Whether it is the channel's first summary of a week. The week begins on Monday in the channel's time zone."""
        weeks = [at.astimezone(ZoneInfo(self.zone)).isocalendar()[:2] for at in (self.since, self.made_at) if at]
        return len(set(weeks)) == len(weeks)


def _made(row: Summary) -> SummaryRecord:
    details = json.loads(row.said)
    since = datetime.fromisoformat(details["since"]) if details["since"] else None
    return SummaryRecord(
        row.id or 0,
        row.channel,
        row.due,
        row.made_at,
        since,
        details["missed"],
        details["zone"],
        tuple(details["pairs"]),
    )


def get(store: Store, summary_id: int) -> SummaryRecord:
    """Return one summary."""
    with store.reading() as session:
        return _made(session.exec(select(Summary).where(Summary.id == summary_id)).one())


def last(store: Store, channel: str, until: str = "9999") -> SummaryRecord | None:
    """Return the newest summary of a channel, or None.

    Summaries for a local time after `until` are left out: they were made while the clock was ahead.
    """
    with store.reading() as session:
        due = func.substr(Summary.due, 1, len(until))
        rows = (
            select(Summary).where(Summary.channel == channel, due <= until).order_by(due.desc(), col(Summary.id).desc())
        )
        row = session.exec(rows.limit(1)).first()
        return _made(row) if row else None


def make(store: Store, schedule: Schedule, due: str, since: datetime | None, missed: int) -> bool:
    """Record a summary and have it posted. Returns False when another process has made it already."""
    now = store.now()
    details: dict[str, Any] = {"since": since.isoformat() if since else None, "missed": missed}
    details |= {"zone": schedule.zone, "pairs": list(schedule.pairs)}
    try:
        with store.writing() as session:
            row = Summary(channel=schedule.channel, due=due, made_at=now, said=json.dumps(details))
            session.add(row)
            session.flush()
            audit(session, now, AuditKind.SUMMARY, channel=schedule.channel, due=due, missed=missed)
            enqueue_message(session, now, MessageKind.SUMMARY, to=schedule.channel, summary_id=row.id)
    except IntegrityError:
        return False
    return True


def known(store: Store, channel: str) -> dict[tuple[str, str], datetime]:
    """Return when each schedule of a channel was found in the settings, by its times and its zone."""
    with store.reading() as session:
        rows = session.exec(select(KnownSchedule).where(KnownSchedule.channel == channel))
        return {(row.cron, row.zone): row.found_at for row in rows}


def remember(store: Store, schedule: Schedule, found_at: datetime) -> None:
    """Record when a schedule was found."""
    key = {"channel": schedule.channel, "cron": schedule.cron, "zone": schedule.zone}
    new = insert(store.engine.dialect, KnownSchedule).values(**key, found_at=found_at)
    with store.writing() as session:
        session.execute(new.on_conflict_do_update(index_elements=list(key), set_={"found_at": found_at}))
