"""Ribbons, calendars and recovery times of made-up days, each light and dark."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from bot import charts
from bot.charts import Ribbon
from tests.charts import made_up
from tests.charts.made_up import LONDON, MONTH, START, TOWNS, UNTIL

Draw = Callable[[bool], bytes]


def _day(found: list[Ribbon]) -> Draw:
    return lambda dark: charts.ribbons(found, START, UNTIL, LONDON, dark)


def _calendar(seeds: Iterable[int], days: int, title: str) -> Draw:
    seen = [(made_up.month(seed, days - 8), ()) for seed in seeds]
    found = charts.days(seen, UNTIL - timedelta(days=days), UNTIL, LONDON)
    return lambda dark: charts.calendar(found, title, LONDON, dark)


def _recoveries(now: int, before: int) -> Draw:
    found = made_up.recoveries(now), made_up.recoveries(before, 6)
    return lambda dark: charts.recoveries(*found, MONTH, UNTIL, LONDON, dark)


def _month() -> Draw:
    found = [Ribbon(TOWNS[seed], made_up.month(seed)) for seed in range(6)]
    found.append(made_up.flapping("york", 700, 9, MONTH))
    return lambda dark: charts.ribbons(found, MONTH, UNTIL, LONDON, dark)


def _incident(minutes: float) -> Draw:
    return lambda dark: charts.ribbon(made_up.report(minutes), UNTIL + timedelta(minutes=minutes), LONDON, dark)


def plots() -> dict[str, Draw]:
    """Every kind, by a name for its file."""
    return {
        "ribbons-quiet": _day(made_up.quiet()),
        "ribbons-bad": _day(made_up.bad()),
        "ribbons-sixty": _day(made_up.sixty()),
        "ribbons-sixty-quiet": _day(made_up.quiet(60)),
        "ribbons-storm": _day(made_up.storm()),
        "ribbons-one-pair": _day(made_up.bad()[4:5]),
        "ribbons-month": _month(),
        "ribbons-readme": _day([made_up.bad()[0], *made_up.bad()[4:6], *made_up.quiet(6)]),
        "ribbons-nothing": _day([]),
        "calendar-month": _calendar([3], 30, "london"),
        "calendar-quarter": _calendar(range(14), 90, "All 14 pairs"),
        "recoveries": _recoveries(12, 9),
        "recoveries-many": _recoveries(200, 150),
        "recoveries-none": _recoveries(0, 0),
        "incident": _incident(14),
        "incident-begun": _incident(0.3),
    }


def draw_all(folder: Path) -> None:
    for name, draw in plots().items():
        for dark in (False, True):
            (folder / f"{name}{'-dark' if dark else ''}.png").write_bytes(draw(dark))
