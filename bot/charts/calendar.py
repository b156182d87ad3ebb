"""A calendar with a square per day, which shows for how much of the day users were served."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.charts.legend import Entry, legend
from bot.charts.sheet import EDGE, SMALL, TITLE, WIDTH, Sheet, sheet
from bot.charts.theme import GREEN, ORANGE, VERMILION, Fill
from bot.charts.times import lasted, percent, zone_name
from bot.charts.words import shortened
from bot.domain.timeline import Availability, Span, Stretch, share

GAP = 8.0
HIGH = 74.0
BAR = 9.0
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# The smallest share of a level, its words, and how it looks. Without patterns: each day that was not served in full
# has its share written on it.
LEVELS = (
    (1.0, "all of the day", Fill(GREEN)),
    (0.99, "99 % and more", Fill("#B3E2D4")),
    (0.95, "95 % and more", Fill(ORANGE)),
    (0.0, "less", Fill(VERMILION)),
)
ALONE = Fill("#000000")


@dataclass(frozen=True)
class Day:
    """One local day. Times that are unknown, and maintenance, are left out of its share."""

    date: date
    share: Availability


def days(
    pairs: Iterable[tuple[Sequence[Stretch], Sequence[Span]]], start: datetime, until: datetime, zone: tzinfo
) -> list[Day]:
    """Return every local day that begins before `until`, over one pair or several. A day may have 23 or 25 hours."""
    known = list(pairs)
    collected: list[Day] = []
    day = start.astimezone(zone).date()
    while (begin := datetime.combine(day, time(), zone)) < until:
        end = min(datetime.combine(day + timedelta(days=1), time(), zone), until)
        # in UTC like the stretches, which makes comparing far cheaper
        first, last = max(begin, start).astimezone(UTC), end.astimezone(UTC)
        shares = (share(seen, first, last, spans) for seen, spans in known)
        collected.append(Day(day, sum(shares, Availability())))
        day += timedelta(days=1)
    return collected


def calendar(days_shown: Sequence[Day], title: str, zone: tzinfo, dark: bool = False) -> bytes:
    """Return a PNG with a square per day, and weeks below each other. `title` says what it is about.

    Raises NoPictures.
    """
    with sheet(dark) as card:
        card.lines(summed(days_shown, title), TITLE, bold=True)
        card.lines(days_from_to(days_shown, zone), muted=True)
        card.y += 10
        if days_shown:
            _weeks(card, days_shown)
        _legend(card, days_shown)
        return card.png()


def level(availability: Availability) -> Fill | None:
    """Return how a share looks, or None if nothing is known."""
    part = availability.availability
    return None if part is None else next(look for least, _, look in LEVELS if part >= least)


def summed(days_shown: Sequence[Day], title: str) -> str:
    whole = sum((day.share for day in days_shown), Availability())
    return f"{title}: served {percent(whole.availability)}" if whole.known else f"{title}: nothing is known"


def days_from_to(days_shown: Sequence[Day], zone: tzinfo) -> str:
    if not days_shown:
        return "No days."
    first, last = days_shown[0].date, days_shown[-1].date
    return f"{first.day} {first:%b} to {last.day} {last:%b %Y}, all times {zone_name(zone)}. Maintenance left out"


def _weeks(card: Sheet, days_shown: Sequence[Day]) -> None:
    wide = (WIDTH - 2 * EDGE + GAP) / 7
    for place, name in enumerate(WEEKDAYS):
        card.text(EDGE + place * wide + (wide - GAP) / 2, card.y + 14, name, SMALL, muted=True, align="center")
    card.y += 34
    monday = days_shown[0].date - timedelta(days=days_shown[0].date.weekday())
    for day in days_shown:
        week, weekday = divmod((day.date - monday).days, 7)
        named = day is days_shown[0] or day.date.day == 1
        _day(card, day, EDGE + weekday * wide, card.y + week * (HIGH + GAP), wide - GAP, named)
    card.y += ((days_shown[-1].date - monday).days // 7 + 1) * (HIGH + GAP)


def _day(card: Sheet, day: Day, x: float, y: float, wide: float, named: bool) -> None:
    look = level(day.share)
    if look:
        card.fill(look, [(x, y, wide, HIGH)])
        part = day.share.alone / day.share.known
        if part:
            length = max(wide * part, BAR)
            card.fill(Fill("#FFFFFF"), [(x, y + HIGH - BAR - 2, length + 2, BAR + 2)])
            card.fill(ALONE, [(x, y + HIGH - BAR, length, BAR)])
    else:
        card.line([x, x + wide], [y + 50, y + 50], style=":", wide=3)
    card.frame([(x, y, wide, HIGH)])
    words = f"{day.date.day} {day.date:%b}" if named else str(day.date.day)
    card.text(x + 8, y + 18, words, SMALL, on=look, bold=named, muted=look is None)
    if look and day.share.availability != 1:
        card.text(x + wide - 8, y + 46, percent(day.share.availability), SMALL, on=look, align="right", bold=True)


def _legend(card: Sheet, days_shown: Sequence[Day]) -> None:
    looks = {level(day.share) for day in days_shown}
    entries = [Entry(f"served {words}", look) for _, words, look in LEVELS if look in looks]
    if any(day.share.alone for day in days_shown):
        entries.append(Entry("part of the day without a standby", ALONE, BAR / 24))
    if None in looks or not days_shown:
        entries.append(Entry("nothing known"))
    legend(card, entries)


def described_calendar(days_shown: Sequence[Day], title: str, zone: tzinfo) -> str:
    """Return the same in words: the whole, then the days that were not perfect, the worst first."""
    parts = [f"{summed(days_shown, title)}. {days_from_to(days_shown, zone)}."]
    bad = [day for day in days_shown if day.share.availability is not None and day.share.availability < 1]
    for day in sorted(bad, key=lambda one: (one.share.availability, one.date)):
        lost = lasted(day.share.known - day.share.served)
        parts.append(f"{day.date.day} {day.date:%b}: {percent(day.share.availability)}, not served for {lost}.")
    alone = sum((day.share.alone for day in days_shown), timedelta(0))
    if alone:
        parts.insert(1, f"Without a standby for {lasted(alone)}.")
    if blank := sum(not day.share.known for day in days_shown):
        parts.insert(1, f"Nothing is known of {blank} days." if blank > 1 else "Nothing is known of 1 day.")
    if days_shown and not bad and blank < len(days_shown):
        parts.append("Every known day was served in full.")
    return shortened(parts)
