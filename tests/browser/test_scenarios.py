"""The vendor's four scenarios in the browser, from the first look to the closed incident, with two people."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from bot.__main__ import demo_parts
from bot.simulator.demo import Demo
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.proof, pytest.mark.needs("chromium")]
FASTER = {"look_seconds": 0, "commands": {"ha-status": {"time_limit": 1.2}}, "verify_seconds": 4}
PAIRS = {
    "paris": "failed-primary",
    "london": "split-brain",
    "rome": "failed-secondary",
    "oslo": "both-failed",
    "lima": "failed-secondary",
}
CONSOLE = "Type the last six characters that its console shows"
Couple = tuple[Visitor, Visitor]


@pytest.fixture(scope="module")
def scenes() -> Iterator[Demo]:
    with Demo(demo_parts(), states=PAIRS, seconds=0.5, settings=FASTER) as found:
        found.wait()
        yield found


@pytest.fixture
def couple(scenes: Demo, browser: object) -> Iterator[Couple]:
    """Alice, who is on call, and Bob, who approves."""
    alice, bob = (Visitor(browser, scenes.url, name) for name in ("alice", "bob"))  # type: ignore[arg-type]
    yield alice, bob
    alice.leave()
    bob.leave()


def led(alice: Visitor, pair: str, words: str) -> Locator:
    """Type /ha-recover; what Alice is led to, once it says this."""
    alice.types(f"/ha-recover {pair}")
    found = alice.page.get_by_role("article", name="only visible to you").filter(has_text=f"{pair}: ")
    newest = found.filter(has_text=words).last
    expect(newest).to_be_visible()
    return newest


def states(alice: Visitor, pair: str, where: Locator) -> None:
    """Make the statement that is asked for."""
    where.get_by_role("button", name=re.compile("^Confirm ")).last.click()
    form = alice.dialog("You state:")
    form.get_by_label("How do you know?").fill("seen with my own eyes in the machine room")
    form.get_by_label(f"Type {pair} to state this under your name").fill(pair)
    alice.press("Confirm", form)
    alice.finishes("Confirmed.")


def replaces(couple: Couple, pair: str, role: str, where: Locator, fault: str = "Replace by a fresh server") -> None:
    """A new server is put there and named by Alice; Bob compares its key with what its console shows."""
    alice, bob = couple
    alice.fault(pair, role, fault)
    key = alice.behind(pair).get_by_text("Its host key is not the pinned one. Its console shows SHA256:")
    shown = key.inner_text()
    alice.press(f"New {role}…", where)
    form = alice.dialog("I fetch the host key")
    alice.press("Fetch its key", form)
    alice.finishes("Somebody else has to compare it")
    card = bob.reads(f"Is this the new {role} of {pair} at")
    bob.press("It is the same…", card)
    form = bob.dialog("offers")
    form.get_by_label(CONSOLE).fill(shown[-6:])
    bob.press("Pin this key", form)
    bob.finishes("Pinned: the new")
    expect(key).to_have_count(0)


def runs(couple: Couple, pair: str, button: str, action: str, where: Locator) -> None:
    """Alice asks by the button, Bob approves, and it is done."""
    alice, bob = couple
    alice.press(button, where)
    form = alice.dialog("Why?")
    form.get_by_label("Why?").fill("as the runbook has it")
    alice.press("Ask", form)
    alice.finishes(f"Asked: {action} on {pair}")
    bob.approve(bob.card(action, pair), pair)
    expect(bob.asked(action, pair)).to_contain_text("✅ done")


def joins(couple: Couple, pair: str, where: Locator) -> None:
    """Alice asks to join the new Secondary, Bob approves, Alice gives the code."""
    alice, bob = couple
    panel = alice.behind(pair).get_by_role("group", name=f"{pair} Secondary")
    address = panel.get_by_text("changes stored").inner_text().split()[0]
    code = panel.get_by_text("Its console shows the joining code").inner_text().split()[-1]
    alice.press("Ask to join the new Secondary", where)
    form = alice.dialog("Why?")
    form.get_by_label("Why?").fill("the new Secondary is deployed")
    alice.press("Ask", form)
    form = alice.dialog("Address of the new Secondary")
    form.get_by_label("Address of the new Secondary").fill(address)
    if PAIRS[pair] == "both-failed":
        form.get_by_label("How do you know?").fill("restored from Sunday's backup")
        form.get_by_label(f"Type {pair} to state this under your name").fill(pair)
    form.get_by_role("button").last.click()
    alice.finishes("Asked: ha-initialise")
    bob.approve(bob.card("ha-initialise", pair), pair)
    alice.press("Enter joining code…", alice.reads("waits for the joining code"))
    form = alice.dialog("starts as soon as you send this")
    form.get_by_label("Joining code").fill(code)
    alice.press("Run it now", form)
    alice.finishes("✅ ha-initialise")


def closed(couple: Couple, pair: str) -> None:
    """The head of the incident says so, and its thread has the report."""
    _, bob = couple
    head = bob.reads(f"{pair}: healthy again")
    thread = bob.follow(head)
    expect(thread.get_by_text("is closed.").first).to_be_visible()
    expect(thread.get_by_role("figure").filter(has_text="Incident").first).to_be_visible()


def test_scenario_1_a_failed_active_primary(couple: Couple) -> None:
    alice, _ = couple
    states(alice, "paris", led(alice, "paris", "Check the Primary is powered off"))
    where = led(alice, "paris", "You lose:")
    runs(couple, "paris", "Ask to fail over to the Secondary", "ha-failover", where)
    replaces(couple, "paris", "Primary", led(alice, "paris", "Deploy and configure a replacement Primary"))
    where = led(alice, "paris", "a new Primary is waiting for its data")
    runs(couple, "paris", "Ask to fail back to the Primary", "ha-failback", where)
    closed(couple, "paris")


def test_scenario_2_split_brain(couple: Couple) -> None:
    alice, _ = couple
    where = led(alice, "london", "Both servers are active")
    runs(couple, "london", "Ask to demote the Primary", "ha-demote-primary", where)
    where = led(alice, "london", "was demoted to end a split brain")
    runs(couple, "london", "Ask to fail back to the Primary", "ha-failback", where)
    closed(couple, "london")


def test_scenario_3_a_failed_standby_secondary(couple: Couple) -> None:
    alice, _ = couple
    replaces(couple, "rome", "Secondary", led(alice, "rome", "it may pass, or be only my network"))
    joins(couple, "rome", led(alice, "rome", "a new Secondary is waiting to join it"))
    closed(couple, "rome")


def test_a_real_server_cannot_be_reached_from_the_demo(couple: Couple) -> None:
    alice, _ = couple
    where = led(alice, "lima", "it may pass, or be only my network")
    for host in ("pam.example.com", "10.1.2.3"):
        alice.press("New Secondary…", where)
        form = alice.dialog("I fetch the host key")
        form.get_by_label("Host for SSH").fill(host)
        form.get_by_label("Port").fill("22")
        alice.press("Fetch its key", form)
        told = alice.dialog(f"{host}:22 offers no host key: it is not on this machine")
        expect(told).to_contain_text("Nothing was done.")
        alice.closes()


def test_scenario_4_both_servers_fail(couple: Couple) -> None:
    alice, _ = couple
    where = led(alice, "oslo", "Ask a user whether they can log in")
    replaces(couple, "oslo", "Primary", where, "Replace by one restored from the backup")
    expect(alice.behind("oslo").get_by_role("group", name="oslo Primary")).to_contain_text("2 changes stored")
    replaces(couple, "oslo", "Secondary", led(alice, "oslo", "Deploy a new PAM Server as HA Secondary"))
    joins(couple, "oslo", led(alice, "oslo", "both servers are new"))
    closed(couple, "oslo")
