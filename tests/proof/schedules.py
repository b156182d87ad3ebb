"""All schedules up to a bound: every world, every event, every gap in which its coming makes a difference."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from os import cpu_count

from tests.proof.events import KINDS, Kind, places
from tests.proof.play import House, Placement, Played
from tests.proof.worlds import WORLDS, Start

Schedule = tuple[str, tuple[Placement, ...]]  # the name of a world, and what happens when
BY_NAME = {start.name: start for start in WORLDS}


@dataclass
class Report:
    """What came of many schedules."""

    explored: int = 0
    idle: int = 0  # an event had nothing to do
    sent: int = 0
    effects: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)  # why nothing was sent
    events: Counter[str] = field(default_factory=Counter)
    worlds: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, schedule: Schedule, played: Played | None) -> None:
        if played is None:
            self.idle += 1
            return
        self.explored += 1
        self.sent += played.sent
        self.effects += played.effect
        self.outcomes[played.outcome] += 1
        self.worlds[f"{played.world}: sent"] += bool(played.sent)
        self.refused.update(played.reached)
        self.events.update(name for _, name in played.happened)
        if played.outcome == "not sent":
            self.ends[why_not_sent(played.words)] += 1
        self.violations += [f"{played.world} {list(played.happened)}: {words}" for words in played.violations]

    def take(self, other: "Report") -> None:
        for name in ("explored", "idle", "sent", "effects"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("outcomes", "refused", "ends", "events", "worlds"):
            getattr(self, name).update(getattr(other, name))
        self.violations += other.violations


ENDS = {  # what the words for "not sent" begin with or hold, and what it means
    "has changed since": "the pair has changed",
    "no longer possible": "the rule refuses it now",
    "has expired": "the approval has expired",
    "too old": "the look is too old, or the clock jumped",
    "stopped it": "somebody stopped it",
    "stopped before its question": "somebody stopped it before the answer",
    "ended from elsewhere": "another replica ended it",
    "could not be reached": "the server could not be reached",
    "now needs": "more people have to approve",
    "not an approver": "the approver lost the right",
    "not ask for changes": "the requester lost the right",
    "settings cannot be used": "the settings cannot be read",
    "I know no pair": "the pair is gone from the settings",
    "restarted": "the bot was restarted",
    "database could not be written": "the database could not be written",
    "database cannot be read": "the database could not be read",
}


def why_not_sent(words: str) -> str:
    return next((meaning for part, meaning in ENDS.items() if part in words), words)


def single(house: House, start: Start, kinds: Iterable[Kind] = KINDS) -> Iterator[Schedule]:
    """This world without events, and with each event in each place."""
    yield start.name, ()
    base = house.play(start)
    assert base is not None
    for kind in kinds:
        for gap in places(kind, base.trace):
            yield start.name, ((gap, kind.name),)


def play_all(house: House, schedules: Iterable[Schedule]) -> Report:
    report = Report()
    for schedule in schedules:
        name, happens = schedule
        report.add(schedule, house.play(BY_NAME[name], happens))
    return report


def _world(name: str) -> Report:
    house = _HOUSE[0] if _HOUSE else House()
    _HOUSE[:] = [house]
    return play_all(house, single(house, BY_NAME[name]))


_HOUSE: list[House] = []


def all_single(names: Iterable[str] = tuple(BY_NAME)) -> Report:
    """Every world with at most one event, on all cores."""
    total = Report()
    with get_context("spawn").Pool(cpu_count()) as pool:
        for report in pool.imap_unordered(_world, names):
            total.take(report)
    return total
