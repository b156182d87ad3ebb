"""An incident's story from its beginning: what led to it, who did what, each thing once."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.incident import Report
from bot.domain.pair import Role
from bot.domain.request import Phase, Stage
from bot.domain.statement import StatementKind
from bot.domain.transport import Ending, Reply
from bot.services import Details, approve, close, incident_handling
from bot.store import incident_timeline, incidents, requests
from bot.views.timeline import lines, people
from tests.support.stage import ALICE, BOB, CAROL
from tests.views.house import PLANNED, House, handed_over

SICK = Details(statements={StatementKind.NOT_SERVING: "nobody can log on since 03:00"})


@pytest.fixture
def s(tmp_path: Path) -> House:
    return House(tmp_path)


def told(report: Report) -> list[str]:
    return [f"{one.kind} {one.who} {one.words}".replace("  ", " ") for one in lines(report)]


def test_a_planned_hand_over_begins_with_what_was_stated_and_asked(s: House) -> None:
    handed_over(s)
    report = s.report()
    assert told(report) == [
        "said U0ALICE stated (planned): the disk of the Primary is changed",
        "asked U0ALICE asked for ha-failover: INC-4711",
        "approved U0BOB approved ha-failover",
        "run sending ha-failover",
        "ended ha-failover: succeeded. Users are on the Secondary; the Primary is demoted.",
        "seen Incident opened: failed over (Primary demoted, Secondary active)",
        "asked U0ALICE asked for ha-failback: INC-4711",
        "approved U0BOB approved ha-failback",
        "run sending ha-failback",
        "ended ha-failback: succeeded. Primary active, Secondary on standby and replicating.",
        "seen Incident closed: healthy (Primary active, Secondary standby)",
    ]
    assert people(lines(report)) == (
        ("U0ALICE", "stated (planned), asked for ha-failover, asked for ha-failback"),
        ("U0BOB", "approved ha-failover, approved ha-failback"),
    )
    assert [title for title, _ in report.transcripts] == ["ha-failover, run 1", "ha-failback, run 2"]
    assert [states for _, *states in report.states] == [
        ["active", "standby"], ["demoted", "active"], ["active", "standby"],
    ]  # fmt: skip
    assert report.durations.acknowledge == 0
    assert incident_timeline.concerned(s.store, incidents.get(s.store, 1)) == ("U0ALICE", "U0BOB")


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
    incident_handling.take(s.desk, ALICE, pair, ALICE.id)
    incident_handling.take(s.desk, ALICE, pair, BOB.id)
    incident_handling.note(s.desk, BOB, pair, "the switch: vendor called")
    s.world.effect = lambda: None
    request = s.wants("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.world.own[Role.PRIMARY] = "Active"
    s.world.effect = lambda: s.world.own.__setitem__(Role.PRIMARY, Reply("?", 0, Ending.EXITED))
    s.drain()
    s.clock.tick(minutes=17)
    close(s.desk, 1, CAROL, Phase.DID_NOT)
    report = s.report()
    assert lines(report)[-1].words == "closed ha-demote-primary: it did not take effect"
    assert dict(people(lines(report))) == {
        "U0ALICE": "is on it, handed it over to <@U0BOB>, asked for ha-demote-primary",
        "U0BOB": "noted something, approved ha-demote-primary",
        "U0CAROL": "closed ha-demote-primary",
    }


def test_who_opened_and_closed_an_incident_is_told_without_what_was_seen(s: House) -> None:
    s.become("Active", "Standby")
    pair = s.desk.pair("london")
    incident_handling.open_by_hand(s.desk, ALICE, pair, "the switch hums")
    incident_handling.close_by_hand(s.desk, ALICE, pair, "it hums no more")
    assert dict(people(lines(s.report()))) == {"U0ALICE": "Incident opened, noted something, Incident closed"}
