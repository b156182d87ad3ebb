"""For those who see little, or use no mouse: the rules of axe-core, and where the focus goes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PHONE, Visitor

pytestmark = [pytest.mark.proof, pytest.mark.needs("chromium")]
Visit = Callable[..., Visitor]
# What is offered is chosen with the arrows from the message box, which scroll it; a phone shows the list by itself.
KNOWN = {"scrollable-region-focusable": "#write-offers", "landmark-one-main": "html"}


def against_the_rules(who: Visitor) -> list[str]:
    """What axe-core finds wrong with the page as it is, in light and dark."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for scheme in ("light", "dark"):
        # No colour may be on its way to another one.
        who.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        for rule in Axe().run(who.page).response["violations"]:
            nodes = [node for node in rule["nodes"] if node["target"] != [KNOWN.get(rule["id"])]]
            found += [f"{scheme} {rule['id']}: {node['html'][:120]}" for node in nodes]
    return found


def test_every_screen_keeps_the_rules(visit: Visit) -> None:
    alice = visit("alice")
    alice.page.get_by_label("Message #pam-ops").fill("/ha")
    assert against_the_rules(alice) == []
    alice.types("/ha-status bonn")
    alice.press("Details", alice.told("bonn: split brain"))
    assert against_the_rules(alice) == []
    alice.dialog()
    assert against_the_rules(alice) == []
    alice.closes()
    expect(alice.app_home()).to_contain_text("looks after")
    assert against_the_rules(alice) == []
    for at in ("#/", "#/lab", "#/C0PAMOPS"):
        assert against_the_rules(visit("bob", viewport=PHONE, at=at)) == [], at


# Beside the dialog there is only the browser itself, where the focus then is on nothing of the page.
INSIDE = "() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null"


def test_a_modal_keeps_the_focus_and_gives_it_back(visit: Visit) -> None:
    alice = visit("alice")
    alice.types("/ha-status oslo")
    opener = alice.told("oslo: split brain").get_by_role("button", name="Ask to demote the Primary")
    opener.focus()
    alice.page.keyboard.press("Enter")
    form = alice.dialog("Why?")
    expect(form.get_by_label("Why?")).to_be_focused()
    for key in ("Tab", "Shift+Tab"):
        for _ in range(6):
            alice.page.keyboard.press(key)
            assert alice.page.evaluate(INSIDE)
    alice.closes()
    expect(opener).to_be_focused()


def test_the_first_link_leads_to_the_message_box_and_stays_on_the_screen(visit: Visit) -> None:
    page = visit("dave").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message #pam-ops")).to_be_focused()
    assert page.url.endswith("#/C0PAMOPS")
