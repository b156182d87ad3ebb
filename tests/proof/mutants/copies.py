"""A copy of the package with a seeded bug in it, and what the hunt in it says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.proof.mutants import Mutant
from tests.support.checkout import ROOT

TREES = ("bot", "commands", "migrations", "tests")
SECONDS = 280  # for one of them, on a busy machine
FAILED = 1  # pytest: tests were run, and some failed


def copied(mutant: Mutant, folder: Path) -> None:
    """Copy the package, and put this bug into it."""
    ignore = shutil.ignore_patterns("__pycache__", "*.png")
    for tree in TREES:
        shutil.copytree(ROOT / tree, folder / tree, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for file, old, new in mutant.edits:
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{mutant.name}: the place in {file} is not what it was; write the bug anew"
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def hunted(mutant: Mutant, folder: Path, *how: str) -> str:
    """What the hunt in its own process says of it."""
    copied(mutant, folder)
    try:
        if "::" not in mutant.guard:
            told = _run(folder, "tests.proof.hunt", mutant.name, *how)
            return told.stdout.strip() or f"nothing: {told.stderr[-2000:]}"
        told = _run(folder, "pytest", "-x", "-q", "-m", "", "-p", "no:cacheprovider", mutant.guard)
        said = (told.stdout + told.stderr)[-2000:]
        return f"KILLED {mutant.guard}" if told.returncode == FAILED else f"SURVIVED {told.returncode} {said}"
    finally:
        shutil.rmtree(folder)


def _run(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", *command]
    bare = {name: value for name, value in os.environ.items() if name != "CI"}  # a copy is no checkout, as CI wants one
    return subprocess.run(words, cwd=folder, env=bare, capture_output=True, text=True, timeout=SECONDS)
