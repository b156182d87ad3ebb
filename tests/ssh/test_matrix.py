"""A part of the matrix of faults × commands × terminal or none; `python -m tests.ssh.matrix` plays all of it."""

from dataclasses import replace

import pytest

from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from tests.ssh.matrix import COMMANDS, EVERY_DAY, FAULTS, SCENARIOS, Record, Scenario, play_all, summary
from tests.support import netns

pytestmark = pytest.mark.needs("sshd")
PART = [one for one in SCENARIOS if one.command.name in EVERY_DAY]


def test_there_are_enough() -> None:
    assert len(SCENARIOS) >= 160
    assert len(PART) >= 60


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    """The part of every day, many at once."""
    found = play_all(one for one in PART if not one.fault.space or netns.missing() is None)
    print("\n" + "\n".join(map(str, found)) + "\n" + summary(found))
    return {str(record.scenario): record for record in found}


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, id=str(one), marks=pytest.mark.needs("netns") if one.fault.space else ()) for one in PART],
)
def test_what_is_told_is_so(scenario: Scenario, records: dict[str, Record]) -> None:
    record = records[str(scenario)]
    assert record.lies == [], str(record)


def test_every_way_to_end_is_met(records: dict[str, Record]) -> None:
    told = {record.told.ending for record in records.values() if isinstance(record.told, Reply)}
    assert {Ending.EXITED, Ending.LOST, Ending.LEFT} <= told
    assert any(isinstance(record.told, Unreachable) for record in records.values())
    unknown = [r.truth[-1:] for r in records.values() if isinstance(r.told, Reply) and r.told.exit is None]
    assert ["done"] in unknown, "a lost line whose command ran to its end"
    assert ["begun"] in unknown, "a lost line whose command died half-way"


FINE = Record(Scenario(FAULTS[0], COMMANDS[4], False), Reply("", 0, Ending.EXITED, 1), ["answered", "begun", "done"], 0)


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        (replace(FINE, truth=["answered", "begun"]), "said more than there was to say"),
        (replace(FINE, told=Unreachable(UnreachableReason.NO_ANSWER)), "said that nothing was sent"),
        (replace(FINE, told=Reply("", 0, Ending.EXITED, 0)), "answered more than it says"),
        (replace(FINE, told=Reply("KX7P-94RD-ZQ", 0, Ending.EXITED, 1)), "told the code"),
        (
            replace(FINE, told=Reply("", None, Ending.LEFT, 1), truth=["answered", "begun"]),
            "cut off what was at work",
        ),
        (replace(FINE, late=2.5), "came 2.5 s after its deadline"),
        (replace(FINE, scenario=Scenario(FAULTS[0], COMMANDS[3], False)), "said another exit status"),
    ],
)
def test_a_lie_would_be_seen(lie: Record, told: str) -> None:
    assert FINE.lies == []
    assert told in lie.lies
