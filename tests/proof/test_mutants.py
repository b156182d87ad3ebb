"""Every seeded safety bug is found by the same schedules, or by the golden table, that the product passes."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.proof.mutants import Mutant
from tests.proof.mutants.seeded import MUTANTS

TREES = ("bot", "commands", "migrations", "tests/domain", "tests/proof")
AT_LEAST = 25


def copied(mutant: Mutant, folder: Path) -> None:
    """The package with this bug in it."""
    ignore = shutil.ignore_patterns("__pycache__", "page")
    for tree in TREES:
        shutil.copytree(ROOT / tree, folder / tree, ignore=ignore)
    shutil.copy(ROOT / "tests" / "__init__.py", folder / "tests")
    for file, old, new in mutant.edits:
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{mutant.name}: the place in {file} is not what it was; write the bug anew"
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def hunted(mutant: Mutant, folder: Path) -> str:
    """What the hunt in its own process says of it."""
    copied(mutant, folder)
    command = [sys.executable, "-m", "tests.proof.hunt", mutant.name]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110)
    return told.stdout.strip() or f"nothing: {told.stderr[-2000:]}"


@pytest.fixture(scope="module")
def hunts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, "Future[str]"]]:
    """All of them under way, as many at once as there are cores."""
    with ThreadPoolExecutor(cpu_count()) as pool:
        yield {
            mutant.name: pool.submit(hunted, mutant, tmp_path_factory.mktemp("mutant") / "copy") for mutant in MUTANTS
        }


def test_there_are_enough() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= AT_LEAST


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_bug_is_found(mutant: Mutant, hunts: dict[str, "Future[str]"]) -> None:
    told = hunts[mutant.name].result(timeout=110)
    print(f"{mutant.name}: {told}")
    assert told.startswith("KILLED"), told
    assert not told.startswith("KILLED broke"), told
