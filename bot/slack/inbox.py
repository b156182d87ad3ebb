"""What people do, written down before it is acknowledged: a process that dies afterwards leaves nobody in silence."""

import json
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.domain.errors import Reason, Refusal
from bot.domain.words import esc, plain
from bot.store import Store, inbox
from bot.store.engine import UNWRITABLE
from bot.store.inbox import Entry

Body = dict[str, Any]

WAIT = 2.0  # seconds; Slack waits for three
AGAIN = 2.0  # seconds until what could not be written is tried again
ABOUT_REQUEST = ("approve", "deny", "code", "withdraw", "by_hand")  # buttons whose value is a request's number
ABOUT_RUN = ("stop", "stop_waiting", "took_effect", "did_not", "partly", "still_looking")

log = logging.getLogger(__name__)


def of_command(body: Body) -> Entry:
    """A slash command: its name and its first word. The rest may be anything, and is not needed."""
    first = plain(body.get("text", "")).split()[:1]
    asked = esc(" ".join([body["command"], *first]))
    return Entry(_key(body), body["user_id"], asked, "Type it again", url=body["response_url"])


def of_mention(body: Body, event: Body) -> Entry:
    """A line that was written to the bot: the first two words after its name, the command and the pair."""
    words = [word for word in plain(event.get("text", "")).split() if not word.startswith("@")]
    return Entry(body["event_id"], event["user"], f"“{esc(' '.join(words[:2]))}”", "Write it again")


def of_click(body: Body) -> Entry:
    """A button, by what stands on it."""
    pressed = body["actions"][0]
    label = (pressed.get("text") or {}).get("text", "a button")
    place = (body.get("channel") or {}).get("id", "")
    asked = f"“{label}”" + (f" in <#{place}>" if place.startswith(("C", "G")) else "")
    action, value = pressed["action_id"], pressed.get("value", "")
    kind = "request" if action in ABOUT_REQUEST else "run" if action in ABOUT_RUN else ""
    about = f"{kind} {value}" if kind and value.isdecimal() else ""
    return Entry(_key(body), body["user"]["id"], asked, "Press it again", about, url=body.get("response_url"))


def of_form(body: Body) -> Entry:
    """A form that was sent, by its title: nothing of what was filled in."""
    view = body["view"]
    meta = json.loads(view["private_metadata"])
    asked = f"“{view['title']['text']}”" + (f" on {meta['pair']}" if meta.get("pair") else "")
    about = f"request {meta['request']}" if meta.get("request") else ""
    return Entry(_key(body), body["user"]["id"], asked, "Fill in the form again", about, view=view["id"])


def _key(body: Body) -> str:
    return body.get("trigger_id") or uuid.uuid4().hex


@dataclass
class _Waiting:
    """An entry that somebody waits for; `new` is whether it came for the first time, None while nothing is written."""

    entry: Entry
    new: bool | None = None
    given_up: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class Inbox:
    """One writer: what comes while it is at it goes into its next transaction, so that a burst is a few of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, "inbox")
        self._waiting: list[_Waiting] = []
        self._answered: set[str] = set()

    def take(self, entry: Entry) -> bool:
        """Write it down; False when it was taken before. Refuses where that cannot be done in time."""
        one = _Waiting(entry)
        with self._lock:
            self._waiting.append(one)
        self._writer.submit(self._write)
        one.over.wait(WAIT)
        with self._lock:
            one.given_up = one.new is None
        if one.new is None:
            raise Refusal(Reason.STORE, UNWRITABLE)
        return one.new

    def answered(self, key: str) -> None:
        """Its person has their answer; what cannot be written down now is later."""
        with self._lock:
            self._answered.add(key)
        with suppress(TimeoutError):
            self._writer.submit(self._write).result(WAIT)

    def keep(self, key: str) -> None:
        """Its person could not be reached: whoever can reaches them later."""
        try:
            inbox.let_go(self._store, key)
        except Refusal:
            _later(lambda: self.keep(key))

    def mine(self, key: str) -> bool:
        """Whether it is still this process's: one that was taken for dead leaves alone what others have told of."""
        try:
            return inbox.mine(self._store, key)
        except Refusal:
            return True  # then nothing can be changed either, and its person hears that

    def _write(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
            answered, self._answered = self._answered, set()
        if not (waiting or answered):
            return
        try:
            new: set[str] | None = inbox.write(self._store, [one.entry for one in waiting], answered)
        except Exception as error:
            log.error("the inbox could not be written: %s", type(error).__name__)
            new = None
        self._settle(waiting, new)
        if new is None:
            # What was not confirmed may be there all the same, and its person was told that nothing was done.
            self._once_more(answered | {one.entry.key for one in waiting})

    def _settle(self, waiting: list[_Waiting], new: set[str] | None) -> None:
        left = set(new or ())
        late: set[str] = set()
        with self._lock:
            for one in waiting if new is not None else ():
                one.new = one.entry.key in left
                left.discard(one.entry.key)  # a second copy in the same transaction
                if one.given_up and one.new:
                    late.add(one.entry.key)  # its person was told that it could not be written
        for one in waiting:
            one.over.set()
        self._once_more(late)

    def _once_more(self, answered: set[str]) -> None:
        if not answered:
            return
        with self._lock:
            self._answered |= answered
        _later(lambda: self._writer.submit(self._write))


def _later(doing: Callable[[], object]) -> None:
    timer = threading.Timer(AGAIN, doing)
    timer.daemon = True
    timer.start()
