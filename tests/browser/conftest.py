"""One demo and one browser for the tests of this folder: each test has a pair of its own."""

from collections.abc import Callable, Iterator

import pytest

from bot.__main__ import demo_parts
from bot.simulator.cast import FIVE
from bot.simulator.demo import Demo
from tests.browser.visitor import Visitor
from tests.support.chromium import browser as started

# Looked at by the people of these tests alone: so many pairs that break at once would be one storm to the clock.
FASTER = {"look_seconds": 0, "commands": {"ha-status": {"time_limit": 1.2}}, "verify_seconds": 4}
PAIRS = {
    "london": "split-brain",
    "paris": "failed-primary",
    "tokyo": "bau",
    "oslo": "split-brain",
    "rome": "failed-secondary",
    "lima": "split-brain",
    "bonn": "split-brain",
}


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    with Demo(demo_parts(), states=PAIRS, seconds=0.7, settings=FASTER) as found:
        found.wait()
        yield found


@pytest.fixture(scope="package")  # no longer: Playwright keeps an event loop open in this thread while it lives
def browser() -> Iterator[object]:
    with started() as found:
        yield found


@pytest.fixture
def visit(demo: Demo, browser: object) -> Iterator[Callable[..., Visitor]]:
    """Come to the page as somebody, by first name."""
    there: list[Visitor] = []
    for person in map(demo.slack.as_person, (one.id for one in FIVE)):
        if person.modal():
            person.close(everything=True)  # a test that failed has left it open; the next must not fail with it

    def come(name: str, **context: object) -> Visitor:
        there.append(Visitor(browser, demo.url, name, **context))  # type: ignore[arg-type]
        return there[-1]

    yield come
    for visitor in there:
        visitor.leave()
