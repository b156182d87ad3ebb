"""A desk whose messages are drawn as its channel would show them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bot.domain.incident import Report
from bot.domain.pair import Role, Server
from bot.domain.request import RequestView
from bot.domain.statement import StatementKind
from bot.domain.transport import Reply
from bot.services import Details, approve, observe
from bot.store import incident_timeline, incidents
from tests.store.given import Clock
from tests.support.stage import ALICE, BOB, Stage_, Talk, World, ask

PLANNED = Details(statements={StatementKind.PLANNED: "the disk of the Primary is changed"})


class Slow(World):
    """A look takes its time, as in life; `talk` is the way in which a command is given."""

    talk: type[Talk] = Talk

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        self.clock.tick(seconds=0.4)
        return super().probe(server, line, seconds)

    @contextmanager
    def open(self, server: Server, seconds: float) -> Iterator[Talk]:
        self.clock.tick(seconds=0.4)
        with super().open(server, seconds):
            yield self.talk(self, self.role(server))


class House(Stage_):
    """Two servers that take their time to answer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.world: Slow = Slow(self.clock)
        self.desk = replace(self.desk, wire=self.world)

    def look(self) -> None:
        observe(self.desk, self.desk.pair("london"))
        self.clock.tick(seconds=30)

    def become(self, primary: str, secondary: str) -> None:
        self.world.own |= {Role.PRIMARY: primary, Role.SECONDARY: secondary}

    def wants(self, action: str, given: Details | None = None) -> RequestView:
        found = ask(self.desk, ALICE, "london", action, "INC-4711", given)
        assert isinstance(found, RequestView)
        self.clock.tick(seconds=60)
        return found

    def runs(self, action: str, primary: str, secondary: str, given: Details | None = None) -> None:
        """Alice asks, Bob approves, and the pair becomes what the command is for."""
        self.world.effect = lambda: self.become(primary, secondary)
        approve(self.desk, self.wants(action, given).id, BOB, "london")
        self.drain()

    def report(self, incident: int = 1) -> Report:
        return incident_timeline.report(self.store, incidents.get(self.store, incident))


def handed_over(s: House) -> None:
    """A planned hand-over and back: the incident opens after the failover was sent."""
    s.look()
    s.runs("ha-failover", "Demoted", "Active", PLANNED)
    s.clock.tick(minutes=5)
    s.runs("ha-failback", "Active", "Standby")
