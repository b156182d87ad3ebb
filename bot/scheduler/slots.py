"""When summaries are due: local times, each of which comes once, whatever the clocks do in spring and autumn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.domain.schedule import Schedule

FORM = "%Y-%m-%dT%H:%M"
BACK = timedelta(days=31)  # summaries missed longer ago are not counted


def slots(schedule: Schedule, after: datetime, now: datetime) -> list[str]:
    """Return the local times (`2026-10-25T01:30`) that were due after `after`, a local time too, and until `now`.

    The schedule is read without a zone, so each local time comes once; the zone then says at which moment. A time that
    the clocks skip in spring is due when it would have come, an hour later by the clock. Of two equal times in autumn
    the first one counts.
    """
    zone = ZoneInfo(schedule.zone)
    wall = now.astimezone(zone).replace(tzinfo=UTC)
    walls = _walls(schedule.cron, max(after, wall - BACK), wall + timedelta(hours=3))
    # A skipped time may fall on the same moment as the one an hour later: that is one summary, not two.
    due = {at.replace(tzinfo=zone, fold=0).astimezone(UTC): f"{at:{FORM}}" for at in walls}
    return [text for moment, text in due.items() if moment <= now]


def _walls(cron: str, after: datetime, until: datetime) -> Iterator[datetime]:
    trigger = CronTrigger.from_crontab(cron, timezone=UTC)
    at = trigger.get_next_fire_time(None, after + timedelta(seconds=1))
    while at is not None and at <= until:
        yield at
        at = trigger.get_next_fire_time(at, at)


def on_wall(text: str) -> datetime:
    """Return the local time with which the text begins, to be compared with other times of its zone."""
    return datetime.strptime(text.partition(" ")[0], FORM).replace(tzinfo=UTC)


def wall_of(moment: datetime, zone: str) -> datetime:
    """Return the local time in this zone at this moment, marked as UTC like all local times here."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
