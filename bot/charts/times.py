"""Time across a picture: where a moment lies, which ticks are marked, and how times are written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.domain.words import span

MINUTES, DAYS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720), (1, 2, 5, 10, 15, 30)
SCALE = 1.2  # pixels to a point: a picture is 1080 pixels wide, like most phones
LEAST = 2.5  # points: the least width of a span, which would otherwise not be seen
TICKS = 7  # the most ticks on an axis


@dataclass(frozen=True)
class Axis:
    """A period of time laid out from `left`, `width` points wide."""

    start: datetime
    until: datetime
    zone: tzinfo
    left: float
    width: float

    def x(self, moment: datetime) -> float:
        """Return where a moment lies. A moment outside the period lies on the edge."""
        inside = min(max(moment, self.start), self.until)
        return self.left + self.width * ((inside - self.start) / (self.until - self.start))

    def across(self, start: datetime, end: datetime) -> tuple[float, float]:
        """Return where a span begins and how wide it is, at least wide enough to be seen."""
        left, right = sharp(self.x(start)), sharp(self.x(end))
        if right - left < LEAST:
            left = sharp(min(max((left + right - LEAST) / 2, self.left), self.left + self.width - LEAST))
            right = left + LEAST
        return left, right - left

    def ticks(self) -> list[tuple[float, str]]:
        """Return round local times, each with its place. On the day of a clock change they are not evenly spread."""
        length = self.until - self.start
        if length > timedelta(days=2):
            step = next(days for days in DAYS if length / timedelta(days=days) <= TICKS + 1 or days == DAYS[-1])
            return [(self.x(at), f"{at:%a} {at.day}" if step == 1 else f"{at.day} {at:%b}") for at in self._days(step)]
        step = next(step for step in MINUTES if length / timedelta(minutes=step) <= TICKS)
        marks = [(self.x(at), f"{at:%H:%M}") for at in self._times(step)]
        ends = (at.astimezone(self.zone) for at in (self.start, self.until))
        return marks if len(marks) > 1 else [(self.x(at), f"{at:%H:%M:%S}") for at in ends]

    def _times(self, step: int) -> Iterator[datetime]:
        """Yield the local times that are `step` minutes apart by the clock.

        Steps of a quarter of an hour fit every zone.
        """
        grain = timedelta(minutes=min(step, 15))
        at = self.start.astimezone(UTC).replace(second=0, microsecond=0)
        at -= timedelta(minutes=at.minute % (grain // timedelta(minutes=1)))
        while at <= self.until:
            local = at.astimezone(self.zone)
            if at >= self.start and (local.hour * 60 + local.minute) % step == 0:
                yield local
            at += grain

    def _days(self, step: int) -> Iterator[datetime]:
        day = self.start.astimezone(self.zone).date()
        number = 0
        while (at := datetime.combine(day, time(), self.zone)) <= self.until:
            if at >= self.start:
                if number % step == 0:
                    yield at
                number += 1
            day += timedelta(days=1)


def sharp(points: float) -> float:
    """Return the length rounded to a whole pixel, which makes edges sharp and the file smaller."""
    return round(points * SCALE) / SCALE


def clock(moment: datetime, zone: tzinfo) -> str:
    at = moment.astimezone(zone)
    return f"{at:%a} {at.day} {at:%b %H:%M}"


def minute(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def period(start: datetime, until: datetime, zone: tzinfo) -> str:
    """Return from when to when, with the zone of all times in the picture."""
    return f"{clock(start, zone)} to {clock(until, zone)}, all times {zone_name(zone)}"


def zone_name(zone: tzinfo) -> str:
    """Return the zone's name as people know it: Europe/London rather than GMT."""
    return str(getattr(zone, "key", "") or zone.tzname(None) or zone)


def lasted(length: timedelta) -> str:
    """Return a length of time in words."""
    return span(length.total_seconds())


def percent(part: float | None) -> str:
    """Return a share of the time as a percentage, never rounded up."""
    if part is None:
        return "not known"
    hundredths = int(part * 10_000 + 1e-6)
    if hundredths == 10_000:
        return "100 %"
    return f"{hundredths / 100:.2f} %" if hundredths >= 9_900 else f"{hundredths // 10 / 10:.1f} %"
