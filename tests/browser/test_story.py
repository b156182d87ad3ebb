"""The stories: out of a split brain, over to the Secondary, a new Secondary; two people, two browsers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import SLOW, Visitor

pytestmark = pytest.mark.needs("chromium")
Visit = Callable[..., Visitor]


def test_the_guide_leads_two_people_from_split_brain_to_bau(visit: Visit) -> None:
    alice, bob = visit("alice"), visit("bob")
    guide = alice.page.get_by_role("region", name="Your first minute")
    expect(guide.get_by_text("To do:")).to_have_count(6)
    alice.types("first `ha-demote-primary` on london, then `ha-failback` on london: split brain")
    alice.reads("then ha-failback on london: split brain")
    expect(guide.get_by_text("To do:")).to_have_count(6)  # to speak of it is not to do it
    expect(alice.truth("london", "Secondary")).to_contain_text("ACTIVE")
    expect(alice.truth("london", "Secondary")).to_contain_text("STANDBY")  # believed, until somebody looks
    alice.press("Type it for me", guide)
    alice.page.keyboard.press("Enter")
    status = alice.told("london: split brain")
    expect(alice.truth("london", "Secondary")).not_to_contain_text("STANDBY")
    expect(bob.page.get_by_role("article", name=re.compile("only visible to you"))).to_have_count(0)

    alice.press("Ask to demote the Primary", status)
    form = alice.dialog("Ask to demote the Primary on london")
    form.get_by_label("Why?").fill("the link failed, the Secondary has today's changes")
    alice.press("Ask", form)
    alice.finishes("Asked: ha-demote-primary on london")
    alice.press("Approve demote-primary on london…", alice.card("ha-demote-primary", "london"))
    refusal = alice.told("You asked for this one, so somebody else has to approve it. @Bob Baker and @Carol Chen can.")
    expect(refusal).to_contain_text("Nothing was sent.")

    bob.approve(bob.card("ha-demote-primary", "london"), "london")
    done = bob.asked("ha-demote-primary", "london")
    expect(done).to_contain_text("✅ done")
    thread = bob.follow(done)
    expect(thread.get_by_text("✅ ha-demote-primary on london is done")).to_be_visible()
    bob.press("Ask to fail back to the Primary", thread)
    form = bob.dialog("Why?")
    form.get_by_label("Why?").fill("the link is mended")
    bob.press("Ask", form)
    bob.finishes("Asked: ha-failback on london")

    alice.page.get_by_label("Act as").select_option("Carol Chen · approver")
    alice.approve(alice.card("ha-failback", "london"), "london")
    expect(alice.asked("ha-failback", "london")).to_contain_text("✅ done")
    expect(alice.truth("london", "Secondary")).to_have_text(re.compile("STANDBY.*STANDBY"))
    expect(guide.get_by_text("To do:")).to_have_count(0)
    expect(guide).to_contain_text("london is back to normal, and nobody could do it alone.")
    thread = alice.follow(alice.asked("ha-failback", "london"))
    expect(thread.get_by_role("figure").filter(has_text="ha-failback-run")).to_contain_text("ha-failback on london")
    alice.press("Dismiss", guide)
    expect(guide).to_have_count(0)


@pytest.mark.proof
def test_a_failed_primary_until_the_secondary_serves(visit: Visit) -> None:
    alice, bob = visit("alice"), visit("bob")
    expect(alice.truth("paris", "Primary")).to_contain_text("powered off")
    alice.types("/ha-failover paris the disk of the Primary died")
    alice.press("Go on…", alice.reads("ha-failover on paris is not asked for yet, and nothing was sent."))
    alice.press("Ask", alice.dialog("Why?"))
    form = alice.dialog("You state:")
    form.get_by_label("How do you know?").fill("powered off in the hypervisor")
    form.get_by_label("Type paris to state this under your name").fill("london")
    alice.press("State and ask", form)
    wrong = form.get_by_role("alert").filter(has_text="Type the pair's name, paris, to state this. Nothing was stated.")
    expect(wrong).to_be_visible()
    name = form.get_by_label("Type paris to state this under your name")
    expect(name).to_be_focused()
    expect(form.get_by_label("How do you know?")).to_have_value("powered off in the hypervisor")
    name.fill("paris")
    alice.press("State and ask", form)
    card = bob.card("ha-failover", "paris")
    expect(card).to_contain_text("“powered off in the hypervisor” (@Alice Ando")
    alice.finishes("Asked: ha-failover on paris")
    bob.approve(card, "paris")
    expect(alice.truth("paris", "Secondary")).to_contain_text("ACTIVE")
    bob.closes()
    expect(bob.asked("ha-failover", "paris")).to_contain_text("✅ done", timeout=2 * SLOW)


@pytest.mark.proof
def test_a_new_secondary_joins_by_its_code(visit: Visit) -> None:
    alice, bob = visit("alice"), visit("bob")
    alice.fault("rome", "Secondary", "Replace by a fresh server")
    told = alice.behind("rome").get_by_text("Its console shows the joining code")
    code = told.inner_text().split()[-1]
    alice.fault("rome", "Secondary", "Write its key into the pairs file")
    expect(alice.behind("rome").get_by_text("Its host key is not the pinned one")).to_have_count(0)
    alice.types("/ha-initialise rome the new Secondary is up")
    alice.press("Go on…", alice.reads("It needs the address of the new Secondary"))
    alice.press("Ask", alice.dialog("Why?"))
    alice.dialog().get_by_label("Address of the new Secondary").fill("10.0.4.12")
    alice.press("Ask")
    bob.approve(bob.card("ha-initialise", "rome"), "rome")
    alice.finishes("Asked: ha-initialise on rome")
    alice.press("Enter joining code…", alice.reads("waits for the joining code"))
    form = alice.dialog("starts as soon as you send this")
    alice.press("Run it now", form)
    expect(form.get_by_role("alert").filter(has_text="Please complete this required field.")).to_be_visible()
    form.get_by_label("Joining code").fill(code)
    alice.press("Run it now", form)
    alice.finishes("✅ ha-initialise on rome runs now")
    expect(alice.truth("rome", "Secondary")).to_contain_text("STANDBY")
    expect(alice.asked("ha-initialise", "rome")).to_contain_text("✅ done")
    assert code not in alice.page.get_by_role("log").inner_text()
