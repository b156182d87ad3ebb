"""Make the summaries that are due, each once, and of those that were missed the last one."""

from collections.abc import Iterable
from datetime import datetime

from bot.desk import Desk
from bot.domain.schedule import Schedule
from bot.health.slots import on_wall, slots, wall_of
from bot.store import evidence, summaries


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
    """What was due before anybody looked at anything was not missed."""
    first = evidence.first_look(desk.store)
    return wall_of(first, schedule.zone) if first else None
