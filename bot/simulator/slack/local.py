"""The local Slack, as tests and the demo use it: people to act as, and faults to order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .actor import Actor
from .envelope import Delivery, Envelope
from .errors import Json, SlackError
from .faults import How
from .files import File
from .manifest import read_manifest
from .server import Server
from .sockets import Reason
from .workspace import Workspace

T = TypeVar("T")


class LocalSlack(Server):
    """Slack's service on loopback, with its limits.

    ``now`` is the clock by which triggers, response URLs, rate limits and timestamps go, in Unix seconds;
    acknowledgements are timed by the real one. ``ack_seconds`` is how long the app has, ``retry_delays`` the seconds
    before each retry of an event (Slack waits about 0, 60 and 300). ``paid`` is whether the workspace's plan has
    user groups. Methods may be called from any thread; without ``start`` only those that need no service work.
    """

    def install(self, manifest: Json | None) -> None:
        """Install the app from a manifest; raises SlackError naming everything Slack would refuse in it."""
        self._workspace.manifest = read_manifest(manifest)

    def deliver_to(self, event_url: str | None) -> None:
        """Send signed POSTs to this request URL from now on; None goes back to Socket Mode."""
        self._workspace.wire.event_url = event_url

    def as_person(self, person: str, anyway: bool = False) -> Actor:
        """Return the hands and eyes of a person; ``anyway`` lets a deleted account
        act, as in a race, and a stranger use commands."""
        self._workspace.person(person)
        return Actor(self, person, anyway)

    def change_person(self, person: str, **fields: Any) -> None:
        """Replace fields of a person, such as ``kind``; raises KeyError when there is none."""
        self.now(lambda w: w.change("people", person, **fields))

    def change_channel(self, channel: str, **fields: Any) -> None:
        """Replace fields of a channel, such as ``bot``, ``members`` or ``archived``."""
        self.now(lambda w: w.change("channels", channel, **fields))

    def change_group(self, group: str, **fields: Any) -> None:
        """Replace fields of a user group, such as ``users``."""
        self.now(lambda w: w.change("groups", group, **fields))

    def messages(self, channel: str) -> list[Json]:
        """Return every message everybody in the channel can see, threads included, oldest first."""

        def look(w: Workspace) -> list[Json]:
            found = w.find_channel(channel)
            if found is None:
                raise SlackError(f"There is no channel {channel}")
            return [post.shown() for post in w.messages.public(found.id)]

        return self.now(look)

    @property
    def files(self) -> list[File]:
        """Return every uploaded file, oldest first."""
        return self.now(lambda w: w.files.all())

    def wait_for(self, predicate: Callable[[], T | None], seconds: float = 60.0) -> T:
        """Return the first true result of ``predicate``; raises TimeoutError after so many seconds."""
        deadline = time.monotonic() + seconds
        while not (found := predicate()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"still not so after {seconds:g} s")
            time.sleep(0.01)
        return found

    def verify_url(self) -> bool:
        """Send the challenge with which Slack checks a request URL, and tell whether it came back."""

        async def verify(w: Workspace) -> bool:
            payload = {"type": "url_verification", "token": w.me.verification_token, "challenge": "3eZbrw1aB"}
            delivery = await w.wire.send(Envelope("events_api", payload))
            return (delivery.answer or {}).get("challenge") == payload["challenge"]

        return self.run(verify)

    def replay(self, delivery: Delivery) -> Delivery:
        """Send the same envelope, or the same signed request, once more."""
        return self.run(lambda w: w.wire.replay(delivery))

    def sockets(self) -> list[int]:
        """Return, for each open socket, how many envelopes went to it."""
        return self.now(lambda _: self._sockets.counts())

    def opened(self) -> int:
        """Return how many sockets there ever were: a killed app's is seen to be closed a moment later."""
        return self.now(lambda _: self._sockets.opened)

    def disconnect(self, reason: Reason = "refresh_requested") -> None:
        """Ask the app to connect again; all but a ``warning`` closes its sockets."""
        self.run(lambda _: self._sockets.disconnect(reason))

    def drop_sockets(self) -> None:
        """Cut every socket without a word."""
        self.now(lambda _: self._sockets.drop())

    def mute_sockets(self) -> None:
        """Leave the sockets open but dead; new ones work."""
        self.now(lambda _: self._sockets.mute())

    def rate_limit(self, seconds: float, methods: Iterable[str] | None = None) -> None:
        """Answer 429 with Retry-After to these Web API methods, or to all, for so many seconds."""
        self.now(lambda _: self._faults.limit(seconds, methods))

    def fail(self, method: str, error: str = "internal_error", times: int = 1) -> None:
        """Answer the next calls of a Web API method with an error, having done nothing."""
        self.now(lambda _: self._faults.fail(method, error, times))

    def lose_answers(self, method: str, times: int = 1) -> None:
        """Carry out the next calls of a Web API method, but cut the connection in place of the answer."""
        self.now(lambda _: self._faults.lose(method, times))

    def away(self, seconds: float | None = None, how: How = "500") -> None:
        """Be away: cut the sockets, and answer 500 or reset connections, until ``back`` or the time is over."""

        def leave(w: Workspace) -> None:
            self._faults.leave(seconds, how)
            self._sockets.drop()
            w.changed()

        self.now(leave)

    def back(self) -> None:
        """End every fault that was ordered."""
        self.now(lambda _: self._faults.come_back())
