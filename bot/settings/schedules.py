"""Reads the schedules of the pairs file: a table [[summaries]] for each channel that gets a health summary."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.schedule import Schedule
from bot.settings.mistakes import Mistake, show, unknown
from bot.settings.rules import CHANNEL
from bot.settings.types import read_table

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# For each field its numbers and its names. Days of the week have only names: with numbers nobody can tell whether a
# week begins on Sunday or on Monday.
FIELDS: tuple[tuple[str, range, tuple[str, ...]], ...] = (
    ("minute", range(60), ()),
    ("hour", range(24), ()),
    ("day of the month", range(1, 32), ()),
    ("month", range(1, 13), MONTHS),
    ("day of the week", range(0), DAYS),
)
NEVER = "no month of these has such a day, so it never comes. Give a day that there is."
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>[1-9]\d?))?")


def read_schedules(data: Mapping[str, Any], pairs: Collection[str], told: list[Mistake]) -> tuple[Schedule, ...]:
    """Return every schedule of the file. Mistakes are added to `told`."""
    tables = data.get("summaries", [])
    if not isinstance(tables, list):
        told.append(Mistake("summaries", f"is {show(tables)}: write [[summaries]] above each."))
        return ()
    found = []
    for index, table in enumerate(tables):
        place = f"summaries[{index}]"
        wrong = len(told)
        one: Schedule = read_table(Schedule, table, place, told)
        found.append(one)
        if len(told) == wrong:
            told += _mistakes(place, one, pairs)
    told += _shared(found)
    return tuple(found)


def _mistakes(place: str, one: Schedule, pairs: Collection[str]) -> Iterator[Mistake]:
    if not CHANNEL.fullmatch(one.channel):
        yield Mistake(f"{place}.channel", f"is {show(one.channel)}: give the channel's id, as in C0123456789.")
    if wrong := cron_mistake(one.cron):
        yield Mistake(f"{place}.cron", f"is {show(one.cron)}: {wrong}")
    try:
        ZoneInfo(one.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Mistake(f"{place}.zone", f"is {show(one.zone)}: give a time zone's name, as in Europe/London.")
    for index, name in enumerate(one.pairs):
        if name not in pairs:
            yield Mistake(f"{place}.pairs[{index}]", unknown("pair", name, pairs))


def _shared(found: list[Schedule]) -> Iterator[Mistake]:
    """Yield a mistake for each channel that has two schedules.

    Sent summaries are recorded by channel and time, so a channel can have only one.
    """
    channels: set[str] = set()
    for index, one in enumerate(found):
        if one.channel in channels:
            words = f"is {one.channel}, which has a summary already: put its times and pairs into one."
            yield Mistake(f"summaries[{index}].channel", words)
        channels.add(one.channel)


def cron_mistake(cron: str) -> str:
    """Return what is wrong with a schedule; empty if nothing is."""
    parts = cron.split()
    if len(parts) != len(FIELDS):
        return 'give minute, hour, day, month and day of the week, as in "0 8 * * mon-fri".'
    for text, (name, numbers, names) in zip(parts, FIELDS, strict=True):
        if not all(_fits(one, numbers, names) for one in text.split(",")):
            known = f"{numbers.start} to {numbers.stop - 1}" if numbers else ""
            allowed = " or ".join(filter(None, (known, f"{names[0]} to {names[-1]}" if names else "")))
            return f'its {name} is "{text}": give *, or {allowed}, as in "0 8 * * mon-fri".'
    return NEVER if _never_comes(parts[2], parts[3]) else ""


def _never_comes(days: str, months: str) -> bool:
    """Whether no month of these has one of these days, as with the 31st of February."""
    longest = max(LENGTHS[month - 1] for month in _numbers(months, FIELDS[3]))
    return min(_numbers(days, FIELDS[2])) > longest


def _numbers(text: str, field: tuple[str, range, tuple[str, ...]]) -> set[int]:
    """Return the numbers that a valid field stands for."""
    _, numbers, names = field
    found: set[int] = set()
    for part in text.lower().split(","):
        match = PART.fullmatch(part)
        assert match
        first = numbers.start if match["first"] is None else _rank(match["first"], numbers, names) or numbers.start
        alone = match["last"] is None and match["step"] is None and match["first"] is not None
        last = first if alone else _rank(match["last"], numbers, names) if match["last"] else numbers.stop - 1
        found |= set(range(first, (last or first) + 1, int(match["step"] or 1)))
    return found


def _fits(text: str, numbers: range, names: tuple[str, ...]) -> bool:
    match = PART.fullmatch(text.lower())
    if match is None:
        return False
    ends = [_rank(match[end], numbers, names) for end in ("first", "last") if match[end] is not None]
    return None not in ends and ends == sorted(ends, key=lambda end: end or 0)


def _rank(text: str, numbers: range, names: tuple[str, ...]) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text) if int(text) in numbers else None
    return numbers.start + names.index(text) if text in names else None
