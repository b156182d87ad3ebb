"""Every seeded safety bug is found: by its schedule, by the golden table, or by a test that it names."""

from pathlib import Path

import pytest

from tests.proof.killing_schedules import by_schedules, killing_schedules
from tests.proof.mutants import Mutant
from tests.proof.mutants.copies import SECONDS, copied, hunted
from tests.proof.mutants.seeded import MUTANTS
from tests.support.checkout import ROOT

AT_LEAST = 25


def test_there_are_enough() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= AT_LEAST


def test_each_has_its_schedule() -> None:
    anew = "python -m tests.proof.killing_schedules"
    assert set(killing_schedules()) == {mutant.name for mutant in by_schedules()}, anew


def marks(mutant: Mutant) -> list[pytest.MarkDecorator]:
    return [pytest.mark.needs("sshd")] if mutant.guard.startswith("tests/console") else []


@pytest.mark.proof
@pytest.mark.timeout(SECONDS + 20)
@pytest.mark.parametrize("mutant", [pytest.param(one, id=one.name, marks=marks(one)) for one in MUTANTS])
def test_the_bug_is_found(mutant: Mutant, tmp_path: Path) -> None:
    told = hunted(mutant, tmp_path / "copy")
    print(f"I{mutant.breaks} {mutant.name}: {told}")
    assert told.startswith("KILLED"), f"{told}; if only its schedule is not, python -m tests.proof.killing_schedules"
    assert not told.startswith("KILLED broke"), told


def test_a_bug_whose_place_is_gone_would_be_told(tmp_path: Path) -> None:
    lost = Mutant("lost", 1, (("bot/scheduler/__init__.py", "this is not there", ""),))
    with pytest.raises(AssertionError, match=r"the place in bot/scheduler/__init__\.py is not what it was"):
        copied(lost, tmp_path / "copy")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_place_of_each_bug_is_there(mutant: Mutant) -> None:
    for file, old, _ in mutant.edits:
        assert (ROOT / file).read_text(encoding="utf-8").count(old) == 1, f"{file} is not what it was"
