"""What watching costs: `python -m tests.bench.idle [MINUTES] [PAIRS] [LOOK_SECONDS] [--faults]`.

CPU share and memory of the bot with so many healthy pairs on real SSH, then of a rival in the same run: a loop that
looks at the same servers as often with plain Fabric, a fresh connection each time. With `--faults` a server goes off or
comes back every few seconds, and memory is told over time. The exit status is 1 where it grew by more than 5 %.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.simulator.pair import SimulatedPair
from tests.e2e.play import Play

TICKS = 100.0  # of CPU time a second, as Linux counts them in /proc
WARM = 600.0  # seconds after which growth is counted: by then there were incidents, and their pictures
GROWTH = 0.05  # at the most
MEAN = 300.0  # seconds over which memory is averaged


def cpu(pid: int) -> float:
    """CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> float:
    """Resident memory in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def watch(pid: int, minutes: float, pairs: list[SimulatedPair], faults: bool) -> float:
    """Print the share of a core and the memory over time; by how much memory grew after the warm-up.

    What is compared is the mean of five minutes: a picture that is being drawn takes some megabytes for a moment.
    """
    off: list[SimulatedPair] = []
    pass_(pid, WARM, pairs, off, faults)
    began, used, held = time.monotonic(), cpu(pid), [memory(pid)]
    while (left := began + minutes * 60 - time.monotonic()) > 0:
        held.append(pass_(pid, min(left, MEAN), pairs, off, faults))
        print(f"  to {(time.monotonic() - began) / 60:4.0f} min: {held[-1]:.1f} MiB", flush=True)
    share, first, last = (cpu(pid) - used) / (time.monotonic() - began), held[1], held[-1]
    print(f"Pairkeeper: {share:.1%} of a core, {first:.1f} MiB after {WARM:.0f} s, {last / first - 1:+.1%} at the end")
    return last / first - 1


def pass_(pid: int, seconds: float, pairs: list[SimulatedPair], off: list[SimulatedPair], faults: bool) -> float:
    """Let so much time pass, with faults or without; the memory held meanwhile, in MiB, as a mean."""
    held: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(3)
        held.append(memory(pid))
        if faults:
            flip(pairs, off)
    return sum(held) / len(held) if held else memory(pid)


def flip(pairs: list[SimulatedPair], off: list[SimulatedPair]) -> None:
    """One standby goes off, or one comes back."""
    if off and random.random() < 0.5:
        off.pop(0).secondary.power_on()
    elif len(off) < 5:
        one = random.choice([pair for pair in pairs if pair not in off])
        one.secondary.power_off(silently=False)
        off.append(one)


RIVAL = """
import sys, time, tomllib, pathlib
from fabric import Config, Connection
tables = tomllib.loads(pathlib.Path(sys.argv[1]).read_text())["pairs"]
servers = [table[role] for table in tables.values() for role in ("primary", "secondary")]
pause = float(sys.argv[2]) / len(servers)
print("go", flush=True)
while True:
    for one in servers:
        began = time.monotonic()
        keys = {"key_filename": one["key"], "allow_agent": False, "look_for_keys": False}
        with Connection(one["host"], one["user"], one["port"], connect_kwargs=keys) as line:
            line.run("ha-status", hide=True, warn=True)
        time.sleep(max(0, pause - (time.monotonic() - began)))
"""


def rival(config: Path, minutes: float, every: float) -> None:
    """The same looks with plain Fabric."""
    words = [sys.executable, "-c", RIVAL, str(config), str(every)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began, used = time.monotonic(), cpu(process.pid)
        time.sleep(minutes * 60)
        share = (cpu(process.pid) - used) / (time.monotonic() - began)
        print(f"plain Fabric, fresh connections: {share:.1%} of a core, {memory(process.pid):.0f} MiB")
        process.kill()


def main() -> int:
    """Print both; 1 where the memory grew by too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("minutes", 5.0), ("pairs", 50.0), ("seconds", 30.0)):
        parser.add_argument(name, type=float, nargs="?", default=default)
    parser.add_argument("--faults", action="store_true")
    given = parser.parse_args()
    pairs = [{"name": f"pair{number:02d}"} for number in range(int(given.pairs))]
    settings = {"look_seconds": given.seconds}
    with tempfile.TemporaryDirectory() as folder, Play(Path(folder), *pairs, settings=settings) as p:
        assert p.stage.bot is not None
        print(f"{len(p.pairs)} pairs, each looked at every {given.seconds:g} s, {given.minutes:g} minutes", flush=True)
        grown = watch(p.stage.bot.pid, given.minutes, p.pairs, given.faults)
        rival(p.stage.config, min(given.minutes, 5.0), given.seconds)
    return 0 if grown <= GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
