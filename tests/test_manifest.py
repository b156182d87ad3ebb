"""The app manifest, held against the limits of Slack's schema."""

import json
from typing import Any

import pytest

from bot.manifest import SCOPES, manifest
from bot.registry import load_commands
from bot.simulator.slack.manifest import ALL_SCOPES, read_manifest

URL = "https://pairkeeper.example"
# What needs which scope: the methods that the bot calls, and the events that it hears.
NEEDED = {
    "commands": "slash commands",
    "chat:write": "chat.postMessage, chat.update, chat.postEphemeral",
    "chat:write.public": "a channel that nobody invited it to",
    "files:write": "the transcript",
    "users:read": "who somebody is",
    "usergroups:read": "who is in a group",
    "app_mentions:read": "app_mention",
    "im:history": "message.im",
    "im:write": "direct messages to the requester",
    "channels:read": "the check: whether the channel is there",
    "channels:history": "message.channels: the canary",
    "groups:history": "message.groups: the canary in a private channel",
    "groups:read": "the check: whether the private channel is there",
}


@pytest.fixture(params=["", URL, URL + "/"], ids=["socket mode", "http", "http/"])
def made(request: pytest.FixtureRequest) -> dict[str, Any]:
    return manifest(load_commands(), request.param)


def test_limits(made: dict[str, Any]) -> None:
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert len(made["features"]["bot_user"]["display_name"]) <= 80
    slash = made["features"]["slash_commands"]
    assert 0 < len(slash) <= 50
    for one in slash:
        assert one["command"].startswith("/")
        assert len(one["command"]) <= 32
        assert one["command"] == one["command"].lower()
        assert 0 < len(one["description"]) <= 140
        assert 0 < len(one["usage_hint"]) <= 140
        assert one["should_escape"] is True, "mentions must arrive as ids"
    assert len({one["command"] for one in slash}) == len(slash) == len(load_commands())


def test_a_name_too_long_would_be_seen(made: dict[str, Any]) -> None:
    """The local Slack, which holds the same schema, takes this manifest; and none that is over a limit."""
    read_manifest(made)
    made["features"]["slash_commands"][0]["command"] = "/" + "x" * 32
    with pytest.raises(Exception, match="command"):
        read_manifest(made)


def test_scopes(made: dict[str, Any]) -> None:
    assert set(made["oauth_config"]["scopes"]["bot"]) == set(NEEDED) == set(SCOPES)
    assert len(SCOPES) == len(set(SCOPES))
    assert set(SCOPES) <= ALL_SCOPES
    assert "user" not in made["oauth_config"]["scopes"], "it acts as nobody but itself"


def test_socket_mode_needs_no_address() -> None:
    made = manifest(load_commands())
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)


@pytest.mark.parametrize("url", [URL, URL + "/"])
def test_http_has_one_address(url: str) -> None:
    made = manifest(load_commands(), url)
    endpoint = f"{URL}/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["interactivity"] == {"is_enabled": True, "request_url": endpoint}
    assert made["settings"]["event_subscriptions"]["request_url"] == endpoint
    assert {one["url"] for one in made["features"]["slash_commands"]} == {endpoint}


def test_events(made: dict[str, Any]) -> None:
    heard = {"app_mention", "message.im", "app_home_opened"}
    canary = {"message.channels", "message.groups"}
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) == heard | canary
    home = made["features"]["app_home"]
    assert (home["messages_tab_enabled"], home["messages_tab_read_only_enabled"]) == (True, False)


def test_usage_says_what_follows() -> None:
    hints = {one["command"]: one["usage_hint"] for one in manifest(load_commands())["features"]["slash_commands"]}
    assert hints["/ha-status"] == hints["/ha-history"] == "[pair]"
    assert hints["/ha-failback"] == "<pair> <reason>"
    assert hints["/ha-help"] == "[command]"
    assert hints["/ha-make-standalone"] == "<pair>"


def test_it_is_json_and_the_same_every_time() -> None:
    assert json.dumps(manifest(load_commands())) == json.dumps(manifest(load_commands()))
