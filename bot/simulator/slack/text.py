"""How typed text becomes what an app receives: mentions as ids, and the three escaped characters."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .people import Channel, Group, Person

MENTION = re.compile(r"(?<![\w<])([@#])([\w.-]*\w)")
LINK = re.compile(r"(?<![<|])(https?://[^\s<>|]+)")


class Names:
    """The names that typed text may mention."""

    def __init__(self, people: Iterable[Person], channels: Iterable[Channel], groups: Iterable[Group]) -> None:
        self._people = {person.name: person for person in people}
        self._channels = {channel.name: channel for channel in channels}
        self._groups = {group.handle: group for group in groups}

    def encode(self, typed: str, labels: bool) -> str:
        """Return ``typed`` with mentions and links as ids; ``labels`` adds names, as commands get them."""

        def mention(found: re.Match[str]) -> str:
            return self._mention(found[1], found[2], labels) or found[0]

        linked = LINK.sub(r"<\1>", escape(typed))
        return MENTION.sub(mention, linked)

    def _mention(self, sign: str, name: str, labels: bool) -> str | None:
        if sign == "#":
            channel = self._channels.get(name)
            return f"<#{channel.id}|{name}>" if channel else None
        if person := self._people.get(name):
            return f"<@{person.id}|{name}>" if labels else f"<@{person.id}>"
        group = self._groups.get(name)
        return f"<!subteam^{group.id}|@{name}>" if group else None


def escape(typed: str) -> str:
    """Return the text with the three characters that Slack escapes."""
    return typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
