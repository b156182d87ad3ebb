"""A person's hands and eyes, for tests and for the demo; every method waits until it is done."""

from __future__ import annotations

import copy
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from . import modals, presses, speaking
from .envelope import Delivery
from .errors import Json, SlackError
from .people import Person
from .workspace import Workspace

T = TypeVar("T")


class Runner(Protocol):
    """Whoever can run something on the server's event loop and wait for it."""

    def run(self, doing: Callable[[Workspace], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the workspace and return its result."""


class Actor:
    """One person using Slack. What Slack does not allow raises SlackError, in the client's words."""

    def __init__(self, slack: Runner, person: str, anyway: bool = False) -> None:
        self._slack = slack
        self._id = person
        self._anyway = anyway

    @property
    def id(self) -> str:
        """Return whose hands these are."""
        return self._id

    def command(self, line: str, channel: str | None = None, thread_ts: str | None = None) -> Delivery:
        """Type a slash command, in a channel or in the direct message with the bot."""
        return self._do(lambda w, me: speaking.command(w, me, line, channel, thread_ts, self._anyway))

    def mention(self, channel: str, text: str, thread_ts: str | None = None) -> Delivery:
        """Write ``text`` to the bot where everybody reads it."""
        return self._do(lambda w, me: speaking.mention(w, me, channel, text, thread_ts))

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> Delivery | None:
        """Write a message; None when the app is told nothing of it."""
        return self._do(lambda w, me: speaking.post(w, me, channel, text, thread_ts))

    def direct(self, text: str, thread_ts: str | None = None) -> Delivery | None:
        """Write to the bot in private."""
        return self._do(lambda w, me: speaking.direct(w, me, text, thread_ts))

    def open_home(self, tab: str = "home") -> Delivery | None:
        """Open the bot's App Home."""
        return self._do(lambda w, me: speaking.open_home(w, me, tab))

    def click(self, label: str, message: Json | None = None, confirm: bool = True, stale: bool = False) -> Delivery:
        """Press a button: on ``message``, else in the modal, else in App Home."""
        return self._do(lambda w, me: presses.click(w, me, label, message, confirm, stale))

    def choose(self, label: str, said: Any, message: Json | None = None) -> Delivery | None:
        """Choose an option, a person or a date where the label says so."""
        return self._do(lambda w, me: presses.choose(w, me, label, said, message))

    def submit(self, filled: dict[str, Any] | None = None) -> dict[str, str] | None:
        """Fill in the modal by its labels and send it; returns the errors shown, by label, or None."""
        return self._do(lambda w, me: modals.submit(w, me, filled))

    def close(self, everything: bool = False) -> Delivery | None:
        """Close the modal without sending it."""
        return self._do(lambda w, me: modals.close(w, me, everything))

    def modal(self) -> Json | None:
        """Return the modal on top, or None."""
        stack = self._look(lambda w: [w.views.shown(view) for view in w.views.stack(self._id)[-1:]])
        return stack[0] if stack else None

    def home(self) -> Json | None:
        """Return the Home tab, or None while nothing has been published."""

        def look(w: Workspace) -> Json | None:
            home = w.views.home(self._id)
            return w.views.shown(home) if home else None

        return self._look(look)

    def sees(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        """Return the messages of a channel or thread, those only for this person included, oldest first."""
        return self._look(lambda w: w.messages.seen_by(self._id, _readable(w, channel, self._id), thread_ts))

    def directs(self) -> list[Json]:
        """Return the messages of the direct message with the bot."""
        return self._look(lambda w: w.messages.seen_by(self._id, w.direct(self._id).id))

    def _do(self, doing: Callable[[Workspace, Person], Coroutine[Any, Any, T]]) -> T:
        return self._slack.run(lambda w: doing(w, acting(w, self._id, self._anyway)))

    def _look(self, look: Callable[[Workspace], T]) -> T:
        async def looking(w: Workspace) -> T:
            return copy.deepcopy(look(w))

        return self._slack.run(looking)


def acting(w: Workspace, user: str, anyway: bool = False) -> Person:
    """Return a person who can act; raises SlackError for a deleted account unless ``anyway``."""
    person = w.person(user)
    if person.kind == "deleted" and not anyway:
        raise SlackError(f"The account of {person.name} is deactivated")
    return person


def _readable(w: Workspace, channel: str, person: str) -> str:
    found = w.find_channel(channel)
    if found is None or (found.private and person not in found.everybody(w.me.bot_user)):
        raise SlackError(f"There is no channel {channel}")
    return found.id
