"""No schedule breaks an invariant, and the schedules really sent, told, refused and met everything there is.

Always played: for each seeded bug the schedule that would find it, and a sample by the seed of this run of tests. The
proofs play every schedule of one event and a share of those of two. `python -m tests.proof.long` plays those of two
events completely in every world, and then some of three.
"""

import fcntl
import os
import pickle
import random
from collections.abc import Iterator

import pytest

from bot.domain.errors import Reason
from tests.proof.database import Database
from tests.proof.doors import doors
from tests.proof.events import BY_NAME as NAMED
from tests.proof.events import KINDS, Where, places
from tests.proof.killing_schedules import killing_schedules, placed
from tests.proof.play import House
from tests.proof.safety_case import defined
from tests.proof.schedules import BY_NAME, CORE, ENDS, Part, Report, play_all, single
from tests.proof.worlds import WORLDS

pytestmark = pytest.mark.timeout(1800)

# Refusals that the desk never gives, because they belong to the way in, and the test that meets each.
ELSEWHERE = {
    Reason.NOT_OFFERED: "tests/e2e/test_refusals.py::test_what_is_typed_wrong_is_told_in_a_sentence",
    Reason.SLACK: "tests/proof/test_slack_away.py::test_who_cannot_be_looked_up_is_refused_and_nothing_was_done",
}
OUTCOMES = {"succeeded", "failed", "unknown", "not sent"}
LOOK, LOSS = "somebody looks at what is unknown", "the next reply is lost"
WITHOUT_A_RUN = {f"request {end}" for end in ("expired", "void", "denied", "withdrawn", "done_by_hand")}
SAMPLED_WORLDS, SAMPLED_SCHEDULES = 3, 12
ONE = [Part(name) for name in BY_NAME]
TWO = [Part("failed over", number, 4, deep=True) for number in range(4)]
TWO += [Part("split brain", number, 40, deep=True, where=Where.STATES) for number in range(0, 40, 10)]


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def played_once(factory: pytest.TempPathFactory, name: str, parts: list[Part]) -> Report:
    """The report, by whichever of the processes of this test run comes first; the others wait for it."""
    folder = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    kept = folder / f"{name}.pickle"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            report = play_all(parts)
            print(f"\n{name}: {report.text()}")
            kept.write_bytes(pickle.dumps(report))
        found: Report = pickle.loads(kept.read_bytes())
        return found


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Every schedule with at most one event."""
    return played_once(tmp_path_factory, "at most one event, in all worlds", ONE)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Those with two: all of them in one world, and a fixed share where the store and the clicks matter too."""
    return played_once(tmp_path_factory, "two events, the share of every day", TWO)


def test_no_schedule_that_finds_a_seeded_bug_finds_one_here(house: House) -> None:
    wrong = {}
    for bug, schedule in killing_schedules().items():
        played = house.play(BY_NAME[schedule.world], placed(house, schedule))
        if played is None or played.violations:
            wrong[bug] = played.violations if played else "an event had nothing to do"
    assert wrong == {}


def test_no_schedule_of_a_sample_breaks_an_invariant(house: House, pytestconfig: pytest.Config) -> None:
    lots = random.Random(pytestconfig.getoption("randomly_seed"))
    for start in lots.sample(WORLDS, SAMPLED_WORLDS):
        schedules = list(single(house, start))
        for world, happens in lots.sample(schedules, min(len(schedules), SAMPLED_SCHEDULES)):
            played = house.play(BY_NAME[world], happens)
            assert played is None or played.violations == (), (world, happens)


@pytest.mark.proof
def test_no_schedule_with_one_event_breaks_an_invariant(one: Report) -> None:
    assert one.violations == []
    assert one.explored > 5000


@pytest.mark.proof
def test_no_schedule_with_two_events_breaks_an_invariant(two: Report) -> None:
    assert two.violations == []
    assert two.explored > 2000
    assert set(two.events) == {kind.name for kind in CORE}


@pytest.mark.proof
def test_every_world_sends(one: Report) -> None:
    assert {name for name, sent in one.sending.items() if sent} == {start.name for start in WORLDS}


@pytest.mark.proof
def test_every_outcome_is_told(one: Report) -> None:
    assert set(one.outcomes) == OUTCOMES | WITHOUT_A_RUN


@pytest.mark.proof
def test_every_event_happens(one: Report) -> None:
    assert set(one.events) == {kind.name for kind in KINDS} - {LOOK}


@pytest.mark.proof
def test_somebody_looks_at_an_end_that_is_unknown(house: House) -> None:
    """The one event that can only come after another."""
    start = BY_NAME["split brain"]
    lost = [happens for _, happens in single(house, start, [NAMED[LOSS]])][1:]
    traces = [(happens, played.trace) for happens in lost if (played := house.play(start, happens, record=True))]
    looks = [(*happens, (gap, LOOK)) for happens, trace in traces for gap in places(NAMED[LOOK], trace, start.where)]
    later = [happens for happens in looks if happens[1] > happens[0]]
    found = [played for happens in later if (played := house.play(start, happens))]
    assert found
    assert [played.violations for played in found if played.violations] == []


@pytest.mark.proof
def test_nothing_is_sent_for_every_reason_there_is(one: Report) -> None:
    assert set(one.ends) == set(ENDS.values())


@pytest.mark.proof
def test_every_refusal_is_reached(house: House, one: Report) -> None:
    knocked = list(doors(house))
    assert None not in knocked
    reached = {refusal.reason.value for refusal in knocked if refusal} | set(one.refused)
    assert reached == {reason.value for reason in Reason if reason not in ELSEWHERE}
    assert all(defined(test) for test in ELSEWHERE.values())


def some() -> Iterator[tuple[str, tuple[tuple[int, str], ...]]]:
    """A few schedules of every sort, from one end to the other."""
    house = House()
    for name in ("split brain", "new Secondary", "Primary off"):
        yield from list(single(house, BY_NAME[name]))[::29]


@pytest.mark.proof
def test_what_is_remembered_is_what_would_be_done() -> None:
    """The database remembers what an operation did to it; without its memory every play is the same."""
    known, forgetful = House(), House(Database(remembers=False))
    for name, happens in some():
        with_memory = known.play(BY_NAME[name], happens, record=True)
        assert with_memory == forgetful.play(BY_NAME[name], happens, record=True), (name, happens)
        assert with_memory == known.play(BY_NAME[name], happens, record=True), (name, happens)
