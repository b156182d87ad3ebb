"""Make the summaries that are due, each once, and of those that were missed the last one."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.desk import Desk
from bot.domain.schedule import Schedule
from bot.health.slots import on_wall, slots, wall_of
from bot.store import evidence, summaries, ticks

KNOWN = "summaries since:"  # with a channel, the tick that says when its schedule was found
STARTED = timedelta(minutes=1)  # within which the first look of all and the first summaries are one start


def make_summaries(desk: Desk, schedules: Iterable[Schedule]) -> int:
    """Have every summary sent that is due and was not made yet; how many were."""
    return sum(_make(desk, one) for one in schedules)


def _make(desk: Desk, schedule: Schedule) -> bool:
    last = summaries.last(desk.store, schedule.channel)
    after = on_wall(last.due) if last else _beginning(desk, schedule)
    due = slots(schedule, after, desk.now()) if after else []
    if not due:
        return False
    since = last.made_at if last else None
    return summaries.make(desk.store, schedule, due[-1], since, missed=len(due) - 1)


def _beginning(desk: Desk, schedule: Schedule) -> datetime | None:
    """What was due before the channel had a schedule, or before anybody looked at anything, was not missed."""
    first, now, known = evidence.first_look(desk.store), desk.now(), KNOWN + schedule.channel
    since = ticks.planned(desk.store).get(known)
    if since is None:
        since = first if first and now - first < STARTED else now
        ticks.plan(desk.store, {known: since})
    return wall_of(max(first, since), schedule.zone) if first else None
