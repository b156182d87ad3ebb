"""The schedules of the pairs file: a table [[summaries]] for each channel that gets a health summary."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Strict, ValidationInfo

from bot.domain.schedule import Schedule
from bot.settings.mistakes import Mistake, show, unknown
from bot.settings.rules import at
from bot.settings.tables import Channel, Table, optional, required, rule

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DATES = {str(date): date for date in range(1, 32)}
MONTHS = {str(month): month for month in range(1, 13)}
MONTHS |= {name: month for month, name in enumerate(MONTH_NAMES, 1)}
# For each field what it takes, and the number of each. Days of the week have only names: with numbers nobody can tell
# whether a week begins on Sunday or on Monday.
FIELDS = (
    ("minute", "0 to 59", {str(minute): minute for minute in range(60)}),
    ("hour", "0 to 23", {str(hour): hour for hour in range(24)}),
    ("day of the month", "1 to 31", DATES),
    ("month", "1 to 12 or jan to dec", MONTHS),
    ("day of the week", "mon to sun", {name: day for day, name in enumerate(DAY_NAMES)}),
)
NEVER = "no month of these has such a day, so it never comes. Give a day that there is."
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
PART = re.compile(r"(?:\*|0*(?P<first>\w+)(?:-0*(?P<last>\w+))?)(?:/(?P<step>[1-9]\d?))?")


def cron_mistake(cron: str) -> str:
    """Return what is wrong with a schedule; empty if nothing is."""
    parts = cron.split()
    if len(parts) != len(FIELDS):
        return 'give minute, hour, day, month and day of the week, as in "0 8 * * mon-fri".'
    for text, (name, pieces, known) in zip(parts, FIELDS, strict=True):
        try:
            _numbers(text, known)
        except (KeyError, ValueError):
            return f'its {name} is "{text}": give *, or {pieces}, as in "0 8 * * mon-fri".'
    longest = max(LENGTHS[month - 1] for month in _numbers(parts[3], MONTHS))
    return NEVER if min(_numbers(parts[2], DATES)) > longest else ""


def _numbers(text: str, known: Mapping[str, int]) -> set[int]:
    """Return the numbers that a field stands for. Raises KeyError or ValueError for a field that is wrong."""
    numbers: set[int] = set()
    for part in text.lower().split(","):
        match = PART.fullmatch(part)
        first, last, step = match.groups() if match else ("", "?", "")
        least = known[first] if first else min(known.values())
        most = known[last] if last else least if first and not step else max(known.values())
        if least > most:
            raise ValueError(part)
        numbers |= set(range(least, most + 1, int(step or 1)))
    return numbers


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _check_cron(cron: str) -> str:
    if wrong := cron_mistake(cron):
        raise ValueError(f"is {show(cron)}: {wrong}")
    return cron


def _check_pair(name: str, info: ValidationInfo) -> str:
    if info.context and name not in info.context:  # where there is no pair at all, that is told already
        raise ValueError(unknown("pair", name, info.context))
    return name


Cron = Annotated[str, AfterValidator(_check_cron)]
Zone = Annotated[str, rule(_is_zone, "is {}: give a time zone's name, as in Europe/London.")]
PairNames = Annotated[tuple[Annotated[str, AfterValidator(_check_pair)], ...], Strict(False)]


class ScheduleTable(Table):
    makes = Schedule
    channel: Channel = required("the channel, by id, that gets a health summary")
    cron: Cron = required("when: minute, hour, day, month, day of the week, as in `0 8 * * mon-fri`")
    zone: Zone = optional("the time zone in which that is read, as in `Europe/London`")
    pairs: PairNames = optional("the pairs it is about; all of them when left out")


def read_schedules(tables: Any, pairs: Collection[str]) -> tuple[tuple[Schedule, ...], list[Mistake]]:
    """Return every schedule of the file, and the mistakes in them.

    Sent summaries are recorded by channel and time, so a channel can have only one schedule.
    """
    if not isinstance(tables, list):
        return (), [Mistake("summaries", f"is {show(tables)}: write [[summaries]] above each.")]
    schedules, mistakes = [], []
    channels: set[str] = set()
    for index, table in enumerate(tables):
        place, channel = f"summaries[{index}]", at(table, str, "channel")
        schedule, more = ScheduleTable.read(table, place, pairs)
        schedules.append(schedule)
        mistakes += more
        if channel and channel in channels:
            words = f"is {channel}, which has a summary already: put its times and pairs into one."
            mistakes.append(Mistake(f"{place}.channel", words))
        channels.add(channel)
    return tuple(schedules), mistakes
