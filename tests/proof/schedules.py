"""All schedules up to a bound: every world, every event, every gap in which its coming makes a difference.

One event: all of KINDS. Two events: all of CORE; the long form plays them in every world, the tests in some.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from os import cpu_count

from tests.proof.events import KINDS, Gap, Kind, Where, places
from tests.proof.play import House, Placement, Played
from tests.proof.worlds import WORLDS, Start

NAMES = (  # one or two of each sort of event: with these, schedules of two events are played completely
    "bot cut off from the Primary",
    "servers cut off from each other",
    "Primary loses power",
    "somebody fails over",
    "somebody fails back",
    "an hour back",
    "half a minute passes",
    "the next request is lost",
    "the next reply is lost",
    "it is taken for dead by another replica",
    "the same click on another replica",
    "the bot is killed and back at once",
    "the database is away",
    "somebody presses Stop",
    "the approver is removed",
    "other keys are pinned and checked",
)
Schedule = tuple[str, tuple[Placement, ...]]  # the name of a world, and what happens when
BY_NAME = {start.name: start for start in WORLDS}
CORE = tuple(kind for kind in KINDS if kind.name in NAMES)

ENDS = {  # what the words for "not sent" hold, and what it means
    "has changed since": "the pair has changed",
    "no longer possible": "the rule refuses it now",
    "approval has expired": "the approval has expired",
    "too old": "the look is too old, or the clock jumped",
    "stopped it": "somebody stopped it",
    "before its question was answered": "somebody stopped it before the answer",
    "couldn't be reached": "the server could not be reached",
    "now needs": "more people have to approve",
    "@U0BOB may no longer": "the approver lost the right",
    "@U0ALICE may no longer": "the requester lost the right",
    "could not ask Slack": "Slack did not say who they are",
    "have changed since their check passed": "the access settings were never checked",
    "settings cannot be used": "the settings cannot be read",
    "I know no pair": "the pair is gone from the settings",
    "did not confirm the start": "the claim was not acknowledged",
    "I was restarted": "the bot was restarted",
    "database was away": "the database was away",
    "ran it has died": "its process has died",
    "ended from elsewhere": "another process has ended it",
}


def why_not_sent(words: str) -> str:
    return next((meaning for part, meaning in ENDS.items() if part in words), f"otherwise: {words}")


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
    sending: Counter[str] = field(default_factory=Counter)  # commands sent in each world
    violations: list[str] = field(default_factory=list)

    def add(self, played: Played | None) -> None:
        if played is None:
            self.idle += 1
            return
        self.explored += 1
        self.sent += played.sent
        self.effects += played.effect
        self.outcomes[played.outcome] += 1
        self.sending[played.world] += played.sent
        self.refused.update(played.reached)
        self.events.update(name for _, name in played.happened)
        if played.outcome == "not sent":
            self.ends[why_not_sent(played.words)] += 1
        self.violations += [f"{played.world} {list(played.happened)}: {words}" for words in played.violations]

    def take(self, other: "Report") -> None:
        for name in ("explored", "idle", "sent", "effects", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("outcomes", "refused", "ends", "events", "sending"):
            getattr(self, name).update(getattr(other, name))
        self.violations += other.violations

    def text(self) -> str:
        """The figures, for people."""
        lines = [
            f"{self.explored} schedules in {self.seconds:.0f} s of one core, {len(self.violations)} violations; "
            f"{self.sent} commands sent, {self.effects} had their effect",
            f"outcomes told: {_counts(self.outcomes)}",
            f"why nothing was sent: {_counts(self.ends)}",
            f"refusals: {_counts(self.refused)}",
            f"events: {_counts(self.events)}",
        ]
        return "\n".join([*lines, *self.violations[:50]])


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def base(house: House, start: Start) -> tuple[Gap, ...]:
    """The gaps of this world without events."""
    played = house.play(start, record=True)
    assert played is not None
    return played.trace


def single(house: House, start: Start, kinds: Iterable[Kind] = KINDS, where: Where | None = None) -> Iterator[Schedule]:
    """This world without events, and with each event in each place."""
    yield start.name, ()
    trace = base(house, start)
    for kind in kinds:
        for gap in places(kind, trace, where or start.where):
            yield start.name, ((gap, kind.name),)


@dataclass(frozen=True)
class Part:
    """A part of the work, of one world: `number` of `of`, one after the other, so that what they share is shared."""

    world: str
    number: int = 0
    of: int = 1
    deep: bool = False  # two events, of CORE
    where: Where | None = None
    seconds: float = 0.0  # for so long: schedules of three events of CORE, drawn by lot, always the same lots


_house: list[House] = []


def _play(part: Part) -> Report:
    """Play one part in this process."""
    house = _house[0] if _house else House()
    _house[:] = [house]
    began = time.process_time()
    try:
        report = _played(house, part)
    except Exception as error:  # not every error can be handed from process to process
        raise RuntimeError(f"{part}: {error!r}") from None
    report.seconds = time.process_time() - began
    return report


def _played(house: House, part: Part) -> Report:
    start, report = BY_NAME[part.world], Report()
    if part.seconds:
        _threes(house, start, part, report)
        return report
    for happens in _firsts(house, start, part):
        if part.deep:
            _pairs(house, start, happens, part.where, report)
        else:
            report.add(house.play(start, happens))
    return report


def _firsts(house: House, start: Start, part: Part) -> list[tuple[Placement, ...]]:
    kinds = CORE if part.deep else KINDS
    found = [happens for _, happens in single(house, start, kinds, part.where)]
    found = found[1:] if part.deep else found
    size = -(-len(found) // part.of)
    return found[part.number * size : (part.number + 1) * size]


def _pairs(house: House, start: Start, happens: tuple[Placement, ...], where: Where | None, report: Report) -> None:
    """Each second event in each place after the first one."""
    played = house.play(start, happens, record=True)
    if played is None:
        return
    for kind in CORE:
        for gap in places(kind, played.trace, where or start.where):
            if gap > happens[0][0]:
                report.add(house.play(start, (*happens, (gap, kind.name))))


def _threes(house: House, start: Start, part: Part, report: Report) -> None:
    """Three events one after the other: each is put into a play of those before it."""
    lots, until = random.Random(f"{part.world} {part.number}"), time.monotonic() + part.seconds
    while time.monotonic() < until:
        happens: tuple[Placement, ...] = ()
        for _ in range(9):
            if len(happens) == 3:
                report.add(house.play(start, happens))
                break
            played = house.play(start, happens, record=True)
            if played is None:
                break
            kind, last = lots.choice(CORE), happens[-1][0] if happens else -1
            if after := [gap for gap in places(kind, played.trace, part.where or start.where) if gap > last]:
                happens = (*happens, (lots.choice(after), kind.name))


def play_all(parts: Iterable[Part]) -> Report:
    """All parts, on all cores."""
    total = Report()
    with get_context("spawn").Pool(cpu_count()) as pool:
        for report in pool.imap_unordered(_play, parts):
            total.take(report)
    return total
