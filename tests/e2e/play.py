"""A whole play: local Slack, simulated pairs, the bot as its own process; and how tests read what people see."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.manifest import manifest
from bot.registry import load_commands
from bot.simulator import cast
from bot.simulator.pair import SimulatedPair
from bot.simulator.slack import Actor, LocalSlack, Person
from bot.simulator.stage import Stage, begin, make_key, settings_of
from bot.views.terminal import plain_blocks
from tests.support import databases, forked_bot
from tests.support.patience import HANG

T = TypeVar("T")
Message = dict[str, Any]


def text_of(message: Message) -> str:
    """What a person reads of a message, files by name."""
    files = "".join(f"\n[file {one.get('name')}]" for one in message.get("files", []))
    return (plain_blocks(message.get("blocks") or []) or message.get("text", "")) + files


def last_said(end: Message) -> list[str]:
    """What each server said last of itself, as the end of an unknown run tells it: on a busy machine, look by look."""
    (line,) = (one for one in text_of(end).splitlines() if one.startswith("Since then: "))
    said = re.findall(r"(Primary|Secondary) ([^,(]+?)(?=,| \()", line)
    return [f"{role} {words}" for role, words in dict(said).items()]


def modal_text(view: Message | None) -> str:
    """What a person reads in the modal on top, with what there is to choose from."""
    if not view:
        return ""
    options = [option for block in view["blocks"] for option in block.get("element", {}).get("options", ())]
    parts = [option[part]["text"] for option in options for part in ("text", "description") if part in option]
    return " ".join([plain_blocks(view["blocks"]), *parts])


@dataclass
class Tally:
    """What people did: lines typed, buttons pressed on messages, fields of forms filled in and sent."""

    commands: int = 0
    presses: int = 0
    fields: int = 0


class Hands(Actor):
    """A person whose doings are counted; use `play.slack.as_person` for what is not to be."""

    def __init__(self, slack: LocalSlack, person: str, tally: Tally) -> None:
        super().__init__(slack, person)
        self._tally = tally

    def command(self, line: str, channel: str | None = None, thread_ts: str | None = None) -> Any:
        self._tally.commands += 1
        return super().command(line, channel, thread_ts)

    def click(self, label: str, message: Message | None = None, confirm: bool = True, stale: bool = False) -> Any:
        self._tally.presses += 1
        return super().click(label, message, confirm, stale)

    def submit(self, filled: dict[str, Any] | None = None) -> dict[str, str] | None:
        wrong = super().submit(filled)
        self._tally.fields += 0 if wrong else len(filled or {})
        return wrong


class Play:
    """Start with `with Play(folder, pair, …) as play`; people are `play.alice` and so on."""

    def __init__(
        self,
        folder: Path,
        *pairs: dict[str, Any],
        http: bool = False,
        settings: Any = None,
        summaries: Any = (),
        crowd: Sequence[Person] = (),
        **environ: str,
    ):
        self.folder, self.environ = folder, environ
        self.restarts = True  # whether a scenario kills the bot between its steps
        self.tally = Tally()
        self.slack = LocalSlack(
            [*cast.FIVE, *cast.REFUSED, *crowd],
            cast.channels(*cast.REFUSED, *crowd),
            cast.groups(),
            manifest(load_commands()),
            retry_delays=(0.0, 0.2),
        )
        key, public = make_key(folder)
        self.starts = [one.pop("state", "bau") for one in pairs]
        self.pairs = [SimulatedPair(**{"name": "london", "seconds": 0.3, "client_key": public, **one}) for one in pairs]
        self.pair = self.pairs[0]
        more = [person.id for person in crowd]
        people = {
            "channel": cast.OPS,
            "requesters": [*cast.REQUESTERS, *more],
            "approvers": [*cast.APPROVERS, *more],
        }
        self.stage = Stage(
            folder,
            self.slack,
            settings_of(self.pairs, key, **people),
            http=http,
            environ=environ,
            start=forked_bot.start,
        )
        self.stage.summaries = list(summaries)
        for table in self.stage.pairs.values():
            table.update(settings or {})

    def __enter__(self) -> "Play":
        self.slack.start()
        for pair in self.pairs:
            pair.start()
        try:
            self._prepare()  # the check passes in BAU; what is broken breaks later, as in life
            for pair, state in zip(self.pairs, self.starts, strict=True):
                begin(pair, state)
            self.stage.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _prepare(self) -> None:
        if "DATABASE_URL" in self.environ:
            return self.stage.prepare()
        databases.fresh_sqlite(self.folder / "pairkeeper.db")
        return self.stage.arm()

    def __exit__(self, *_: object) -> None:
        self.stage.kill()  # how it stops by itself is for tests of its own
        for pair in self.pairs:
            pair.stop()
        self.slack.stop()

    def person(self, name: str) -> Actor:
        """Somebody of the cast by first name, in lower case."""
        return Hands(self.slack, f"U0{name.upper()}", self.tally)

    @property
    def alice(self) -> Actor:
        return self.person("alice")

    @property
    def bob(self) -> Actor:
        return self.person("bob")

    @property
    def carol(self) -> Actor:
        return self.person("carol")

    def wait(self, look: Callable[[], T]) -> T:
        """Until `look` gives something true; what it gave."""
        return self.slack.wait_for(look, HANG)

    def all(self, who: Actor) -> Iterable[Message]:
        """Every message that this person can see in the channel, its threads and their direct messages; newest last."""
        top = who.sees(cast.OPS)
        found = {message["ts"]: message for message in [*top, *who.directs()]}
        for message in top:
            found.update({one["ts"]: one for one in who.sees(cast.OPS, message["ts"])})
        return [found[ts] for ts in sorted(found)]

    def reads(self, who: Actor, *words: str, since: str = "0") -> Message:
        """Wait for the newest message that has all these words; the message."""

        def look() -> Message | None:
            fitting = [m for m in self.all(who) if m["ts"] > since and all(word in text_of(m) for word in words)]
            return fitting[-1] if fitting else None

        try:
            return self.wait(look)
        except TimeoutError:
            seen = "\n---\n".join(text_of(m) for m in self.all(who))
            raise AssertionError(f"nobody said {words!r}. What there is:\n{seen}\n{self.log()}") from None

    def latest(self) -> str:
        """A time stamp after everything that was said so far."""
        return f"{time.time():.6f}"

    def type(self, who: Actor, line: str, channel: str = cast.OPS) -> str:
        """Type a slash command; a time stamp from before it."""
        before = self.latest()
        delivery = who.command(line, channel=channel)
        assert delivery.acked, delivery
        return before

    def ask(self, line: str, who: Actor | None = None) -> Message:
        """Ask for something; the card."""
        since = self.type(who or self.alice, line)
        return self.reads(self.bob, "Runs ha-", since=since)

    def press(self, who: Actor, label: str, message: Message) -> None:
        """Press a button on the message as it is now."""
        who.click(label, message)

    def approve(self, card: Message, who: Actor | None = None, name: str = "london") -> str:
        """Approve as a person does: press, type the name, send; what the modal or the card says in the end."""
        person = who or self.bob
        label = next(b["text"]["text"] for b in buttons(card) if b["text"]["text"].startswith("Approve"))
        person.click(label, card)
        self.wait(lambda: "to approve" in modal_text(person.modal()))
        errors = person.submit({f"Type {name} to approve": name})
        assert not errors, errors
        return self.sent(person) or text_of(self.changed(person, card))

    def sent(self, who: Actor) -> str:
        """What a form that was sent says in the end; empty if it closed by itself. It is closed afterwards."""
        self.wait(lambda: "One moment" not in modal_text(who.modal()))
        words = modal_text(who.modal())
        if who.modal():
            who.close()
        return words

    def changed(self, who: Actor, message: Message) -> Message:
        """The message once it says something else."""
        now = self.wait(
            lambda: [m for m in self.all(who) if m["ts"] == message["ts"] and text_of(m) != text_of(message)]
        )
        return now[0]

    def told(self, who: Actor) -> str:
        """What the modal says once it is decided."""

        def final() -> str:
            text = modal_text(who.modal())
            return "" if "One moment" in text else text

        return self.wait(final)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the bot's database from beside it."""
        with sqlite3.connect(self.folder / "pairkeeper.db") as database:
            return database.execute(sql).fetchall()

    def changing(self) -> list[str]:
        """The changing command lines that really reached a server, in order."""
        return [one.line for one in self.pair.commands if one.changing]

    def log(self) -> str:
        return self.stage.log.read_text(errors="replace")[-6000:]


def buttons(message: Message) -> list[Message]:
    """The buttons on a message."""
    return [e for b in message.get("blocks") or [] if b["type"] == "actions" for e in b["elements"]]


def labels(message: Message) -> list[str]:
    """What the buttons say."""
    return [one["text"]["text"] for one in buttons(message)]


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
