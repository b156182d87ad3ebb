"""What speaks of a card or a thread leads to it; where Slack does not say its address, the channel is named."""

from pathlib import Path

import pytest

from bot.domain.situation import SituationCode
from bot.services import deny
from bot.slack.home import home_of
from bot.slack.rendering import draw
from bot.store import MessageKind
from bot.views.incident_group import escalation
from tests.charts.messages import NOW, view
from tests.domain.build import ACTIONS
from tests.support.stage import ALICE, BOB
from tests.views.heads import LINK, deliver, due
from tests.views.house import House


@pytest.fixture
def s(tmp_path: Path) -> House:
    """Alice has asked for a demotion, and Slack shows the card."""
    found = House(tmp_path)
    found.become("Active", "Active")
    found.ask("ha-demote-primary")
    deliver(found)
    return found


def link(channel: str, ts: str) -> str:
    return LINK if (channel, bool(ts)) == ("C0OPS", True) else ""


def test_home_leads_to_the_card(s: House) -> None:
    assert f"<{LINK}|What it costs>" in str(home_of(s.desk, BOB.id, link=link))
    assert f"<{LINK}|Its card>" in str(home_of(s.desk, ALICE.id, link=link))
    assert "What it costs is in <#C0OPS>." in str(home_of(s.desk, BOB.id))
    assert "Its card is in <#C0OPS>." in str(home_of(s.desk, ALICE.id))


def test_who_asked_is_led_to_the_card_by_the_message_about_the_end(s: House) -> None:
    deny(s.desk, 1, BOB, "not tonight")
    (post,) = [message for message in due(s) if message.kind is MessageKind.TOLD]
    assert f"<{LINK}|The story>" in str(draw(s.desk, post, lambda _: (), link))
    assert "The story is in <#C0OPS>." in str(draw(s.desk, post, lambda _: ()))


def test_an_escalation_leads_to_the_thread() -> None:
    incident = view(SituationCode.SPLIT_BRAIN)
    assert f"<{LINK}|Its thread>" in str(escalation(incident, ACTIONS, (), NOW, LINK))
    assert f"Its thread is in <#{incident.channel}>." in str(escalation(incident, ACTIONS, (), NOW))
