"""What Slack lends an app for a short time: trigger ids, response URLs and socket tickets."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from .errors import ApiError

Clock = Callable[[], float]

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5


@dataclass
class Trigger:
    """The right to open one modal for one person, once, within three seconds."""

    person: str
    issued: float
    used: bool = False


@dataclass
class ResponseUrl:
    """The right to answer five times within half an hour in the channel of an interaction."""

    channel: str
    person: str
    issued: float
    source: str | None = None
    uses: int = 0


class Grants:
    """Issues and redeems them; times are the workspace's clock in seconds."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}
        self._tickets: set[str] = set()

    def trigger(self, person: str) -> str:
        """Return a new trigger id for ``person``."""
        name = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[name] = Trigger(person, self._now())
        return name

    def exchange(self, name: str) -> str:
        """Use up a trigger and return whose it is; raises ApiError when it is unknown, used or too old."""
        trigger = self._triggers.get(name)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self._now() - trigger.issued > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger.person

    def response_url(self, channel: str, person: str, source: str | None = None) -> str:
        """Return the secret part of a new response URL; ``source`` is the ts of the clicked message."""
        name = f"{secrets.randbelow(10**12)}/{secrets.token_urlsafe(18)}"
        self._urls[name] = ResponseUrl(channel, person, self._now(), source)
        return name

    def respond(self, name: str) -> ResponseUrl:
        """Count one use of a response URL; raises ApiError when it is unknown, used up or too old."""
        url = self._urls.get(name)
        if url is None:
            raise ApiError("invalid_url")
        if self._now() - url.issued > RESPONSE_SECONDS:
            raise ApiError("expired_url")
        if url.uses >= RESPONSE_USES:
            raise ApiError("used_url")
        url.uses += 1
        return url

    def used(self, name: str) -> int:
        """Return how often a response URL was used; 0 also for one that was never issued."""
        url = self._urls.get(name)
        return url.uses if url else 0

    def ticket(self) -> str:
        """Return a ticket with which one socket may be opened."""
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return ticket

    def admits(self, ticket: str) -> bool:
        """Use up a ticket; false when it was never issued or is used already."""
        known = ticket in self._tickets
        self._tickets.discard(ticket)
        return known
