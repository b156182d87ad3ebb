"""Who cannot be looked up in Slack may do nothing."""

import pytest
from slack_sdk import WebClient

from bot.domain.errors import Reason, Refusal
from bot.slack.people import People


def test_who_cannot_be_looked_up_is_refused_and_nothing_was_done() -> None:
    people = People(WebClient("xoxb-none", base_url="http://127.0.0.1:9/", timeout=2))
    for ask in (lambda: people.identify("U0BOB", None), lambda: people.members("S0OPS")):
        with pytest.raises(Refusal, match="nothing was done") as refused:
            ask()
        assert refused.value.reason is Reason.SLACK
