"""What the app hears of its own messages: posted, edited and deleted, as Slack tells it; and when it hears nothing."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.simulator.slack import LocalSlack
from tests.simulator.slack_apps import LONDON, MANIFEST, OTHER, connected, make_app, workspace

Heard = list[dict[str, Any]]


def reading_along(*, scope: bool = True) -> dict[str, Any]:
    """The manifest of an app that is told of messages in channels."""
    manifest = copy.deepcopy(MANIFEST)
    manifest["settings"]["event_subscriptions"]["bot_events"] += ["message.channels", "message.groups"]
    manifest["oauth_config"]["scopes"]["bot"] += ["channels:history", "groups:history"] if scope else []
    return manifest


@contextmanager
def listening(manifest: dict[str, Any], way: str = "socket") -> Iterator[tuple[LocalSlack, WebClient, Heard]]:
    """An app that keeps every event of a message, its own as well."""
    heard: Heard = []
    with workspace(manifest=manifest, ack_seconds=1.0) as slack:
        app = make_app(slack, ignoring_self_events_enabled=False)
        app.event("message")(lambda event: heard.append(event))
        with connected(slack, app, way):
            yield slack, app.client, heard


@pytest.mark.parametrize("way", ["socket", "http"])
def test_an_edit_comes_back_with_what_was_and_what_is(way: str) -> None:
    with listening(reading_along(), way) as (slack, client, heard):
        ts = client.chat_postMessage(channel=LONDON, text="one")["ts"]
        slack.wait_for(lambda: heard)
        client.chat_update(channel=LONDON, ts=ts, text="two")
        event = slack.wait_for(lambda: heard[1:])[0]
    posted = heard[0]
    assert (posted["text"], posted["ts"], posted["bot_id"], posted.get("subtype")) == ("one", ts, "B0PAIRKEEPER", None)
    assert (event["type"], event["subtype"], event["hidden"]) == ("message", "message_changed", True)
    assert (event["channel"], event["channel_type"]) == (LONDON, "channel")
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("two", "one")
    assert event["message"]["ts"] == event["previous_message"]["ts"] == ts != event["ts"]
    assert event["message"]["edited"]["user"] == event["message"]["user"] == "U0PAIRKEEPER"


def test_a_deletion_comes_back() -> None:
    with listening(reading_along()) as (slack, client, heard):
        ts = client.chat_postMessage(channel=LONDON, text="one")["ts"]
        client.chat_delete(channel=LONDON, ts=ts)
        slack.wait_for(lambda: [event.get("deleted_ts") for event in heard][1:] == [ts])
        assert heard[1]["subtype"] == "message_deleted"


@pytest.mark.parametrize("manifest", [MANIFEST, reading_along(scope=False)], ids=["not subscribed", "no scope"])
def test_without_the_subscription_and_its_scope_nothing_comes(manifest: dict[str, Any]) -> None:
    with listening(manifest) as (slack, client, heard):
        ts = client.chat_postMessage(channel=LONDON, text="one")["ts"]
        client.chat_update(channel=LONDON, ts=ts, text="two")
        slack.as_person("U0ALICE").direct("the last one")
        slack.wait_for(lambda: heard)
    assert [event["text"] for event in heard] == ["the last one"]


def test_where_the_bot_is_no_member_it_hears_nothing() -> None:
    with listening(reading_along()) as (slack, client, heard):
        client.chat_postMessage(channel=OTHER, text="elsewhere")
        client.chat_postMessage(channel=LONDON, text="here")
        slack.wait_for(lambda: heard)
    assert [event["text"] for event in heard] == ["here"]


def test_whoever_posts_does_not_wait_for_the_event() -> None:
    release = threading.Event()
    with workspace(manifest=reading_along(), ack_seconds=5.0) as slack:
        app = make_app(slack, ignoring_self_events_enabled=False, process_before_response=True)
        app.event("message")(lambda: release.wait(5))
        with connected(slack, app, "socket"):
            assert app.client.chat_postMessage(channel=LONDON, text="one")["ok"]
            assert not release.is_set()
            release.set()
