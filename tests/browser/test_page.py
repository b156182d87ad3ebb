"""The page itself: keyboard, phone, who is who, light and dark."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from bot.registry import load_commands
from tests.browser.visitor import DESK, PHONE, Visitor, sticking_out

pytestmark = pytest.mark.needs("chromium")
Visit = Callable[..., Visitor]


def test_a_command_by_keyboard_alone(visit: Visit) -> None:
    dave = visit("dave")
    box = dave.page.get_by_label("Message #pam-ops")
    box.press_sequentially("/ha-")
    offers = dave.page.get_by_role("listbox", name="Slash commands")
    expect(offers.get_by_role("option")).to_have_count(len(load_commands()))
    expect(offers.get_by_role("option", selected=True)).to_contain_text("/ha-status [pair]")
    dave.page.keyboard.press("ArrowUp")
    dave.page.keyboard.press("ArrowUp")
    expect(offers.get_by_role("option", selected=True)).to_have_text(re.compile(r"^/ha-help.*Every command"))
    dave.page.keyboard.press("Tab")
    expect(offers).to_be_hidden()
    expect(box).to_have_value("/ha-help ")
    dave.page.keyboard.press("Enter")
    dave.reads("/ha-failover <pair> <reason>")
    dave.types("/ha-nonsense")
    expect(dave.page.get_by_role("alert").filter(has_text="/ha-nonsense is not a valid command.")).to_be_visible()
    expect(box).to_have_value("/ha-nonsense")


def test_what_is_typed_is_shown_and_never_markup(visit: Visit) -> None:
    alice = visit("alice")
    alice.types("look: <img src=x onerror=alert(1)> *bold* & @bob")
    said = alice.reads("look: <img src=x onerror=alert(1)> bold & @Bob Baker")
    expect(said.locator("strong")).to_have_text("bold")
    expect(said.locator("img")).to_have_count(0)


def test_app_home_and_direct_messages(visit: Visit) -> None:
    carol = visit("carol")
    expect(carol.app_home()).to_contain_text("Pairkeeper looks after 7 pairs")
    expect(carol.page.get_by_role("img", name=re.compile("made up for the demo"))).to_be_visible()
    carol.page.get_by_role("tab", name="Messages").click()
    box = carol.page.get_by_label("Message Pairkeeper")
    box.fill("help")
    box.press("Enter")
    carol.reads("/ha-failover <pair> <reason>")


def test_a_phone_has_one_column_and_nothing_sticks_out(visit: Visit) -> None:
    page = visit("bob", viewport=PHONE, at="#/").page
    side = page.get_by_role("navigation", name="Channels and apps")
    expect(side).to_be_visible()
    expect(page.get_by_role("log")).to_be_hidden()
    assert sticking_out(page) == []
    side.get_by_role("link", name="pam-ops").click()
    expect(page.get_by_role("log")).to_be_visible()
    expect(side).to_be_hidden()
    assert sticking_out(page) == []
    page.get_by_role("button", name="Back to the list").click()
    side.get_by_role("link", name="Guide and faults").click()
    expect(page.get_by_role("heading", name="Behind the scenes")).to_be_visible()
    assert sticking_out(page) == []


def test_the_panel_is_there_once_the_window_is_wide(visit: Visit) -> None:
    page = visit("bob", viewport=PHONE).page
    page.clock.install()
    page.reload()
    expect(page.get_by_label("Act as")).to_be_visible()
    panel = page.get_by_role("complementary", name="Guide and faults")
    expect(panel).to_be_hidden()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))  # nothing is drawn again by the clock
    page.wait_for_timeout(700)
    page.set_viewport_size(DESK)
    expect(panel.get_by_role("heading", name="Behind the scenes")).to_be_visible()


def test_reload_and_the_browsers_own_buttons_keep_person_and_channel(visit: Visit) -> None:
    page = visit("alice").page
    person, where = page.get_by_label("Act as"), page.get_by_role("navigation", name="Channels and apps")

    def here(name: str, channel: str) -> None:
        expect(person).to_have_value(f"U0{name}")
        expect(page.get_by_role("heading", name=channel, exact=True)).to_be_visible()

    where.get_by_role("link", name="general").click()
    person.select_option("U0BOB")
    where.get_by_role("link", name="pam-ops").click()
    here("BOB", "#pam-ops")
    page.reload()
    here("BOB", "#pam-ops")
    page.go_back()
    here("BOB", "#general")
    page.go_back()
    here("ALICE", "#general")
    page.reload()
    here("ALICE", "#general")
    page.go_back()
    here("ALICE", "#pam-ops")
    page.go_forward()
    page.go_forward()
    here("BOB", "#general")


@pytest.mark.parametrize("locale", ["en-US", "en-GB", "ko-KR", "zh-TW", "ar-EG"])
def test_times_stay_in_their_margin(visit: Visit, locale: str) -> None:
    dave = visit("dave", locale=locale, timezone_id="America/New_York")
    for number in ("one", "two"):
        dave.types(f"{locale} {number}")
        message = dave.reads(f"{locale} {number}")
    message.hover()
    time = message.locator("time.margin")
    expect(time).to_have_text(re.compile(r"^\d+:\d\d$") if locale != "ar-EG" else re.compile(":"))
    assert time.evaluate("node => node.scrollWidth <= node.clientWidth"), "it would lie over the words"


def test_light_and_dark_by_the_system_and_by_the_switch(visit: Visit) -> None:
    page = visit("alice", color_scheme="dark").page
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(paper)
    assert dark != light
    page.get_by_role("button", name="Colours: auto. Change to light").click()
    page.get_by_role("button", name="Colours: light. Change to dark").click()
    assert page.evaluate(paper) == dark


def test_spaces_and_digits_are_drawn_from_a_text_font(visit: Visit) -> None:
    """A font of emoji has them too, wide ones, and a machine may have nothing else that is asked for by name."""
    page = visit("alice").page
    width = """(text) => {
      const span = document.createElement("span");
      Object.assign(span, { textContent: text, style: "position: absolute; white-space: pre; font-size: 100px" });
      document.body.append(span);
      const found = span.getBoundingClientRect().width;
      span.remove();
      return found;
    }"""
    assert page.evaluate(width, " " * 10) < 500
    assert page.evaluate(width, "0123456789") < 750


def test_everything_that_can_be_pressed_has_a_name(visit: Visit) -> None:
    page = visit("olivia").page
    for role in ("button", "link", "textbox", "combobox", "tab"):
        for one in page.get_by_role(role).all():  # type: ignore[arg-type]
            expect(one).to_have_accessible_name(re.compile(r"\S"))
    assert page.locator("img:not([alt])").count() == 0
