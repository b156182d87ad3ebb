"""The demo as it is started, and somebody who has never seen it and does what its guide says, in one browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from bot.__main__ import demo_parts
from bot.simulator.demo import Demo
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.proof, pytest.mark.needs("chromium")]


@pytest.fixture
def newcomer(browser: object) -> Iterator[Visitor]:
    """At the page as it opens."""
    with Demo(demo_parts()) as demo:
        demo.wait()
        found = Visitor(browser, demo.url, "alice")  # type: ignore[arg-type]
        yield found
        found.leave()


def test_a_newcomer_does_what_the_guide_says(newcomer: Visitor) -> None:
    guide = newcomer.page.get_by_role("region", name="Your first minute")
    newcomer.reads("london: split brain · seen at")  # comes by itself, and is nothing that the newcomer has done
    left(guide, 6)
    types(newcomer, guide)
    newcomer.told("london: split brain")
    left(guide, 5)
    types(newcomer, guide)
    card = newcomer.card("ha-demote-primary", "london")
    left(guide, 4)
    newcomer.press("Approve demote-primary on london…", card)
    newcomer.told("You asked for this one, so somebody else has to approve it.")
    left(guide, 3)
    becomes(newcomer, guide, "Bob Baker")
    newcomer.approve(card, "london")
    left(guide, 2)
    expect(guide).to_contain_text("The Primary of london is demoted, and the Secondary serves the users.")
    becomes(newcomer, guide, "Alice Ando")
    thread = newcomer.follow(newcomer.asked("ha-demote-primary", "london"))
    newcomer.press("Ask to fail back to the Primary", thread)
    form = newcomer.dialog("Why?")
    form.get_by_label("Why?").fill("the link is mended")
    newcomer.press("Ask", form)
    newcomer.finishes("Asked: ha-failback on london")
    left(guide, 1)
    becomes(newcomer, guide, "Bob Baker")
    newcomer.approve(newcomer.card("ha-failback", "london"), "london")
    left(guide, 0)
    expect(guide).to_contain_text("london is back to normal, and nobody could do it alone.")
    newcomer.reads("london: healthy again")


def test_the_guide_says_where_its_steps_do_not_fit(newcomer: Visitor) -> None:
    guide = newcomer.page.get_by_role("region", name="Your first minute")
    expect(guide).to_contain_text("london is in split brain: both servers are active")
    newcomer.page.evaluate("fetch('/lab/pairs/london/restart/bau', { method: 'POST', body: '{}' })")
    expect(guide).to_contain_text("london is not in split brain now, so these steps do not fit it.")
    newcomer.press("Play it again", guide)
    expect(guide).to_contain_text("london is in split brain: both servers are active")
    expect(guide.get_by_role("button", name="Play it again")).to_have_count(0)


def left(guide: Locator, count: int) -> None:
    """So many things are left to do."""
    expect(guide.get_by_text("To do:")).to_have_count(count)


def types(newcomer: Visitor, guide: Locator) -> None:
    """Have the line typed that the guide shows, and send it."""
    newcomer.press("Type it for me", guide)
    newcomer.page.keyboard.press("Enter")


def becomes(newcomer: Visitor, guide: Locator, name: str) -> None:
    """Act as the one whom the guide names."""
    newcomer.press(f"Act as {name}", guide)
