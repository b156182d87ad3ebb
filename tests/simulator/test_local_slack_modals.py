"""Modals with a real Bolt app on both transports, and the limits of triggers and views."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.simulator.slack import LocalSlack, SlackError
from tests.simulator.slack_apps import LONDON, Clock, card, connected, make_app, modal, workspace

ASKING = modal(("pair", "Pair"), ("reason", "Reason"))


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with workspace() as slack:
        yield slack


@pytest.fixture(params=["socket", "http"])
def app(slack: LocalSlack, request: pytest.FixtureRequest) -> Iterator[App]:
    app = make_app(slack)

    @app.action("approve")
    def open_modal(ack: Any, body: dict[str, Any], client: Any) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=ASKING)

    with connected(slack, app, request.param):
        app.client.chat_postMessage(channel=LONDON, text="Approve?", blocks=card())
        bob = slack.as_person("U0BOB")
        bob.click("Approve", message=bob.sees(LONDON)[0])
        slack.wait_for(bob.modal)
        yield app


def test_submission_carries_what_was_typed_and_closes(slack: LocalSlack, app: App) -> None:
    heard: list[dict[str, Any]] = []
    app.view("approve")(lambda ack, body: (heard.append(body), ack()))
    bob = slack.as_person("U0BOB")
    assert bob.submit({"Pair": "london", "Reason": "split brain"}) is None
    assert bob.modal() is None
    body = heard[0]
    assert body["type"] == "view_submission"
    assert body["user"]["id"] == "U0BOB"
    assert body["response_urls"] == []
    values = body["view"]["state"]["values"]
    assert values["pair"]["typed"] == {"type": "plain_text_input", "value": "london"}
    assert values["reason"]["typed"]["value"] == "split brain"


def test_what_was_typed_is_in_no_representation_of_a_delivery(slack: LocalSlack, app: App) -> None:
    app.view_closed("approve")(lambda ack: ack())
    bob = slack.as_person("U0BOB")
    shown = bob.modal()
    assert shown is not None
    app.client.views_update(view_id=shown["id"], view={**ASKING, "notify_on_close": True})
    bob.choose("Pair", "JOIN-CODE-1234")
    delivery = bob.close()
    assert delivery is not None
    assert "JOIN-CODE-1234" in str(delivery.envelope.payload)
    assert "JOIN-CODE-1234" not in repr(delivery)


def test_errors_are_shown_by_label_and_the_modal_stays(slack: LocalSlack, app: App) -> None:
    app.view("approve")(lambda ack: ack(response_action="errors", errors={"pair": "Type london"}))
    bob = slack.as_person("U0BOB")
    assert bob.submit({"Pair": "paris", "Reason": "x"}) == {"Pair": "Type london"}
    assert bob.modal() is not None


def test_client_asks_for_what_is_missing_without_troubling_the_app(slack: LocalSlack, app: App) -> None:
    heard: list[str] = []
    app.view("approve")(lambda ack: (heard.append("sent"), ack()))
    bob = slack.as_person("U0BOB")
    assert bob.submit({"Pair": "london"}) == {"Reason": "Please complete this required field."}
    assert bob.submit({"Reason": "x" * 3001}) == {"Reason": "This must be 3000 characters or fewer."}
    assert heard == []


def test_update_push_and_clear(slack: LocalSlack, app: App) -> None:
    second = modal(("code", "Code"), callback_id="second")
    third = modal(("more", "More"), callback_id="third")
    app.view("approve")(lambda ack: ack(response_action="update", view=second))
    app.view("second")(lambda ack: ack(response_action="push", view=third))
    app.view("third")(lambda ack: ack(response_action="clear"))
    bob = slack.as_person("U0BOB")
    bob.submit({"Pair": "london", "Reason": "x"})
    shown = bob.modal()
    assert shown is not None
    assert shown["callback_id"] == "second"
    bob.submit({"Code": "1"})
    pushed = bob.modal()
    assert pushed is not None
    assert (pushed["callback_id"], pushed["previous_view_id"]) == ("third", shown["id"])
    bob.submit({"More": "2"})
    assert bob.modal() is None


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "update", "view": {**ASKING, "title": {"type": "plain_text", "text": "x" * 25}}},
        {"response_action": "nonsense"},
    ],
)
def test_answer_that_makes_no_sense_is_trouble(slack: LocalSlack, app: App, answer: dict[str, Any]) -> None:
    app.view("approve")(lambda ack: ack(**answer))
    bob = slack.as_person("U0BOB")
    with pytest.raises(SlackError, match="We had some trouble connecting"):
        bob.submit({"Pair": "london", "Reason": "x"})
    assert bob.modal() is not None


def test_submission_that_is_not_acknowledged_is_trouble(slack: LocalSlack, app: App) -> None:
    with pytest.raises(SlackError, match="We had some trouble connecting"):
        slack.as_person("U0BOB").submit({"Pair": "london", "Reason": "x"})


def test_closing_is_told_only_where_asked_for(slack: LocalSlack, app: App) -> None:
    heard: list[bool] = []
    app.view_closed("approve")(lambda ack, body: (heard.append(body["is_cleared"]), ack()))
    bob = slack.as_person("U0BOB")
    shown = bob.modal()
    assert shown is not None
    assert bob.close() is None
    assert bob.modal() is None
    app.action("again")(lambda ack: ack())
    app.client.chat_postMessage(channel=LONDON, text="x", blocks=card())
    bob.click("Approve", message=bob.sees(LONDON)[-1])
    again = slack.wait_for(bob.modal)
    app.client.views_update(view_id=again["id"], view={**ASKING, "notify_on_close": True})
    delivery = bob.close()
    assert delivery is not None
    assert delivery.acked
    assert heard == [False]


def test_what_was_typed_survives_an_update_of_the_view(slack: LocalSlack, app: App) -> None:
    bob = slack.as_person("U0BOB")
    bob.choose("Pair", "london")
    shown = bob.modal()
    assert shown is not None
    app.client.views_update(view_id=shown["id"], hash=shown["hash"], view={**ASKING, "private_metadata": "7"})
    again = bob.modal()
    assert again is not None
    assert again["state"]["values"]["pair"]["typed"]["value"] == "london"
    assert again["private_metadata"] == "7"
    with pytest.raises(SlackApiError, match="hash_conflict"):
        app.client.views_update(view_id=shown["id"], hash=shown["hash"], view=ASKING)


@pytest.fixture
def trigger() -> Iterator[tuple[WebClient, Clock, list[str]]]:
    """A client, the clock, and a trigger id for each command typed; without waiting for anything real."""
    clock, triggers = Clock(), list[str]()
    with workspace(now=clock) as slack:
        app = make_app(slack)
        app.command("/x")(lambda ack, command: (triggers.append(command["trigger_id"]), ack()))
        with connected(slack, app, "socket"):
            for _ in range(5):
                slack.as_person("U0BOB").command("/x", channel=LONDON)
            yield app.client, clock, triggers


def error(call: Any, **given: Any) -> str:
    with pytest.raises(SlackApiError) as failure:
        call(**given)
    return str(failure.value.response["error"])


def test_trigger_lives_three_seconds_and_once(trigger: tuple[WebClient, Clock, list[str]]) -> None:
    client, clock, triggers = trigger
    clock.now += 3.0
    client.views_open(trigger_id=triggers[0], view=ASKING)
    assert error(client.views_open, trigger_id=triggers[0], view=ASKING) == "exchanged_trigger_id"
    clock.now += 0.1
    assert error(client.views_open, trigger_id=triggers[1], view=ASKING) == "expired_trigger_id"
    assert error(client.views_open, trigger_id="nonsense", view=ASKING) == "invalid_trigger_id"


def test_modals_stack_three_deep(trigger: tuple[WebClient, Clock, list[str]]) -> None:
    client, _, triggers = trigger
    client.views_open(trigger_id=triggers[0], view=ASKING)
    client.views_push(trigger_id=triggers[1], view=ASKING)
    client.views_push(trigger_id=triggers[2], view=ASKING)
    assert error(client.views_push, trigger_id=triggers[3], view=ASKING) == "push_limit_reached"


def test_bad_view_is_refused_with_the_place(trigger: tuple[WebClient, Clock, list[str]]) -> None:
    client, _, triggers = trigger
    with pytest.raises(SlackApiError) as failure:
        client.views_open(trigger_id=triggers[0], view={**ASKING, "title": {"type": "plain_text", "text": "x" * 25}})
    assert failure.value.response["error"] == "invalid_arguments"
    assert failure.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert error(client.views_update, view_id="V0", view=ASKING) == "not_found"
