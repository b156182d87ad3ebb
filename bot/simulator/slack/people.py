"""Who and what is in the workspace: people, channels and user groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import Json

Kind = Literal["member", "guest", "deleted", "stranger", "bot"]

STRANGERS_TEAM = "T0ELSEWHERE"


@dataclass(frozen=True)
class Person:
    """A user account; ``stranger`` is somebody from another company, met in a Slack Connect channel."""

    id: str
    name: str
    real_name: str = ""
    kind: Kind = "member"
    tz: str = "Europe/London"

    def team(self, home: str) -> str:
        """Return the id of the team this account belongs to, ``home`` being the workspace's own."""
        return STRANGERS_TEAM if self.kind == "stranger" else home

    def profile(self, home: str) -> Json:
        """Return the user object of ``users.info``."""
        return {
            "id": self.id,
            "team_id": self.team(home),
            "name": self.name,
            "deleted": self.kind == "deleted",
            "real_name": self.real_name or self.name,
            "tz": self.tz,
            "profile": {
                "real_name": self.real_name or self.name,
                "display_name": self.name,
                "team": self.team(home),
            },
            "is_admin": False,
            "is_owner": False,
            "is_restricted": self.kind == "guest",
            "is_ultra_restricted": False,
            "is_stranger": self.kind == "stranger",
            "is_bot": self.kind == "bot",
            "is_app_user": False,
        }


@dataclass(frozen=True)
class Channel:
    """A conversation; one whose ``direct_with`` is set is the direct message of that person with the bot."""

    id: str
    name: str
    private: bool = False
    members: tuple[str, ...] = ()
    bot: bool = True
    archived: bool = False
    direct_with: str | None = None

    @property
    def scope_kind(self) -> str:
        """Return the word by which scopes name this kind: ``channels``, ``groups`` or ``im``."""
        if self.direct_with:
            return "im"
        return "groups" if self.private else "channels"

    @property
    def payload_name(self) -> str:
        """Return the channel's name as slash commands and clicks carry it."""
        if self.direct_with:
            return "directmessage"
        return "privategroup" if self.private else self.name

    def info(self, bot_user: str) -> Json:
        """Return the channel object of ``conversations.info``."""
        if self.direct_with:
            return {"id": self.id, "is_im": True, "user": self.direct_with, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.private,
            "is_group": self.private,
            "is_im": False,
            "is_private": self.private,
            "is_archived": self.archived,
            "is_member": self.bot,
            "num_members": len(self.everybody(bot_user)),
        }

    def everybody(self, bot_user: str) -> list[str]:
        """Return the ids of all members, the bot's own included when it is in."""
        people = [self.direct_with] if self.direct_with else list(self.members)
        return [*people, bot_user] if self.bot else people


@dataclass(frozen=True)
class Group:
    """A user group, mentioned by its handle."""

    id: str
    handle: str
    users: tuple[str, ...] = ()
    disabled: bool = False

    def info(self, team: str) -> Json:
        """Return the user group object of ``usergroups.list``."""
        return {
            "id": self.id,
            "team_id": team,
            "is_usergroup": True,
            "name": self.handle,
            "handle": self.handle,
            "date_delete": 1 if self.disabled else 0,
            "user_count": len(self.users),
        }
