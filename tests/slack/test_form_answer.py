"""The answer to a form is what its person reads last, however soon or late it is ready."""

import threading
from typing import Any

from slack_sdk import WebClient

from bot.slack.replies import FormAnswer
from bot.views.modals import answer

WAITS = answer("Approve", "One moment…")
APPROVED = answer("Approve", "Approved.")


class Sent(WebClient):
    """A client that notes which modals it was asked to show."""

    def __init__(self) -> None:
        super().__init__("xoxb-1")
        self.views: list[Any] = []

    def views_update(self, **given: Any) -> Any:
        self.views.append(given["view"])


def test_an_answer_that_is_ready_goes_with_the_acknowledgement_and_alone() -> None:
    client = Sent()
    place = FormAnswer(client, "V1", "Approve")
    threading.Timer(0.05, lambda: place("", APPROVED["blocks"])).start()
    assert place.acknowledgement(WAITS, 60) == {"response_action": "update", "view": APPROVED}
    assert client.views == []


def test_a_later_answer_waits_until_the_acknowledgement_has_arrived() -> None:
    client = Sent()
    place = FormAnswer(client, "V1", "Approve")
    assert place.acknowledgement(WAITS, 0) == {"response_action": "update", "view": WAITS}
    assert not place.close()
    place("", APPROVED["blocks"])
    assert client.views == [APPROVED]


def test_a_form_closes_only_with_its_acknowledgement() -> None:
    client = Sent()
    place = FormAnswer(client, "V1", "Approve")
    threading.Timer(0.05, place.close).start()
    assert place.acknowledgement(WAITS, 60) == {}
    assert client.views == []
