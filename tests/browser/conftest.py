"""One demo and one browser for the tests of this folder: each test has a pair of its own."""

import sqlite3
import time
from collections.abc import Callable, Iterator

import pytest

from bot.__main__ import demo_parts
from bot.lab.demo import Demo
from bot.lab.stage import begin
from tests.browser.visitor import Visitor
from tests.chromium import browser as started

FASTER = {"look_seconds": 3600, "commands": {"ha-status": {"time_limit": 1.2}}, "verify_seconds": 4}
SETTLED = 7.0  # seconds in which nothing is in doubt any more: two looks are five apart
PAIRS = {
    "london": "split-brain",
    "paris": "failed-primary",
    "tokyo": "bau",
    "oslo": "split-brain",
    "rome": "failed-secondary",
    "lima": "split-brain",
}


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    # The bot looks at each pair once while all is well, and then leaves the looking to the people of these tests: what
    # breaks for so many of them at once would be one storm.
    with Demo(demo_parts(), states=dict.fromkeys(PAIRS, "bau"), seconds=0.7, settings=FASTER) as found:
        found.wait()
        until, well_since = time.monotonic() + 90, time.monotonic()
        while time.monotonic() < min(until, well_since + SETTLED):
            time.sleep(0.2)
            well_since = well_since if healthy(found) == len(PAIRS) else time.monotonic()
        for name, state in PAIRS.items():
            begin(found.pairs[name], state)
        yield found


def healthy(demo: Demo) -> int:
    """How many pairs were healthy in a look by the clock: each look moves the end of a sighting on."""
    newest = "s.id = (SELECT max(id) FROM sighting WHERE pair = s.pair)"
    sql = (
        f"SELECT count(*) FROM tick JOIN sighting s ON job = 'look:' || s.pair AND s.last_at >= claimed_at AND {newest}"
    )
    with sqlite3.connect(demo.stage.folder / "pairkeeper.db") as database:
        found: int = database.execute(f"{sql} WHERE s.situation = 'healthy'").fetchone()[0]
        return found


@pytest.fixture(scope="package")  # no longer: Playwright keeps an event loop open in this thread while it lives
def browser() -> Iterator[object]:
    with started() as found:
        yield found


@pytest.fixture
def visit(demo: Demo, browser: object) -> Iterator[Callable[..., Visitor]]:
    """Come to the page as somebody, by first name."""
    there: list[Visitor] = []

    def come(name: str, **context: object) -> Visitor:
        there.append(Visitor(browser, demo.url, name, **context))  # type: ignore[arg-type]
        return there[-1]

    yield come
    for visitor in there:
        visitor.leave()
