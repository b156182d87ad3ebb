"""The long form: `python -m tests.proof.long FOLDER [--minutes N]` plays for hours what the tests play in minutes.

Schedules of two events in every world, then of three until the minutes are over; every fault on a real sshd; bugs put
in, by hand and by a tool; a month of watching; the races, the kills and the soak. FOLDER gets `report.md` and
`report.png`, which grow chapter by chapter; the exit status is 1 when anything failed.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from os import cpu_count
from pathlib import Path

from tests.proof.events import Where
from tests.proof.schedules import BY_NAME, Part, Report, play_all
from tests.support.checkout import ROOT

SLICES = 8  # parts of a world, so that all cores have work to the end


@dataclass(frozen=True)
class Chapter:
    """One part of the report."""

    name: str
    command: str
    told: str
    fine: bool
    seconds: float
    outcomes: tuple[tuple[str, int], ...] = ()


def schedules(minutes: float) -> Iterator[Chapter]:
    """One event everywhere, two events in every world, three events for so many minutes."""
    share = minutes * 60 * (cpu_count() or 1) / len(BY_NAME)
    yield _played("schedules of one event", [Part(name, n, SLICES, where=Where.EVERY) for name, n in _slices()])
    yield _played(
        "schedules of two events", [Part(name, n, SLICES, deep=True, where=_where(name)) for name, n in _slices()]
    )
    yield _played("schedules of three events", [Part(name, where=Where.EVERY, seconds=share) for name in BY_NAME])


def _slices() -> Iterator[tuple[str, int]]:
    return ((name, number) for name in BY_NAME for number in range(SLICES))


def _where(name: str) -> Where:
    return Where.STATES if BY_NAME[name].where is Where.EVERY else Where.LINES


def _played(name: str, parts: list[Part]) -> Chapter:
    began = time.monotonic()
    report: Report = play_all(parts)
    fine = not report.violations
    outcomes = tuple(report.outcomes.most_common())
    return Chapter(name, "the schedules of this program", report.text(), fine, time.monotonic() - began, outcomes)


def programs(minutes: float) -> Iterator[Chapter]:
    """What is a program of its own."""
    yield _ran("faults × commands × terminal", "tests.ssh.matrix")
    yield _ran("seeded bugs", "pytest", "-q", "-n", str(cpu_count()), "-rA", "-m", "", "tests/proof/test_mutants.py")
    yield _ran("mutation of the guard modules", "tests.proof.mutation")
    yield _ran("nights steered", "pytest", "-q", "-s", "-m", "", "tests/proof/test_steered.py")
    yield _ran("a month of watching", "tests.monitor.month")
    yield _ran("approvals raced by 2 processes", "tests.proof.races", "--approvals", "10000", "--processes", "2")
    yield _ran("approvals raced by 3 processes", "tests.proof.races", "--approvals", "10000", "--processes", "3")
    yield _ran("kill -9 and SIGSTOP", "tests.proof.kills", "--runs", "144")
    yield _ran("a command of 200 s with a limit of 20 s", "tests.proof.slow_command")
    yield _ran("power cuts", "tests.proof.power_cuts", "--cuts", "20")
    yield _ran("soak", "tests.proof.soak", "--minutes", f"{minutes:g}")


def _ran(name: str, module: str, *more: str) -> Chapter:
    command = " ".join(("python -m", module, *more))
    if find_spec(module) is None:
        return Chapter(name, command, "There is no such program here: not done.", False, 0.0)
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", module, *more], cwd=ROOT, capture_output=True, text=True, check=False)
    told = (done.stdout + done.stderr).strip()[-20_000:]
    return Chapter(name, command, told, done.returncode == 0, time.monotonic() - began)


def text(chapters: list[Chapter]) -> str:
    """The report as Markdown."""
    rows = [
        f"| {one.name} | {'✅' if one.fine else '⛔'} | {one.seconds:.0f} s | `{one.command}` |" for one in chapters
    ]
    head = [
        "# The long form",
        "",
        "![outcomes told](report.png)",
        "",
        "| what | | took | command |",
        "| --- | --- | --- | --- |",
    ]
    parts = [f"\n## {one.name}\n\n```\n{one.told}\n```" for one in chapters]
    return "\n".join([*head, *rows, *parts]) + "\n"


def draw(chapters: list[Chapter], file: Path) -> None:
    """How the plays ended, for each number of events."""
    from matplotlib.figure import Figure

    told = [one for one in chapters if one.outcomes]
    figure = Figure(figsize=(9, 1.5 + 3 * len(told)), layout="constrained")
    for place, one in enumerate(told, 1):
        axes = figure.add_subplot(len(told), 1, place)
        names, counts = zip(*reversed(one.outcomes), strict=True)
        axes.barh(names, counts)
        axes.set_xscale("log")
        axes.set_title(f"{one.name}: {sum(counts):,} played, {'no' if one.fine else 'SOME'} violation")
    figure.savefig(file)


def main() -> int:
    parser = argparse.ArgumentParser(description="Play the long form, and write a report with a picture.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0, help="for three events, and for the soak")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    chapters: list[Chapter] = []
    for chapter in chain(schedules(given.minutes), programs(given.minutes)):
        chapters.append(chapter)
        print(f"{'fine  ' if chapter.fine else 'FAILED'} {chapter.seconds:7.0f} s  {chapter.name}", flush=True)
        # After each chapter: what was played in hours is not lost when the next one is broken off.
        (given.folder / "report.md").write_text(text(chapters), encoding="utf-8")
        draw(chapters, given.folder / "report.png")
    return 0 if all(chapter.fine for chapter in chapters) else 1


if __name__ == "__main__":
    sys.exit(main())
