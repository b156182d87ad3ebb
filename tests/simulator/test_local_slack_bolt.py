"""A real Bolt app on both transports: commands, mentions, clicks, ephemeral messages, replays."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import App

from bot.simulator.slack import LocalSlack, SlackError
from tests.simulator.slack_apps import LONDON, MANIFEST, OTHER, card, connected, make_app, workspace


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with workspace(manifest=MANIFEST, retry_delays=(0.0, 0.05)) as slack:
        yield slack


@pytest.fixture(params=["socket", "http"])
def app(slack: LocalSlack, request: pytest.FixtureRequest) -> Iterator[App]:
    app = make_app(slack)
    with connected(slack, app, request.param):
        yield app


def test_command_is_acknowledged_with_a_reply_only_its_author_sees(slack: LocalSlack, app: App) -> None:
    heard: list[dict[str, Any]] = []
    app.command("/ha-status")(lambda ack, command: (heard.append(command), ack("all is well")))

    delivery = slack.as_person("U0ALICE").command("/ha-status london", channel=LONDON)

    assert delivery.acked
    assert delivery.seconds > 0
    assert delivery.error is None
    assert delivery.reply is not None
    assert delivery.reply["text"] == "all is well"
    assert delivery.reply["is_ephemeral"]
    assert [m["text"] for m in slack.as_person("U0ALICE").sees(LONDON)] == ["all is well"]
    assert slack.as_person("U0BOB").sees(LONDON) == []
    assert slack.messages(LONDON) == []
    wanted = {"user_id": "U0ALICE", "user_name": "alice", "channel_id": LONDON, "channel_name": "pam-london"}
    assert {**heard[0], **wanted, "text": "london", "team_id": "T0LOCAL"} == heard[0]


def test_command_with_escaping_carries_ids_and_without_it_names(slack: LocalSlack, app: App) -> None:
    heard: list[str] = []
    for name in ("/ha-status", "/ha-history"):
        app.command(name)(lambda ack, command: (heard.append(command["text"]), ack()))
    alice = slack.as_person("U0ALICE")
    alice.command("/ha-status tell @bob and @dba in #pam-london: 3 > 2", channel=LONDON)
    alice.command("/ha-history @bob", channel=LONDON)
    assert heard == ["tell <@U0BOB|bob> and <!subteam^S0DBA|@dba> in <#C0LONDON|pam-london>: 3 &gt; 2", "@bob"]


def test_command_that_is_not_acknowledged_shows_its_author_an_error(slack: LocalSlack, app: App) -> None:
    release = threading.Event()
    app.command("/ha-status")(lambda ack: release.wait(5))
    delivery = slack.as_person("U0ALICE").command("/ha-status", channel=LONDON)
    release.set()
    assert not delivery.acked
    assert delivery.attempts == 1
    seen = slack.as_person("U0ALICE").sees(LONDON)[0]["text"]
    assert seen == '/ha-status failed with the error "operation_timeout"'


def test_command_that_slack_never_sends(slack: LocalSlack, app: App) -> None:
    alice = slack.as_person("U0ALICE")
    with pytest.raises(SlackError, match="/ha-nothing is not a valid command"):
        alice.command("/ha-nothing", channel=LONDON)
    with pytest.raises(SlackError, match="/ha-status is not supported in threads"):
        alice.command("/ha-status", channel=LONDON, thread_ts="1700000000.000100")


def test_mention_reaches_the_app_and_is_answered_in_its_thread(slack: LocalSlack, app: App) -> None:
    app.event("app_mention")(lambda event, say: say(f"heard: {event['text']}", thread_ts=event["ts"]))
    delivery = slack.as_person("U0ALICE").mention(LONDON, "status london")
    assert delivery.acked
    assert delivery.message is not None
    ts = delivery.message["ts"]
    bob = slack.as_person("U0BOB")
    slack.wait_for(lambda: len(bob.sees(LONDON, thread_ts=ts)) == 2)
    assert bob.sees(LONDON, thread_ts=ts)[1]["text"] == "heard: <@U0PAIRKEEPER> status london"
    parent = bob.sees(LONDON)
    assert [m["reply_count"] for m in parent] == [1]


def test_mention_where_the_bot_is_not(slack: LocalSlack, app: App) -> None:
    with pytest.raises(SlackError, match="is not in C0OTHER"):
        slack.as_person("U0ALICE").mention(OTHER, "status")


def test_direct_message_is_an_event(slack: LocalSlack, app: App) -> None:
    app.event("message")(lambda event, say: say(f"{event['channel_type']}: {event['text']}"))
    bob = slack.as_person("U0BOB")
    bob.direct("status")
    slack.wait_for(lambda: len(bob.directs()) == 2)
    assert bob.directs()[1]["text"] == "im: status"


def test_event_is_sent_again_until_it_is_acknowledged(slack: LocalSlack) -> None:
    app = make_app(slack, raise_error_for_unhandled_request=True)
    with connected(slack, app, "http"):
        delivery = slack.as_person("U0ALICE").mention(LONDON, "status")
    assert not delivery.acked
    assert delivery.attempts == 3


def test_click_carries_the_card_and_changes_it(slack: LocalSlack, app: App) -> None:
    heard: list[dict[str, Any]] = []

    @app.action("approve")
    def approve(ack: Any, body: dict[str, Any], client: Any) -> None:
        ack()
        heard.append(body)
        client.chat_update(channel=LONDON, ts=body["container"]["message_ts"], text="approved", blocks=[])

    ts = app.client.chat_postMessage(channel=LONDON, text="Approve?", blocks=card())["ts"]
    bob = slack.as_person("U0BOB")
    shown = bob.sees(LONDON)[0]
    assert bob.click("Approve", message=shown).acked
    slack.wait_for(lambda: bob.sees(LONDON)[0]["text"] == "approved")

    assert bob.sees(LONDON)[0]["edited"]["user"] == "U0PAIRKEEPER"
    body = heard[0]
    assert body["type"] == "block_actions"
    assert body["user"] == {"id": "U0BOB", "username": "bob", "name": "bob", "team_id": "T0LOCAL"}
    assert body["team"] == {"id": "T0LOCAL", "domain": "local"}
    assert body["enterprise"] is None
    assert body["container"] == {"type": "message", "message_ts": ts, "channel_id": LONDON, "is_ephemeral": False}
    assert body["message"]["blocks"][0]["block_id"] == "decide"
    action = {k: body["actions"][0][k] for k in ("type", "action_id", "block_id", "value")}
    assert action == {"type": "button", "action_id": "approve", "block_id": "decide", "value": "7"}
    with pytest.raises(SlackError, match="There is no 'Approve' here"):
        bob.click("Approve", message=shown)
    assert bob.click("Approve", message=shown, stale=True).acked


def test_click_on_an_ephemeral_message_carries_no_message(slack: LocalSlack, app: App) -> None:
    heard: list[dict[str, Any]] = []
    app.action("approve")(lambda ack, body: (heard.append(body), ack()))
    app.client.chat_postEphemeral(channel=LONDON, user="U0BOB", text="you", blocks=card(confirm=None) and card())
    bob = slack.as_person("U0BOB")
    assert bob.click("Approve", message=bob.sees(LONDON)[0]).acked
    assert heard[0]["container"]["is_ephemeral"]
    assert "message" not in heard[0]
    assert slack.as_person("U0ALICE").sees(LONDON) == []


def test_confirm_dialog_can_be_declined(slack: LocalSlack, app: App) -> None:
    texts = {name: {"type": "plain_text", "text": name} for name in ("title", "text", "confirm", "deny")}
    app.action("approve")(lambda ack: ack())
    app.client.chat_postMessage(channel=LONDON, text="x", blocks=card(confirm=texts))
    bob = slack.as_person("U0BOB")
    with pytest.raises(SlackError, match="declined"):
        bob.click("Approve", message=bob.sees(LONDON)[0], confirm=False)
    assert bob.click("Approve", message=bob.sees(LONDON)[0]).acked


def test_choosing_carries_the_option_and_the_state(slack: LocalSlack, app: App) -> None:
    heard: list[dict[str, Any]] = []
    app.action("pair")(lambda ack, body: (heard.append(body), ack()))
    options = [{"text": {"type": "plain_text", "text": pair.title()}, "value": pair} for pair in ("london", "paris")]
    select = {
        "type": "static_select",
        "action_id": "pair",
        "placeholder": {"type": "plain_text", "text": "Which pair?"},
        "options": options,
    }
    app.client.chat_postMessage(channel=LONDON, text="x", blocks=[{"type": "actions", "elements": [select]}])
    bob = slack.as_person("U0BOB")
    bob.choose("Which pair?", "Paris", message=bob.sees(LONDON)[0])
    assert heard[0]["actions"][0]["selected_option"]["value"] == "paris"
    (state,) = heard[0]["state"]["values"].values()
    assert state["pair"]["selected_option"]["value"] == "paris"
    with pytest.raises(SlackError, match="It offers: London, Paris"):
        bob.choose("Which pair?", "Rome", message=bob.sees(LONDON)[0])


def test_replay_sends_the_same_again(slack: LocalSlack, app: App) -> None:
    heard: list[str] = []
    app.command("/ha-status")(lambda ack, command: (heard.append(command["trigger_id"]), ack()))
    delivery = slack.as_person("U0ALICE").command("/ha-status", channel=LONDON)
    assert slack.replay(delivery).acked
    assert len(heard) == 2
    assert len(set(heard)) == 1


def test_home_is_published_for_the_one_who_opens_it(slack: LocalSlack, app: App) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "14 pairs healthy"}}, *card()]

    @app.event("app_home_opened")
    def publish(event: dict[str, Any], client: Any) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    heard: list[str] = []
    app.action("approve")(lambda ack, body: (heard.append(body["container"]["type"]), ack()))
    alice = slack.as_person("U0ALICE")
    assert alice.open_home() is not None
    home = slack.wait_for(alice.home)
    assert home["blocks"][0]["text"]["text"] == "14 pairs healthy"
    assert alice.click("Approve").acked
    assert heard == ["view"]
    assert slack.as_person("U0BOB").home() is None


def test_people_who_may_not_act(slack: LocalSlack, app: App) -> None:
    heard: list[str] = []
    app.command("/ha-status")(lambda ack, command: (heard.append(command["team_id"]), ack()))
    with pytest.raises(SlackError, match="deactivated"):
        slack.as_person("U0GONE").command("/ha-status", channel=LONDON)
    with pytest.raises(SlackError, match="not a valid command"):
        slack.as_person("U0STRANGER").command("/ha-status", channel=LONDON)
    assert slack.as_person("U0GONE", anyway=True).command("/ha-status", channel=LONDON).acked
    assert slack.as_person("U0STRANGER", anyway=True).command("/ha-status", channel=LONDON).acked
    assert slack.as_person("U0GUEST").command("/ha-status", channel=LONDON).acked
    assert heard == ["T0LOCAL", "T0ELSEWHERE", "T0LOCAL"]


def test_what_the_manifest_leaves_out_does_not_work(slack: LocalSlack) -> None:
    slack.install({**MANIFEST, "settings": {}, "features": {"app_home": {"messages_tab_enabled": True}}})
    make_app(slack).client.chat_postMessage(channel=LONDON, text="x", blocks=card())
    bob = slack.as_person("U0BOB")
    with pytest.raises(SlackError, match="not configured to handle interactive responses"):
        bob.click("Approve", message=bob.sees(LONDON)[0])
    with pytest.raises(SlackError, match="has been turned off"):
        bob.direct("status")


def test_event_without_its_scope_is_not_sent(slack: LocalSlack, app: App) -> None:
    slack.install({**MANIFEST, "oauth_config": {"scopes": {"bot": ["chat:write"]}}})
    with pytest.raises(SlackError, match="does not listen to mentions"):
        slack.as_person("U0BOB").mention(LONDON, "status")


def test_request_url_is_verified(slack: LocalSlack) -> None:
    app = make_app(slack)
    with connected(slack, app, "http"):
        assert slack.verify_url()
        slack.deliver_to("http://127.0.0.1:9/nobody")
        assert not slack.verify_url()


def test_private_messages_stay_private(slack: LocalSlack) -> None:
    slack.change_channel("C0PRIVATE", members=("U0BOB",))
    with pytest.raises(SlackError, match="no channel C0PRIVATE"):
        slack.as_person("U0ALICE").sees("C0PRIVATE")
    slack.as_person("U0BOB").direct("hello")
    with pytest.raises(SlackError, match="no channel D0BOB"):
        slack.as_person("U0ALICE").sees("D0BOB")
