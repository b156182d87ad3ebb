"""The demo: the real bot as its own process, the local Slack with its page, and three simulated pairs."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from bot.domain.status import State
from bot.simulator import cast
from bot.simulator.board import Board
from bot.simulator.guide import PAIR
from bot.simulator.page import page_routes
from bot.simulator.pair import Role, SimulatedPair
from bot.simulator.past import STORIES
from bot.simulator.slack import LocalSlack
from bot.simulator.stage import Stage, begin, checked, make_key, settings_of

PORT = 4747
STATES = {"london": "split-brain", "paris": "failed-primary", "tokyo": "bau"}
READY, STARTING = "ready", "starting"
# A server that gives no answer is told of within 5 s, and what breaks is seen soon without anybody asking.
QUICK = {"commands": {"ha-status": {"time_limit": 2.0}}, "look_seconds": 10}


@dataclass(frozen=True)
class Parts:
    """What the lab may not import of the bot; each function is given the bot's environment.

    `migrate` makes the database; `past` writes a made-up day into it, by pair, as `simulator.past` has it; `check` arms
    the pairs, all or the one named, and looks at each once (raises RuntimeError with what is wrong); `believes` tells
    by pair what was seen last, as the panel shows it; `pinned` tells by pair and role which host key is in force;
    `requests` gives the requests of a pair: id, action, who asked, and when in Unix seconds.
    """

    manifest: dict[str, Any]
    migrate: Callable[[Mapping[str, str]], None]
    past: Callable[[Mapping[str, str], Mapping[str, Sequence[tuple[float, State, State]]]], None]
    check: Callable[[Mapping[str, str], str], None]
    believes: Callable[[Mapping[str, str]], Mapping[str, Any]]
    pinned: Callable[[Mapping[str, str]], Mapping[str, Mapping[str, str]]]
    requests: Callable[[Mapping[str, str], str], Sequence[Mapping[str, Any]]]


class Demo:
    """`start` returns as soon as the page is up; the rest comes up behind it, and `note` tells how far it is."""

    def __init__(
        self,
        parts: Parts,
        *,
        states: Mapping[str, str] = STATES,
        seconds: float = 3.0,
        settings: Mapping[str, Any] = QUICK,
    ) -> None:
        self._parts = parts
        self._states = dict(states)
        self._folder = TemporaryDirectory(prefix="pairkeeper-demo-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        key, public = make_key(folder)
        self.slack = LocalSlack(cast.FIVE, cast.channels(), cast.groups(), parts.manifest, team_name="Local Slack")
        self.pairs = {
            name: SimulatedPair(
                name,
                seconds=seconds,
                client_key=public,
                primary_address=f"10.0.{place}.11",
                secondary_address=f"10.0.{place}.12",
            )
            for place, name in enumerate(states)
        }
        self._key, self._settings = key, dict(settings)
        self.stage = Stage(folder, self.slack, {})
        self.note = STARTING
        self._ending = threading.Event()
        self._behind = threading.Thread(target=self._come_up, name="demo", daemon=True)

    def start(self, port: int = PORT) -> Self:
        """Serve the page, on any free port when this one is taken, and bring up the rest."""
        board = Board(
            self.slack,
            list(self.pairs.values()),
            note=lambda: self.note,
            believes=lambda: self._known(self._parts.believes),
            pinned=lambda: self._known(self._parts.pinned),
            pin=self.pin,
            requests=self._requests,
        )
        self.slack.serve_also([*page_routes(), *board.routes()])
        try:
            self.slack.start(port)
        except OSError:
            self.slack.start()
        self._behind.start()
        return self

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self.slack.url}/"

    @property
    def on_the_command_line(self) -> str:
        """What to set for `pairkeeper` to speak of this demo and not of another database."""
        environ = self.stage.environ()
        return " ".join(f"{name}={environ[name]}" for name in ("PAIRKEEPER_CONFIG", "DATABASE_URL"))

    @property
    def coming_up(self) -> bool:
        """Whether the rest is still on its way."""
        return self._behind.is_alive()

    def wait(self, seconds: float = 120.0) -> None:
        """Until everything is up; raises RuntimeError when it did not come up."""
        self._behind.join(seconds)
        if self.note != READY:
            raise RuntimeError(f"the demo did not come up: {self.note}")

    def pin(self, pair: str, role: Role) -> None:
        """Put the host key that a server has now into the settings, as a person who compared it would."""
        self.stage.pairs[pair][role.value]["host_key"] = self.pairs[pair].server(role).host_key
        self.stage.write()
        self._check(pair)

    def stop(self) -> None:
        """End everything and leave nothing behind; may be called twice."""
        self._ending.set()
        if self._behind.ident is not None:
            self._behind.join(20)
        self.stage.stop(10)
        for pair in self.pairs.values():
            pair.stop()
        self.slack.stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start(0)

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _known(self, tell: Callable[[Mapping[str, str]], Mapping[str, Any]]) -> Mapping[str, Any]:
        return tell(self.stage.environ()) if self.note == READY else {}

    def _requests(self) -> Sequence[Mapping[str, Any]]:
        return self._parts.requests(self.stage.environ(), PAIR) if self.note == READY else ()

    def _come_up(self) -> None:
        try:
            self._bring_up()
            self.note = READY
        except Exception as error:
            self.note = f"{type(error).__name__}: {error}"
        if not self._ending.is_set():
            self.slack.nudge()

    def _bring_up(self) -> None:
        for pair in self.pairs.values():
            pair.start()
        self.stage.pairs = self._tables()
        self.stage.write()
        self._parts.migrate(self.stage.environ())
        self._parts.past(self.stage.environ(), STORIES)
        if self._ending.is_set():
            return
        self.stage.launch()
        # Checked in BAU while the bot starts: what is broken breaks later, as in life.
        self._check("")
        for name, state in self._states.items():
            begin(self.pairs[name], state)
        self.stage.wait()

    def _check(self, pair: str) -> None:
        """Have the pairs checked, all or the one named."""
        checked(lambda: self._parts.check(self.stage.environ(), pair), self._ending.is_set)

    def _tables(self) -> dict[str, dict[str, Any]]:
        people = {"channel": cast.OPS, "requesters": list(cast.REQUESTERS), "approvers": list(cast.APPROVERS)}
        tables = settings_of(list(self.pairs.values()), self._key, **people)
        return {name: table | self._settings for name, table in tables.items()}
