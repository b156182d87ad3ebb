"""Makes each summary that is due once. Of several that were missed it makes only the last."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.schedule import Schedule
from bot.scheduler.slots import FORM, on_wall, slots, wall_of
from bot.services import Desk
from bot.store import sightings, summaries
from bot.store.summaries import SummaryRecord

# if the first probe of all and the first schedule are no further apart, they belong to one start
STARTED = timedelta(minutes=1)


def make_summaries(desk: Desk, schedules: Iterable[Schedule]) -> int:
    """Make every summary that is due and does not exist yet. Returns how many were made."""
    return sum(_make(desk, schedule) for schedule in schedules)


def _make(desk: Desk, schedule: Schedule) -> bool:
    last = summaries.last(desk.store, schedule.channel, f"{wall_of(desk.now(), schedule.zone):{FORM}}")
    after = _beginning(desk, schedule, last)
    due = slots(schedule, after, desk.now()) if after else []
    if not due:
        return False
    since = last.made_at if last else None
    # In another zone the same local time is another moment, and so another summary.
    here = "" if last is None or last.zone == schedule.zone else f" {schedule.zone}"
    return summaries.make(desk.store, schedule, due[-1] + here, since, missed=len(due) - 1)


def _beginning(desk: Desk, schedule: Schedule, last: SummaryRecord | None) -> datetime | None:
    """Return the local time after which summaries count as due. None if no pair was ever probed.

    Summaries before the channel had this schedule, or before the first probe, were not missed.
    """
    first, since = sightings.first_look(desk.store), _since(desk, schedule, last)
    if not first:
        return None
    begins = wall_of(max(first, since) if first <= desk.now() else since, schedule.zone)
    return max(begins, on_wall(last.due)) if last and last.zone == schedule.zone else begins


def _since(desk: Desk, schedule: Schedule, last: SummaryRecord | None) -> datetime:
    """Return when this schedule was found in the settings. A schedule with other times is another one."""
    known, now = summaries.known(desk.store, schedule.channel), desk.now()
    recorded = known.get((schedule.cron, schedule.zone))
    if recorded and recorded <= now:
        return recorded
    first = sightings.first_look(desk.store)
    if not recorded and last and not known:
        now = last.made_at  # an older release, which recorded no such times, has made it
    elif not recorded and first and now - first < STARTED:
        now = first
    summaries.remember(desk.store, schedule, now)  # also where it was recorded by a clock that was ahead
    return now
