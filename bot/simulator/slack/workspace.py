"""The one workspace: who is in it, what was said, what is open. Touched only by the server's event loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .errors import ApiError, Json, SlackError
from .files import Files
from .grants import Grants
from .manifest import Manifest
from .messages import Messages, Post
from .people import Channel, Group, Person
from .text import Names
from .views import Views
from .wire import Wire

SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Identity:
    """The names and secrets of the workspace and of the one app installed in it."""

    team_id: str
    team_name: str
    bot_token: str
    app_token: str
    signing_secret: str
    bot_user: str
    bot_name: str
    bot_id: str = "B0PAIRKEEPER"
    app_id: str = "A0PAIRKEEPER"
    verification_token: str = "unused"


@dataclass
class Workspace:
    """Everything the service remembers; ``url`` is its own address, without a slash at the end."""

    me: Identity
    people: dict[str, Person]
    channels: dict[str, Channel]
    groups: dict[str, Group]
    now: Callable[[], float]
    wire: Wire
    grants: Grants
    manifest: Manifest = field(default_factory=Manifest)
    url: str = ""
    paid: bool = True
    version: int = 0
    entered: dict[tuple[str, str, str], dict[str, dict[str, Json]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        owner = {
            "team_id": self.me.team_id,
            "app_id": self.me.app_id,
            "app_installed_team_id": self.me.team_id,
            "bot_id": self.me.bot_id,
        }
        self.messages = Messages(self.now, self.changed)
        self.views = Views(owner, self.changed)
        self.files = Files()
        bot = Person(self.me.bot_user, self.me.bot_name, self.me.bot_name.title(), kind="bot")
        self.people.setdefault(bot.id, bot)
        self.people.setdefault(SLACKBOT, Person(SLACKBOT, "slackbot", "Slackbot", kind="bot"))

    def changed(self) -> None:
        """Note that something anybody may see has changed."""
        self.version += 1

    def person(self, user: str) -> Person:
        """Return the person with this id; raises SlackError when there is none."""
        if user not in self.people:
            raise SlackError(f"There is no user {user}")
        return self.people[user]

    def direct(self, user: str) -> Channel:
        """Return the direct message of a person with the bot, opened if need be."""
        name = f"D{user[1:]}"
        return self.channels.setdefault(name, Channel(name, "directmessage", True, direct_with=user))

    def place(self, person: Person, channel: str) -> Channel:
        """Return the channel in which a person acts, by id or name; raises SlackError outside its members."""
        found = self.find_channel(channel)
        if found is None or person.id not in found.everybody(self.me.bot_user):
            raise SlackError(f"{person.name} is not in {channel}")
        if found.archived:
            raise SlackError(f"{channel} is archived")
        return found

    def find_channel(self, name: str) -> Channel | None:
        """Return a channel by id or by name, with or without the hash sign."""
        plain = name.removeprefix("#")
        by_name = (c for c in self.channels.values() if c.name == plain and not c.direct_with)
        return self.channels.get(name) or next(by_name, None)

    def change(self, kind: str, id: str, **fields: object) -> None:
        """Replace fields of a person, channel or group, ``kind`` being the plural word."""
        held: dict[str, Person | Channel | Group] = getattr(self, kind)
        held[id] = dataclasses.replace(held[id], **fields)  # type: ignore[arg-type]
        self.changed()

    def names(self) -> Names:
        """Return the names that text typed now may mention."""
        return Names(self.people.values(), self.channels.values(), self.groups.values())

    def bot_message(self, text: str | None, blocks: list[Json] | None, **fields: object) -> Json:
        """Return the body of a message of the bot."""
        return {
            "user": self.me.bot_user,
            "bot_id": self.me.bot_id,
            "app_id": self.me.app_id,
            "team": self.me.team_id,
            "text": text or "",
            "blocks": blocks,
            **fields,
        }

    def slackbot_says(self, channel: str, person: str, text: str) -> Post:
        """Show an ephemeral message of Slackbot, as for a command that failed."""
        return self.messages.add(channel, {"user": SLACKBOT, "text": text}, only_for=person)

    def postable(self, name: str) -> Channel:
        """Return the conversation the bot may post to; raises ApiError when it may not."""
        if name.startswith("U") and name in self.people:
            return self.direct(name)
        channel = self.visible(name)
        if channel.archived:
            raise ApiError("is_archived")
        if not channel.bot and "chat:write.public" not in self.manifest.scopes:
            raise ApiError("not_in_channel")
        return channel

    def visible(self, name: str) -> Channel:
        """Return a conversation the bot can see; raises ApiError, also for a private one without the bot."""
        channel = self.find_channel(name)
        if channel is None or (channel.private and not channel.bot):
            raise ApiError("channel_not_found")
        return channel

    def members(self, kinds: Iterable[str] = ("member", "guest", "bot", "deleted")) -> list[Person]:
        """Return the accounts of these kinds, in the order they were given."""
        return [person for person in self.people.values() if person.kind in kinds]
