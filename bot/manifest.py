"""The Slack app manifest, made from the same commands that the bot answers."""

from collections.abc import Mapping
from typing import Any

from bot.domain.command import Command

CANARY_SCOPES = ("channels:history", "groups:history")
SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
)
EVENTS = ("app_mention", "app_home_opened", "message.im", "message.channels", "message.groups")


def _slash(command: Command, endpoint: str) -> dict[str, Any]:
    found = {
        "command": f"/{command.name}",
        "description": command.summary,
        "usage_hint": command.usage if not command.refuses else "<pair>",
        "should_escape": True,
    }
    return found | ({"url": endpoint} if endpoint else {})


def manifest(commands: Mapping[str, Command], url: str = "") -> dict[str, Any]:
    """Return the manifest for Socket Mode, or for HTTP if `url` (https://host, without a path) is given."""
    endpoint = f"{url.rstrip('/')}/slack/events" if url else ""
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if url:
        events["request_url"] = interactivity["request_url"] = endpoint
    return {
        "display_information": {
            "name": "Pairkeeper",
            "description": "See and recover PAM HA Pairs, two people at a time",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "pairkeeper", "always_online": True},
            "slash_commands": [_slash(command, endpoint) for command in commands.values()],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
