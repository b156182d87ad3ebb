"""Mutation of the guard modules: `python -m tests.proof.mutation [MODULE …]` changes them line by line with mutmut.

Each change that no quick test of the rules notices is printed. The exit status is 1 when fewer than 95 % are
noticed.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.checkout import ROOT

GUARDS = ("approval", "observation", "outcome", "plan", "situation", "statement", "status", "policy")
TESTS = ("tests/domain", "tests/services/test_rules_over_a_store.py")
TREES = ("bot", "commands", "migrations", "tests")
LEAST = 0.95  # of the changes have to be noticed
NOTICED = ("killed", "timeout", "segfault", "suspicious")
CONFIG = """
[tool.mutmut]
source_paths = ["bot", "commands"]
only_mutate = {modules}
also_copy = ["migrations", "README.md"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-x", "-q"]
pytest_add_cli_args_test_selection = {tests}
"""


def lay_out(folder: Path, modules: list[str]) -> None:
    """A copy of the project in which mutmut may change what it likes."""
    for tree in TREES:
        shutil.copytree(ROOT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__", "*.png"))
    shutil.copy(ROOT / "README.md", folder)
    config = CONFIG.format(modules=json.dumps(modules), tests=json.dumps(TESTS))
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8") + config)


def mutmut(folder: Path, *words: str) -> str:
    """What mutmut prints; raises RuntimeError with it when it fails."""
    command = [sys.executable, "-m", "mutmut", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr).split("\r")[-1][-4000:])
    return done.stdout


def survivors(folder: Path) -> list[str]:
    """The changes that nobody noticed, each as a difference."""
    listed = mutmut(folder, "results").splitlines()
    names = [line.split(":")[0].strip() for line in listed if line.endswith((": survived", ": no tests"))]
    return [mutmut(folder, "show", name).strip() for name in names]


def main() -> int:
    parser = argparse.ArgumentParser(description="Change the guard modules line by line; tests have to notice.")
    parser.add_argument("modules", nargs="*", default=GUARDS, metavar="MODULE", help="of bot/domain, by name")
    modules = [f"bot/domain/{name}.py" for name in parser.parse_args().modules]
    with TemporaryDirectory(prefix="pairkeeper-mutation-") as name:
        folder = Path(name)
        lay_out(folder, modules)
        mutmut(folder, "run")
        mutmut(folder, "export-cicd-stats")
        counts = json.loads((folder / "mutants" / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))
        for difference in survivors(folder):
            print(difference, end="\n\n")
    noticed = sum(counts[kind] for kind in NOTICED)
    print(f"{noticed} of {counts['total']} changes noticed ({noticed / counts['total']:.1%}), in: {', '.join(modules)}")
    return 0 if noticed >= LEAST * counts["total"] else 1


if __name__ == "__main__":
    sys.exit(main())
