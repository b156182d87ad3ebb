"""What watching costs: `python -m tests.bench.idle [MINUTES] [PAIRS] [LOOK_SECONDS] [--faults]`.

CPU share and memory of the bot with so many healthy pairs on real SSH, then of a rival in the same run: a loop that
looks at the same servers as often with plain Fabric, a fresh connection each time. With `--faults` a server goes off or
comes back every few seconds, and memory is told over time.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.lab.pair import SimulatedPair
from tests.e2e.play import Play

TICKS = 100.0  # of CPU time a second, as Linux counts them in /proc
WARM = 60.0  # seconds after which growth is counted


def cpu(pid: int) -> float:
    """CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> float:
    """Resident memory in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def watch(pid: int, minutes: float, pairs: list[SimulatedPair], faults: bool) -> None:
    """Print the share of a core and the memory, minute by minute."""
    time.sleep(WARM)
    began, used, first = time.monotonic(), cpu(pid), memory(pid)
    off: list[SimulatedPair] = []
    told = began
    while time.monotonic() < began + minutes * 60:
        time.sleep(3 if faults else 10)
        if faults:
            flip(pairs, off)
        if time.monotonic() > told + 30:
            told = time.monotonic()
            print(f"  after {(told - began) / 60:4.0f} min: {memory(pid):.0f} MiB", flush=True)
    share = (cpu(pid) - used) / (time.monotonic() - began)
    last = memory(pid)
    print(f"Pairkeeper: {share:.1%} of a core, {first:.0f} MiB after {WARM:.0f} s, {last:.0f} MiB at the end "
          f"({last / first - 1:+.1%})")  # fmt: skip


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


def main() -> None:
    """Print both."""
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
        watch(p.stage.bot.pid, given.minutes, p.pairs, given.faults)
        rival(p.stage.config, min(given.minutes, 5.0), given.seconds)


if __name__ == "__main__":
    main()
