"""How long a picture takes and how large it is: `python -m tests.bench.pictures`. CPU seconds, the best of three."""

import time
from collections.abc import Callable

from bot import charts
from tests.charts import made_up
from tests.charts.made_up import LONDON, MONTH, START, TOWNS, UNTIL
from tests.charts.plots import plots


def flapping() -> Callable[[bool], bytes]:
    """Sixty pairs, each with three hundred changes."""
    found = [made_up.flapping(name, 300, place) for place, name in enumerate(TOWNS[:60])]
    return lambda dark: charts.ribbons(found, START, UNTIL, LONDON, dark)


def month() -> Callable[[bool], bytes]:
    """Sixty pairs over thirty days."""
    found = [charts.Ribbon(name, made_up.month(place)) for place, name in enumerate(TOWNS[:60])]
    return lambda dark: charts.ribbons(found, MONTH, UNTIL, LONDON, dark)


def measured(draw: Callable[[bool], bytes]) -> tuple[float, int]:
    """The least CPU time of three, in seconds, and the size in bytes."""
    times, size = [], 0
    for _ in range(3):
        start = time.process_time()
        size = len(draw(False))
        times.append(time.process_time() - start)
    return min(times), size


def main() -> None:
    """Print a row per picture; the first one drawn pays for loading the library."""
    start = time.process_time()
    charts.ribbons([], START, UNTIL, LONDON)
    print(f"the library, loaded once: {time.process_time() - start:.2f} s")
    for name, draw in (plots() | {"ribbons-sixty-flapping": flapping(), "ribbons-sixty-month": month()}).items():
        seconds, size = measured(draw)
        print(f"{name:24} {seconds:5.2f} s {size / 1000:6.0f} kB")


if __name__ == "__main__":
    main()
