"""An incident's story from its beginning: what led to it, who did what, each thing once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk import Given, approve, close, guiding, observe
from bot.domain.incident import Report
from bot.domain.pair import Role, Server
from bot.domain.reply import Ending, Reply
from bot.domain.request import Phase, RequestView, Stage
from bot.domain.statement import Kind
from bot.store import incidents, requests, story
from tests.review.test_desk import ALICE, BOB, CAROL, Stage_, Talk, World, ask
from tests.store.given import Clock

PLANNED = Given(statements={Kind.PLANNED: "the disk of the Primary is changed"})
SICK = Given(statements={Kind.NOT_SERVING: "nobody can log on since 03:00"})


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

    def wants(self, action: str, given: Given | None = None) -> RequestView:
        found = ask(self.desk, ALICE, "london", action, "INC-4711", given)
        assert isinstance(found, RequestView)
        self.clock.tick(seconds=60)
        return found

    def runs(self, action: str, primary: str, secondary: str, given: Given | None = None) -> None:
        """Alice asks, Bob approves, and the pair becomes what the command is for."""
        self.world.effect = lambda: self.become(primary, secondary)
        approve(self.desk, self.wants(action, given).id, BOB, "london")
        self.drain()

    def report(self, incident: int = 1) -> Report:
        return story.report(self.store, incidents.get(self.store, incident))


@pytest.fixture
def s(tmp_path: Path) -> House:
    return House(tmp_path)


def told(report: Report) -> list[str]:
    return [f"{one.kind} {one.who} {one.words}".replace("  ", " ") for one in report.timeline]


def handed_over(s: House) -> None:
    """A planned hand-over and back: the incident opens after the failover was sent."""
    s.look()
    s.runs("ha-failover", "Demoted", "Active", PLANNED)
    s.clock.tick(minutes=5)
    s.runs("ha-failback", "Active", "Standby")


def test_a_planned_hand_over_begins_with_what_was_stated_and_asked(s: House) -> None:
    handed_over(s)
    report = s.report()
    assert told(report) == [
        "said U0ALICE stated (planned): the disk of the Primary is changed",
        "asked U0ALICE asked for ha-failover: INC-4711",
        "approved U0BOB approved ha-failover",
        "run sending ha-failover",
        "ended ha-failover: succeeded. The Secondary serves the users, the Primary is demoted.",
        "seen Incident opened: failed over (Primary demoted, Secondary active)",
        "asked U0ALICE asked for ha-failback: INC-4711",
        "approved U0BOB approved ha-failback",
        "run sending ha-failback",
        "ended ha-failback: succeeded. Primary active, Secondary on standby and replicating.",
        "seen Incident closed: healthy (Primary active, Secondary standby)",
    ]
    assert report.people == (
        ("U0ALICE", "stated (planned), asked for ha-failover, asked for ha-failback"),
        ("U0BOB", "approved ha-failover, approved ha-failback"),
    )
    assert [title for title, _ in report.transcripts] == ["ha-failover, run 1", "ha-failback, run 2"]
    assert [states for _, *states in report.states] == [
        ["active", "standby"], ["demoted", "active"], ["active", "standby"],
    ]  # fmt: skip
    assert report.durations.acknowledge == 0
    assert story.concerned(s.store, incidents.get(s.store, 1)) == ("U0ALICE", "U0BOB")


def test_a_sick_primary_begins_with_the_word_that_opened_it(s: House) -> None:
    s.look()
    s.runs("ha-failover", "Demoted", "Active", SICK)
    report = s.report()
    assert incidents.get(s.store, 1).opened_at > report.timeline[0].at, "this shows nothing"
    assert told(report)[:3] == [
        "said U0ALICE stated (not serving): nobody can log on since 03:00",
        "seen Incident opened: sick Primary (Primary active, Secondary standby)",
        "asked U0ALICE asked for ha-failover: INC-4711",
    ]


def test_what_was_before_and_over_is_not_of_this_incident(s: House) -> None:
    handed_over(s)
    s.clock.tick(minutes=5)
    s.look()
    denied = s.wants("ha-failover", replace(PLANNED, acknowledgement="the change goes on"))
    requests.decide(s.store, denied.id, Stage.DENIED, BOB.id, "not <today> & not *tomorrow*")
    s.clock.tick(minutes=5)
    s.look()
    s.become("Active", "Failed")
    s.look()
    assert told(s.report(2)) == [
        "said U0ALICE stated (planned): the disk of the Primary is changed",  # it still stands
        "seen Incident opened: no standby (Primary active, Secondary failed)",
    ]
    assert len(told(s.report(1))) == 11


def test_a_request_that_was_under_way_is_told_from_its_beginning(s: House) -> None:
    s.look()
    open_one = s.wants("ha-failover", PLANNED)
    s.become("Active", "Failed")
    s.look()
    requests.decide(s.store, open_one.id, Stage.DENIED, BOB.id, "it has failed")
    assert told(s.report()) == [
        "said U0ALICE stated (planned): the disk of the Primary is changed",
        "asked U0ALICE asked for ha-failover: INC-4711",
        "seen Incident opened: no standby (Primary active, Secondary failed)",
        "decided U0BOB denied ha-failover: it has failed",
    ]


def test_who_handed_over_who_noted_and_who_closed_are_told(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    pair = s.desk.pair("london")
    guiding.take(s.desk, ALICE, pair, ALICE.id)
    guiding.take(s.desk, ALICE, pair, BOB.id)
    guiding.note(s.desk, BOB, pair, "the switch: vendor called")
    s.world.effect = lambda: None
    request = s.wants("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.world.own[Role.PRIMARY] = "Active"
    s.world.effect = lambda: s.world.own.__setitem__(Role.PRIMARY, Reply("?", 0, Ending.EXITED))
    s.drain()
    s.clock.tick(minutes=17)
    close(s.desk, 1, CAROL, Phase.DID_NOT)
    report = s.report()
    assert dict(report.people) == {
        "U0ALICE": "is on it, handed it over to <@U0BOB>, asked for ha-demote-primary",
        "U0BOB": "noted something, approved ha-demote-primary",
        "U0CAROL": "closed ha-demote-primary",
    }
