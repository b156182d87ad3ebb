"""What is refused, and what goes wrong: an outsider, a stale approval, a frozen server, a Slack that limits."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import SLOW, Visitor

pytestmark = [pytest.mark.proof, pytest.mark.needs("chromium")]
Visit = Callable[..., Visitor]


def test_an_outsider_and_a_stale_approval_are_refused(visit: Visit) -> None:
    alice, bob, olivia = visit("alice"), visit("bob"), visit("olivia")
    alice.types("/ha-demote-primary oslo the link failed, the Secondary is newer")
    olivia.press("Approve demote-primary on oslo…", olivia.card("ha-demote-primary", "oslo"))
    refusal = olivia.told(re.compile("⛔ .*@Bob Baker and @Carol Chen"))
    expect(refusal).to_contain_text("Nothing was sent.")
    olivia.types("/ha-demote-primary oslo let me")
    expect(olivia.told("You may look at oslo, but not ask for changes.")).to_contain_text("Nothing was sent.")

    alice.fault("oslo", "Primary", "Make sick")
    bob.approve(bob.card("ha-demote-primary", "oslo"), "oslo")
    card = bob.asked("ha-demote-primary", "oslo")
    expect(card).to_contain_text("⛔ not sent")
    expect(card.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)
    told = bob.follow(card).get_by_role("article").filter(has_text="has changed since this was asked for").last
    expect(told).to_contain_text("Nothing was sent.")
    expect(told).to_contain_text("Primary: approved as active, now failed")
    expect(alice.truth("oslo", "Secondary")).to_contain_text("ACTIVE")


def test_a_frozen_server_is_no_answer_and_comes_back(visit: Visit) -> None:
    dave = visit("dave")
    dave.fault("tokyo", "Primary", "Freeze")
    expect(dave.truth("tokyo", "Primary")).to_contain_text("frozen")
    dave.types("/ha-status tokyo")
    status = dave.told("tokyo: Primary not answering")
    expect(status).to_contain_text("no answer")
    dave.fault("tokyo", "Primary", "Thaw")
    dave.types("/ha-status tokyo")
    dave.told("tokyo: healthy")


def test_what_is_approved_while_slack_limits_is_not_sent_and_told_when_it_can_be(visit: Visit) -> None:
    alice, carol = visit("alice"), visit("carol")
    alice.types("/ha-demote-primary lima the link failed, the Secondary is newer")
    carol.press("Approve demote-primary on lima…", carol.card("ha-demote-primary", "lima"))
    form = carol.dialog("to approve")
    form.get_by_label("Type lima to approve").fill("lima")
    alice.press("Rate-limit 20 s", alice.behind("lima").get_by_role("group", name="Slack"))
    expect(alice.page.get_by_role("status")).to_contain_text("Slack is limiting Pairkeeper's calls")
    carol.press("Approve", form)
    # Asked again right before it sends, Slack does not say who may do this: its word of a moment ago is not enough.
    expect(alice.page.get_by_role("status")).to_have_count(0)
    told = re.compile("Approved|is in the thread of its card")  # where the answer could not be shown in time
    carol.finishes(told, timeout=2 * SLOW)
    card = carol.asked("ha-demote-primary", "lima")
    expect(card).to_contain_text("⛔ not sent", timeout=2 * SLOW)
    told = carol.follow(card).get_by_role("article").filter(has_text="I could not ask Slack who may do this").last
    expect(told).to_contain_text("Nothing was sent.")
    expect(alice.truth("lima", "Primary")).to_contain_text("ACTIVE")
