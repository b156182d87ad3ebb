"""When summaries are due: times on the wall, each once, whatever the clocks do in spring and autumn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.domain.schedule import Schedule

FORM = "%Y-%m-%dT%H:%M"
BACK = timedelta(days=31)  # what was missed longer ago is not counted


def slots(schedule: Schedule, after: datetime, now: datetime) -> list[str]:
    """The times on the wall (`2026-10-25T01:30`) that were due since `after` (a time on the wall too) until now.

    Read without a zone, each time on the wall comes once; the zone then says when it was. One that the clocks jump
    over in spring is due when it would have been, an hour later on the wall; of two in autumn the first one counts.
    """
    zone = ZoneInfo(schedule.zone)
    wall = now.astimezone(zone).replace(tzinfo=UTC)
    walls = _walls(schedule.cron, max(after, wall - BACK), wall + timedelta(hours=3))
    # What the clocks jump over may be due in one moment with what comes an hour later: that is one, not two.
    due = {at.replace(tzinfo=zone, fold=0).astimezone(UTC): f"{at:{FORM}}" for at in walls}
    return [text for moment, text in due.items() if moment <= now]


def _walls(cron: str, after: datetime, until: datetime) -> Iterator[datetime]:
    trigger = CronTrigger.from_crontab(cron, timezone=UTC)
    at = trigger.get_next_fire_time(None, after + timedelta(seconds=1))
    while at is not None and at <= until:
        yield at
        at = trigger.get_next_fire_time(at, at)


def on_wall(text: str) -> datetime:
    """A time on the wall, with which the text begins, to be compared with others of its zone."""
    return datetime.strptime(text.partition(" ")[0], FORM).replace(tzinfo=UTC)


def wall_of(moment: datetime, zone: str) -> datetime:
    """What the clock on the wall shows at a moment."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
