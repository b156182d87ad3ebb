"""Run in a copy of the package that holds one mutant: `python -m tests.proof.hunt NAME [--anew]` says how it was found.

A schedule that is known to find it is played alone; with `--anew` all those are, in which the bug is sure to be met.
"""

import logging
import sys
from collections.abc import Iterator

from tests.domain import golden
from tests.proof.events import KINDS, Where
from tests.proof.killing_schedules import killing_schedules, named, placed
from tests.proof.mutants import Mutant
from tests.proof.mutants.seeded import MUTANTS
from tests.proof.play import House
from tests.proof.schedules import BY_NAME, Schedule, single


def known(house: House, mutant: Mutant) -> Iterator[Schedule]:
    """The schedule that is known to find it."""
    if schedule := killing_schedules().get(mutant.name):
        yield schedule.world, placed(house, schedule)


def every(house: House, mutant: Mutant) -> Iterator[Schedule]:
    """All in which it is sure to be met."""
    kinds = [kind for kind in KINDS if kind.name in mutant.events]
    for name in mutant.worlds:
        yield from single(house, BY_NAME[name], kinds, Where.EVERY)


def found(mutant: Mutant, anew: bool) -> Iterator[str]:
    """What is wrong with it, as soon as something is; the schedule first, as JSON."""
    if mutant.guard == "golden":
        if golden.GOLDEN.read_text(encoding="utf-8") != golden.text():
            yield "the golden table is another one"
        return
    house = House()
    for world, happens in every(house, mutant) if anew else known(house, mutant):
        played = house.play(BY_NAME[world], happens)
        for words in played.violations if played else ():
            yield f"{named(house, world, happens).as_json()}\n{words}"


def main(name: str, *how: str) -> None:
    logging.disable(logging.CRITICAL)
    mutant = next(one for one in MUTANTS if one.name == name)
    assert {*mutant.events} <= {kind.name for kind in KINDS}, f"no such event: {mutant.events}"
    try:
        wrong = next(found(mutant, "--anew" in how), None)
    except Exception as error:
        wrong = f"broke: {error!r}"
    print(f"KILLED {wrong}" if wrong else "SURVIVED")


if __name__ == "__main__":
    main(*sys.argv[1:])
