"""Every seeded safety bug is found: by the schedules, by the golden table, or by a test that it names."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.proof.mutants import Mutant
from tests.proof.mutants.seeded import MUTANTS

TREES = ("bot", "commands", "migrations", "tests")
AT_LEAST = 25
SECONDS = 280  # for one of them, on a busy machine
FAILED = 1  # pytest: tests were run, and some failed


def copied(mutant: Mutant, folder: Path) -> None:
    """The package with this bug in it."""
    ignore = shutil.ignore_patterns("__pycache__", "*.png")
    for tree in TREES:
        shutil.copytree(ROOT / tree, folder / tree, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for file, old, new in mutant.edits:
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{mutant.name}: the place in {file} is not what it was; write the bug anew"
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def run(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", *command]
    bare = {name: value for name, value in os.environ.items() if name != "CI"}  # a copy is no checkout, as CI wants one
    return subprocess.run(words, cwd=folder, env=bare, capture_output=True, text=True, timeout=SECONDS)


def hunted(mutant: Mutant, folder: Path) -> str:
    """What the hunt in its own process says of it."""
    copied(mutant, folder)
    try:
        if "::" not in mutant.guard:
            told = run(folder, "tests.proof.hunt", mutant.name)
            return told.stdout.strip() or f"nothing: {told.stderr[-2000:]}"
        told = run(folder, "pytest", "-x", "-q", "-p", "no:cacheprovider", mutant.guard)
        said = (told.stdout + told.stderr)[-2000:]
        return f"KILLED {mutant.guard}" if told.returncode == FAILED else f"SURVIVED {told.returncode} {said}"
    finally:
        shutil.rmtree(folder)


def test_there_are_enough() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= AT_LEAST


def marks(mutant: Mutant) -> list[pytest.MarkDecorator]:
    return [pytest.mark.needs("sshd")] if mutant.guard.startswith("tests/console") else []


@pytest.mark.timeout(SECONDS + 20)
@pytest.mark.parametrize("mutant", [pytest.param(one, id=one.name, marks=marks(one)) for one in MUTANTS])
def test_the_bug_is_found(mutant: Mutant, tmp_path: Path) -> None:
    told = hunted(mutant, tmp_path / "copy")
    print(f"I{mutant.breaks} {mutant.name}: {told}")
    assert told.startswith("KILLED"), told
    assert not told.startswith("KILLED broke"), told


def test_a_bug_whose_place_is_gone_would_be_told(tmp_path: Path) -> None:
    lost = Mutant("lost", 1, (("bot/health/__init__.py", "this is not there", ""),))
    with pytest.raises(AssertionError, match=r"the place in bot/health/__init__\.py is not what it was"):
        copied(lost, tmp_path / "copy")
