"""The shapes of what Slack sends: commands, clicks, submissions and events."""

from __future__ import annotations

import copy
import itertools
from typing import Any

from .envelope import Envelope
from .errors import Json
from .people import Channel, Person
from .views import View
from .workspace import Workspace

_event_numbers = itertools.count(1)


def command(w: Workspace, who: Person, channel: Channel, name: str, text: str) -> Envelope:
    """Return the envelope of a slash command."""
    payload = {
        "token": w.me.verification_token,
        "team_id": who.team(w.me.team_id),
        "team_domain": w.me.team_name,
        "channel_id": channel.id,
        "channel_name": channel.payload_name,
        "user_id": who.id,
        "user_name": who.name,
        "command": name,
        "text": text,
        "api_app_id": w.me.app_id,
        "is_enterprise_install": "false",
        "response_url": f"{w.url}/response/{w.grants.response_url(channel.id, who.id)}",
        "trigger_id": w.grants.trigger(who.id),
    }
    return Envelope("slash_commands", payload, answerable=True)


def event(w: Workspace, inner: Json) -> Envelope:
    """Return the envelope of an event."""
    payload = {
        "token": w.me.verification_token,
        "team_id": w.me.team_id,
        "api_app_id": w.me.app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{next(_event_numbers):09d}",
        "event_time": int(w.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": w.me.team_id,
                "user_id": w.me.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-local",
    }
    return Envelope("events_api", payload)


def click_on_message(w: Workspace, who: Person, message: Json, action: Json, state: Json) -> Envelope:
    """Return the envelope of an interaction with an element of a message."""
    channel = w.channels[message["channel"]]
    ephemeral = bool(message.get("is_ephemeral"))
    container = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    url = w.grants.response_url(channel.id, who.id, message["ts"])
    payload = {
        **_interaction(w, who, "block_actions"),
        "container": container,
        "trigger_id": w.grants.trigger(who.id),
        "channel": {"id": channel.id, "name": channel.payload_name},
        "state": {"values": state},
        "response_url": f"{w.url}/response/{url}",
        "actions": [{**action, "action_ts": w.messages.next_ts()}],
    }
    # Slack leaves the message out when it is ephemeral.
    if not ephemeral:
        payload["message"] = {k: v for k, v in message.items() if k not in ("channel", "is_ephemeral")}
    return Envelope("interactive", payload)


def click_on_view(w: Workspace, who: Person, view: View, action: Json) -> Envelope:
    """Return the envelope of an interaction with an element of a modal or of App Home."""
    payload = {
        **_interaction(w, who, "block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": w.grants.trigger(who.id),
        "view": w.views.shown(view),
        "actions": [{**action, "action_ts": w.messages.next_ts()}],
    }
    return Envelope("interactive", payload)


def submission(w: Workspace, who: Person, view: View) -> Envelope:
    """Return the envelope of a modal that was sent."""
    payload = {
        **_interaction(w, who, "view_submission"),
        "trigger_id": w.grants.trigger(who.id),
        "view": w.views.shown(view),
        "response_urls": _response_urls(w, who, view),
    }
    return Envelope("interactive", payload, answerable=True)


def closing(w: Workspace, who: Person, view: View, is_cleared: bool) -> Envelope:
    """Return the envelope of a modal that was closed without being sent."""
    payload = {
        **_interaction(w, who, "view_closed"),
        "view": w.views.shown(view),
        "is_cleared": is_cleared,
    }
    return Envelope("interactive", payload)


def _interaction(w: Workspace, who: Person, kind: str) -> dict[str, Any]:
    team = who.team(w.me.team_id)
    return {
        "type": kind,
        "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": team},
        "api_app_id": w.me.app_id,
        "token": w.me.verification_token,
        "team": {"id": w.me.team_id, "domain": w.me.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _response_urls(w: Workspace, who: Person, view: View) -> list[Json]:
    urls = []
    for block in view.blocks:
        element = block.get("element", {})
        if not element.get("response_url_enabled"):
            continue
        state = w.views.shown(view)["state"]["values"][block["block_id"]][element["action_id"]]
        channel = state.get("selected_conversation") or state.get("selected_channel")
        if channel:
            found = {
                "response_url": f"{w.url}/response/{w.grants.response_url(channel, who.id)}",
                "block_id": block["block_id"],
                "action_id": element["action_id"],
                "channel_id": channel,
            }
            urls.append(copy.deepcopy(found))
    return urls
