"""The safety case is alive: every invariant has proofs that exist, and a seeded bug that breaks it."""

import pytest

from tests.proof.mutants.seeded import MUTANTS
from tests.proof.safety_case import FILE, INVARIANTS, case, gaps

TEXT = FILE.read_text(encoding="utf-8")
FIRST = next(line for line in TEXT.splitlines() if line.startswith("| I1 "))


def test_every_invariant_has_code_and_tests_that_exist() -> None:
    assert list(gaps(case(TEXT))) == []


def test_every_mutant_breaks_an_invariant_and_every_invariant_is_broken() -> None:
    assert {mutant.name: mutant.breaks for mutant in MUTANTS if mutant.breaks not in INVARIANTS} == {}
    assert {mutant.breaks for mutant in MUTANTS} == set(INVARIANTS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TEXT.replace(FIRST, ""), "I1 is not there once"),
        (TEXT.replace(FIRST, FIRST.rsplit("| `", 1)[0] + "| |"), "I1 has no proofs"),
        (TEXT.replace("bot/store/runs.py::claim`, ", "bot/store/runs.py::grab`, "), "runs.py::grab does not exist"),
        (TEXT.replace("::test_told_against_true", "::test_gone"), "test_faults.py::test_gone does not exist"),
    ],
)
def test_a_gap_would_be_seen(text: str, told: str) -> None:
    assert text != TEXT
    assert any(told in words for words in gaps(case(text)))
