"""For each seeded bug one schedule that finds it, kept in `killing_schedules.json`; a gap is named, not numbered.

`python -m tests.proof.killing_schedules` hunts every seeded bug and writes the file anew.
"""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.proof.events import Gap
from tests.proof.mutants import Mutant
from tests.proof.mutants.copies import hunted
from tests.proof.mutants.seeded import MUTANTS
from tests.proof.play import House, Placement
from tests.proof.schedules import BY_NAME, base

FILE = Path(__file__).with_suffix(".json")
SURE = "KILLED "


@dataclass(frozen=True)
class NamedPlacement:
    """An event in the `nth` gap of this kind, counted from 0, of its world without events."""

    event: str
    gap: Gap
    nth: int


@dataclass(frozen=True)
class KillingSchedule:
    """A world, and what happens in it."""

    world: str
    happens: tuple[NamedPlacement, ...]

    def as_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))


def named(house: House, world: str, happens: tuple[Placement, ...]) -> KillingSchedule:
    """The schedule with its gaps named, so that it outlives a change of the code around them."""
    trace = base(house, BY_NAME[world])
    found = (NamedPlacement(event, trace[gap], trace[:gap].count(trace[gap])) for gap, event in happens)
    return KillingSchedule(world, tuple(found))


def placed(house: House, schedule: KillingSchedule) -> tuple[Placement, ...]:
    """What happens, by the numbers that the gaps have now; raises LookupError when a gap is gone."""
    trace = base(house, BY_NAME[schedule.world])
    return tuple((_number(trace, one), one.event) for one in schedule.happens)


def _number(trace: tuple[Gap, ...], wanted: NamedPlacement) -> int:
    numbers = [number for number, gap in enumerate(trace) if gap == wanted.gap]
    if not numbers:
        raise LookupError(f"no gap is {wanted.gap} any more")
    return numbers[min(wanted.nth, len(numbers) - 1)]


def read(text: str) -> KillingSchedule:
    """A schedule from its JSON."""
    kept = json.loads(text)
    happens = (NamedPlacement(one["event"], Gap(**one["gap"]), one["nth"]) for one in kept["happens"])
    return KillingSchedule(kept["world"], tuple(happens))


def killing_schedules() -> dict[str, KillingSchedule]:
    """By the name of the bug."""
    return {name: read(json.dumps(kept)) for name, kept in json.loads(FILE.read_text(encoding="utf-8")).items()}


def by_schedules() -> Iterator[Mutant]:
    """The bugs that schedules find."""
    return (mutant for mutant in MUTANTS if mutant.guard == "schedules")


def _hunt(mutant: Mutant) -> tuple[str, str]:
    with TemporaryDirectory(prefix="hunt-") as folder:
        return mutant.name, hunted(mutant, Path(folder) / "copy", "--anew")


def _text(kept: dict[str, object]) -> str:
    """One line a bug."""
    lines = (f" {json.dumps(name)}: {json.dumps(schedule)}" for name, schedule in kept.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    """Hunt them all; 1 when one of them survives."""
    with ThreadPoolExecutor(cpu_count()) as pool:
        told = dict(pool.map(_hunt, by_schedules()))
    lost = {name: words for name, words in told.items() if not words.startswith(SURE)}
    for name, words in lost.items():
        print(f"{name}: {words}")
    kept = {
        name: json.loads(words.removeprefix(SURE).split("\n")[0]) for name, words in told.items() if name not in lost
    }
    FILE.write_text(_text(kept), encoding="utf-8")
    print(f"{len(kept)} of {len(told)} found")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
