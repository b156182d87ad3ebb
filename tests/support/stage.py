"""The real desk on a real store, with two servers that say what the test wants."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.domain.approval import Person
from bot.domain.pair import Pair, Question, Role, Server
from bot.domain.request import RequestView
from bot.domain.statement import StatementKind
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.registry import actions_of, load_commands
from bot.services import (
    Desk,
    Details,
    DetailsNeeded,
    ask,
)
from bot.ssh.script import AnswerScript
from bot.store import Store, sightings
from bot.views.refusals import plain_words
from tests.domain.build import KEY
from tests.store.given import Clock
from tests.support import databases

ALICE, BOB, CAROL = Person("U0ALICE", "Alice"), Person("U0BOB", "Bob"), Person("U0CAROL", "Carol")


ADDRESS = {Role.PRIMARY: "10.0.0.11", Role.SECONDARY: "10.0.0.12"}


OFF = Details(statements={StatementKind.OFF: "I pulled its power cable"})


def pair(name: str = "london", **more: Any) -> Pair:
    servers = {r.value: Server(f"pam-{r}", "bot", KEY, key="id", address=ADDRESS[r]) for r in Role}
    people = {"requesters": ("U0ALICE", "U0BOB"), "approvers": ("U0BOB", "U0CAROL")}
    return Pair(name=name, channel="C0OPS", **(servers | people | {"verify_seconds": 5.0} | more))


def says(role: Role, primary: str, secondary: str, health: str = "OK") -> str:
    rows = [("Primary PAM Server", primary, Role.PRIMARY), ("Secondary PAM Server", secondary, Role.SECONDARY)]
    lines = []
    for label, state, row in rows:
        mark = "   - this host" if row is role else ""
        lines += [f"{label}     {state}", f"  {ADDRESS[row]}{mark}"]
    return "\n".join([*lines, f"High Availability status  {health}"])


class World:
    """Two servers that say what the test wants, a wire to them, and what was sent; `talk` is how a command is given."""

    talk: "type[Talk]"

    def __init__(self) -> None:
        self.own: dict[Role, str | Unreachable | Reply] = {Role.PRIMARY: "Active", Role.SECONDARY: "Standby"}
        self.sent: list[str] = []
        self.effect: Callable[[], None] = lambda: None

    def now(self, role: Role) -> Reply:
        said = self.own[role]
        if isinstance(said, Unreachable):
            raise said
        if isinstance(said, Reply):
            return said
        words = {r: w if isinstance(w, str) else "Active" for r, w in self.own.items()}
        return Reply(says(role, words[Role.PRIMARY], words[Role.SECONDARY]), 0, Ending.EXITED)

    @staticmethod
    def role(server: Server) -> Role:
        return next(role for role in Role if server.address == ADDRESS[role])

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        return self.now(self.role(server))

    @contextmanager
    def open(self, server: Server, seconds: float) -> Iterator["Talk"]:
        self.now(self.role(server))
        yield self.talk(self, self.role(server))

    def offered_key(self, *_: Any) -> str:
        return KEY


class Talk:
    def __init__(self, world: World, role: Role) -> None:
        self.world, self.role = world, role

    def run(self, line: str, seconds: float) -> Reply:
        return self.world.now(self.role)

    def converse(
        self,
        line: str,
        dialogue: Sequence[Question],
        slots: Mapping[str, str],
        secrets: Mapping[str, str],
        seconds: float,
        before_answer: Callable[[int], bool],
        hears: Callable[[str, bool], None],
        goes_on: Callable[[], bool],
    ) -> Reply:
        script = AnswerScript(
            dialogue, {**slots, **secrets}, before_answer
        )  # as the real session does, before it sends
        self.world.sent.append(line)
        for index, _ in enumerate(script.questions):
            if not before_answer(index):
                return Reply("", None, Ending.STOPPED, index)
        self.world.effect()
        return Reply("done", 0, Ending.EXITED, len(dialogue))


World.talk = Talk


class Stage_:
    """A desk on a real store."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.world = Clock(), World()
        self.store = Store(databases.fresh_sqlite(folder / "review.db"), self.clock)
        self.settings: dict[str, Pair] = {"london": pair()}
        self.queue: list[Callable[[], None]] = []
        self.desk = Desk(
            store=self.store,
            wire=self.world,
            pairs=lambda: self.settings,
            actions=actions_of(load_commands()),
            members=lambda _: frozenset(),
            now=self.clock,
            sleep=lambda seconds: self.clock.tick(seconds=seconds),
            worded=plain_words,
            submit=self.queue.append,
        )
        sightings.arm(self.store, self.settings["london"])

    def ask(self, action: str, given: Details | None = None, who: Person = ALICE) -> RequestView | DetailsNeeded:
        return ask(self.desk, who, "london", action, "INC-4711", given)

    def asked(self, action: str, given: Details | None = None) -> RequestView:
        found = self.ask(action, given)
        assert isinstance(found, RequestView)
        return found

    def drain(self) -> None:
        while self.queue:
            self.queue.pop(0)()


NO_ANSWER = Unreachable(UnreachableReason.NO_ANSWER)


def split(s: Stage_) -> None:
    s.world.own = {Role.PRIMARY: "Active", Role.SECONDARY: "Promoted Active"}
    s.world.effect = lambda: s.world.own.update({Role.PRIMARY: "Demoted"})
