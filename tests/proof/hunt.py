"""Run in a copy of the package that holds one mutant: `python -m tests.proof.hunt NAME` says how it was found."""

import logging
import sys
from collections.abc import Iterator

from tests.domain import golden
from tests.proof.events import KINDS, Where
from tests.proof.mutants import Mutant
from tests.proof.mutants.seeded import MUTANTS
from tests.proof.play import House
from tests.proof.schedules import BY_NAME, single


def found(mutant: Mutant) -> Iterator[str]:
    """What is wrong with it, as soon as something is."""
    if mutant.guard == "golden":
        if golden.GOLDEN.read_text(encoding="utf-8") != golden.text():
            yield "the golden table is another one"
        return
    house = House()
    kinds = [kind for kind in KINDS if kind.name in mutant.events]
    for name in mutant.worlds:
        for world, happens in single(house, BY_NAME[name], kinds, Where.EVERY):
            played = house.play(BY_NAME[world], happens)
            for words in played.violations if played else ():
                yield f"{world} {list(happens)}: {words}"


def main(name: str) -> None:
    logging.disable(logging.CRITICAL)
    mutant = next(one for one in MUTANTS if one.name == name)
    assert {*mutant.events} <= {kind.name for kind in KINDS}, f"no such event: {mutant.events}"
    try:
        how = next(found(mutant), None)
    except Exception as error:
        how = f"broke: {error!r}"
    print(f"KILLED {how}" if how else "SURVIVED")


if __name__ == "__main__":
    main(sys.argv[1])
