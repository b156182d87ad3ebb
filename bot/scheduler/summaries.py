"""Make the summaries that are due, each once, and of those that were missed the last one."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.schedule import Schedule
from bot.scheduler.slots import FORM, on_wall, slots, wall_of
from bot.services import Desk
from bot.store import sightings, summaries, ticks
from bot.store.summaries import SummaryRecord

KNOWN = "summaries since:"  # with a channel and its times, the tick that says when its schedule was found
STARTED = timedelta(minutes=1)  # within which the first look of all and the first summaries are one start


def make_summaries(desk: Desk, schedules: Iterable[Schedule]) -> int:
    """Have every summary sent that is due and was not made yet; how many were."""
    return sum(_make(desk, one) for one in schedules)


def _make(desk: Desk, schedule: Schedule) -> bool:
    last = summaries.last(desk.store, schedule.channel, f"{wall_of(desk.now(), schedule.zone):{FORM}}")
    after = _beginning(desk, schedule, last)
    due = slots(schedule, after, desk.now()) if after else []
    if not due:
        return False
    since = last.made_at if last else None
    # In another zone the same time on the wall is another moment, and another summary.
    here = "" if last is None or last.zone == schedule.zone else f" {schedule.zone}"
    return summaries.make(desk.store, schedule, due[-1] + here, since, missed=len(due) - 1)


def _beginning(desk: Desk, schedule: Schedule, last: SummaryRecord | None) -> datetime | None:
    """What was due before the channel had this schedule, or before anybody looked at anything, was not missed."""
    first, since = sightings.first_look(desk.store), _since(desk, schedule, last)
    if not first:
        return None
    begins = wall_of(max(first, since) if first <= desk.now() else since, schedule.zone)
    return max(begins, on_wall(last.due)) if last and last.zone == schedule.zone else begins


def _since(desk: Desk, schedule: Schedule, last: SummaryRecord | None) -> datetime:
    """When this schedule was found in the settings; one that differs in its times is another one."""
    here = f"{KNOWN}{schedule.channel}:"
    this, planned = f"{here}{schedule.cron}:{schedule.zone}", ticks.planned(desk.store)
    if this not in planned:
        first, now = sightings.first_look(desk.store), desk.now()
        found = first if first and now - first < STARTED else now
        if last and not any(name.startswith(here) for name in planned):
            found = last.made_at  # a release that noted no times has made it
        ticks.plan(desk.store, {this: found})
        return found
    if planned[this] > desk.now():  # noted by a clock that was ahead
        ticks.hurry(desk.store, this, desk.now(), desk.now())
        return desk.now()
    return planned[this]
