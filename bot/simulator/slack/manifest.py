"""The app's manifest: what Slack refuses in it, and what the workspace reads from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .errors import Json, SlackError

ALL_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
    }
)
# Path, longest, pattern: the limits of Slack's JSON schema for manifests.
LIMITS = (
    ("display_information.name", 35, r".+"),
    ("display_information.description", 140, r".*"),
    ("display_information.long_description", 4000, r"(?s).*"),
    ("display_information.background_color", 7, r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?"),
    ("features.bot_user.display_name", 80, r"[A-Za-z0-9._ -]+"),
)
COMMAND_LIMITS = (
    ("command", 32, r"/\S+"),
    ("description", 2000, r"(?s).+"),
    ("usage_hint", 1000, r"(?s).*"),
    ("url", 3000, r"https?://.+"),
)
REQUIRED_OF_COMMAND = ("command", "description")
MOST_COMMANDS = 50
SCOPE_OF_EVENT = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
}


@dataclass(frozen=True)
class Command:
    """A slash command as the composer offers it."""

    name: str
    description: str = ""
    usage: str = ""
    escaped: bool = False


@dataclass(frozen=True)
class Manifest:
    """What an installed app may do; without a manifest it may do everything."""

    commands: dict[str, Command] | None = None
    scopes: frozenset[str] = ALL_SCOPES
    events: frozenset[str] | None = None
    home: bool = True
    direct: bool = True
    interactive: bool = True
    raw: Json = field(default_factory=dict)

    def command(self, name: str) -> Command | None:
        """Return the command called ``name``, or None when the app has none of that name."""
        return Command(name) if self.commands is None else self.commands.get(name)

    def wants(self, event: str) -> bool:
        """Tell whether the app has subscribed to this kind of event, and has the scope it needs."""
        if self.events is None:
            return True
        return event in self.events and SCOPE_OF_EVENT.get(event, "") in (*self.scopes, "")


def read_manifest(raw: Json | None) -> Manifest:
    """Return what the manifest says; raises SlackError naming everything Slack would refuse in it."""
    if raw is None:
        return Manifest()
    if problems := list(_problems(raw)):
        raise SlackError("invalid_manifest: " + "; ".join(problems))
    events = _at(raw, "settings.event_subscriptions.bot_events") or []
    return Manifest(
        commands={c["command"]: _command(c) for c in _at(raw, "features.slash_commands") or []},
        scopes=frozenset(_at(raw, "oauth_config.scopes.bot") or []),
        events=frozenset(events),
        home=bool(_at(raw, "features.app_home.home_tab_enabled")),
        direct=_takes_messages(_at(raw, "features.app_home") or {}),
        interactive=bool(_at(raw, "settings.interactivity.is_enabled")),
        raw=raw,
    )


def _command(entry: Json) -> Command:
    return Command(
        entry["command"],
        entry["description"],
        entry.get("usage_hint", ""),
        bool(entry.get("should_escape")),
    )


def _takes_messages(app_home: Json) -> bool:
    read_only = app_home.get("messages_tab_read_only_enabled", True)
    return bool(app_home.get("messages_tab_enabled")) and not read_only


def _problems(raw: Json) -> Iterator[str]:
    if not _at(raw, "display_information.name"):
        yield "display_information.name is missing"
    yield from _exceeding(LIMITS, lambda path: _at(raw, path), "")
    commands = _at(raw, "features.slash_commands") or []
    if len(commands) > MOST_COMMANDS:
        yield f"features.slash_commands: no more than {MOST_COMMANDS} items allowed"
    names = [entry.get("command") for entry in commands]
    yield from (f"{name}: command is listed twice" for name in set(names) if names.count(name) > 1)
    for entry in commands:
        where = f"{entry.get('command')}: "
        yield from (f"{where}{key} is missing" for key in REQUIRED_OF_COMMAND if not entry.get(key))
        yield from _exceeding(COMMAND_LIMITS, entry.get, where)


def _exceeding(limits: tuple[tuple[str, int, str], ...], look: Callable[[str], Any], where: str) -> Iterator[str]:
    for path, longest, pattern in limits:
        value = look(path)
        if value is None:
            continue
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield f"{where}{path} does not match {pattern}"
        elif len(value) > longest:
            yield f"{where}{path} must be less than {longest + 1} characters"


def _at(raw: Json, path: str) -> Any:
    value: Any = raw
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
