"""Stores each interaction before it is acknowledged, so that its person gets an answer even if this process dies."""

import json
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.words import esc, legible
from bot.store import Store, inbox
from bot.store.inbox import Entry
from bot.views.answers import channel

Body = dict[str, Any]

WAIT = 2.0  # seconds until a write is given up; Slack waits for three
AGAIN = 2.0  # seconds until it is tried again to record what was answered or let go
ABOUT_REQUEST = ("approve", "deny", "code", "withdraw", "by_hand")  # buttons with a request's number as their value
ABOUT_RUN = ("stop", "stop_waiting", "took_effect", "did_not", "partly", "still_looking")

log = logging.getLogger(__name__)


def of_command(body: Body) -> Entry:
    """Return the entry for a slash command: its name and first word.

    The rest is not stored, as it may be anything and is not needed.
    """
    first = legible(body.get("text", "")).split()[:1]
    asked = esc(" ".join([body["command"], *first]))
    return Entry(_key(body), body["user_id"], asked, "Type it again", url=body["response_url"])


def of_mention(body: Body, event: Body) -> Entry:
    """Return the entry for a line written to the bot: its first two words, usually the command and the pair."""
    words = [word for word in legible(event.get("text", "")).split() if not word.startswith("@")]
    return Entry(body["event_id"], event["user"], f"“{esc(' '.join(words[:2]))}”", "Write it again")


def of_click(body: Body) -> Entry:
    """Return the entry for a click, described by the button's label and its channel.

    Where the button is about a request or a run, the entry has its number.
    """
    pressed = body["actions"][0]
    label = (pressed.get("text") or {}).get("text", "a button")
    place = (body.get("channel") or {}).get("id", "")
    asked = f"“{label}”" + (f" in {channel(place)}" if place.startswith(("C", "G")) else "")
    action, value = pressed["action_id"], pressed.get("value", "")
    kind = "request" if action in ABOUT_REQUEST else "run" if action in ABOUT_RUN else ""
    about = f"{kind} {value}" if kind and value.isdecimal() else ""
    return Entry(_key(body), body["user"]["id"], asked, "Press it again", about, url=body.get("response_url"))


def of_form(body: Body) -> Entry:
    """Return the entry for a submitted form, described by its title. Nothing that was filled in is stored."""
    view = body["view"]
    meta = json.loads(view["private_metadata"])
    asked = f"“{view['title']['text']}”" + (f" on {meta['pair']}" if meta.get("pair") else "")
    about = f"request {meta['request']}" if meta.get("request") else ""
    return Entry(_key(body), body["user"]["id"], asked, "Fill in the form again", about, view=view["id"])


def _key(body: Body) -> str:
    return body.get("trigger_id") or uuid.uuid4().hex


@dataclass
class _Waiting:
    """An entry that a listener waits to have stored.

    `new` says whether it arrived for the first time, and is None unless the write is confirmed. `given_up` means
    that the listener has told its person that the entry could not be stored.
    """

    entry: Entry
    new: bool | None = None
    given_up: bool = False
    settled: threading.Event = field(default_factory=threading.Event)


class Inbox:
    """Stores interactions with one writer thread.

    Entries that arrive during a write go into the next transaction together, so that a burst needs few transactions.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, "inbox")
        self._waiting: list[_Waiting] = []
        self._answered: set[str] = set()

    def take(self, entry: Entry) -> bool:
        """Store the interaction. Returns False if it was stored before.

        Raises Refusal if it cannot be stored within WAIT.
        """
        waiting = _Waiting(entry)
        with self._lock:
            self._waiting.append(waiting)
        self._writer.submit(self._write)
        waiting.settled.wait(WAIT)
        with self._lock:
            waiting.given_up = waiting.new is None
        if waiting.new is None:
            raise Refusal(RefusalCode.UNWRITABLE)
        return waiting.new

    def answered(self, key: str) -> None:
        """Record that the person has their answer. If that fails now, it is tried again later."""
        with self._lock:
            self._answered.add(key)
        with suppress(TimeoutError):
            self._writer.submit(self._write).result(WAIT)

    def let_go(self, key: str) -> None:
        """Give up the interaction because its person could not be reached, so that any process tells them later."""
        try:
            inbox.let_go(self._store, key)
        except Refusal:
            _later(lambda: self.let_go(key))

    def mine(self, key: str) -> bool:
        """Whether this process still holds the interaction. True, too, while the database cannot be read.

        Where it does not, another process took this one for dead and told the person that nobody carries the
        interaction out. This process must then not carry it out.
        """
        try:
            return inbox.mine(self._store, key)
        except Refusal:
            return True  # the database is away: nothing can be changed either, and the person is told so

    def _write(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
            answered, self._answered = self._answered, set()
        if not (waiting or answered):
            return
        try:
            new: set[str] | None = inbox.write(self._store, [entry.entry for entry in waiting], answered)
        except Exception as error:
            log.error("the inbox could not be written: %s", type(error).__name__)
            new = None
        self._settle(waiting, new)
        if new is None:
            # The entries may have been stored all the same. Their people read that nothing was done: an answer.
            self._record_answered_later(answered | {entry.entry.key for entry in waiting})

    def _settle(self, waiting: list[_Waiting], new: set[str] | None) -> None:
        left = set(new or ())
        late: set[str] = set()
        with self._lock:
            for entry in waiting if new is not None else ():
                entry.new = entry.entry.key in left
                left.discard(entry.entry.key)  # a second copy in the same transaction is not new
                if entry.given_up and entry.new:
                    late.add(entry.entry.key)  # its person was already told that it could not be stored
        for entry in waiting:
            entry.settled.set()
        self._record_answered_later(late)

    def _record_answered_later(self, answered: set[str]) -> None:
        if not answered:
            return
        with self._lock:
            self._answered |= answered
        _later(lambda: self._writer.submit(self._write))


def _later(doing: Callable[[], object]) -> None:
    timer = threading.Timer(AGAIN, doing)
    timer.daemon = True
    timer.start()
