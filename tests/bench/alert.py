"""From a state that changes to the alert in Slack, on real SSH: `python -m tests.bench.alert [ROUNDS] [LOOK_SECONDS]`.

The bound is one look interval, one confirmation, and 2 s; exit code 1 when it is exceeded. The rival is a cron job that
looks at the same interval with plain Fabric and needs two looks that say the same: what it takes at least is computed.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.services.monitor import CONFIRM
from bot.simulator import cast
from bot.simulator.pair import SimulatedPair, SimulatedServer
from tests.e2e.play import Play, text_of

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 8
LOOK = float(sys.argv[2]) if len(sys.argv) > 2 else 15.0
BOUND = LOOK + CONFIRM + 2.0


@dataclass(frozen=True)
class Fault:
    """What breaks, the words of its alert, and how it is mended."""

    name: str
    words: str
    breaks: Callable[[SimulatedPair], None]
    mends: Callable[[SimulatedPair], None]


def off(server: SimulatedServer) -> None:
    """As when it is restarted: its port answers that nobody listens."""
    server.power_off(silently=False)


FAULTS = (
    Fault("Secondary off", "no standby", lambda p: off(p.secondary), lambda p: p.secondary.power_on()),
    Fault("Primary off", "Primary not answering", lambda p: off(p.primary), lambda p: p.primary.power_on()),
    Fault("link cut", "out of step", lambda p: p.cut_link(), lambda p: p.join_link()),
)


def alerted(play: Play, words: str) -> bool:
    """Whether an incident stands in the channel that says so now; one that is over tells how it began, too."""
    return any(f"london: {words}" in text_of(message) for message in play.bob.sees(cast.OPS))


def once(play: Play, fault: Fault) -> tuple[float, float]:
    """Seconds from the change to the alert, and from the repair to its being told."""
    time.sleep(random.random() * LOOK)
    began = time.monotonic()
    fault.breaks(play.pair)
    play.slack.wait_for(lambda: alerted(play, fault.words), 5 * BOUND)
    told = time.monotonic() - began
    time.sleep(random.random() * LOOK)
    began = time.monotonic()
    fault.mends(play.pair)
    play.slack.wait_for(lambda: not alerted(play, fault.words), 5 * BOUND)
    return told, time.monotonic() - began


def main() -> None:
    """Print a row per fault; exit code 1 when the worst took longer than the bound."""
    settings = {"look_seconds": LOOK, "commands": {"ha-status": {"time_limit": 3.0}}}
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder, Play(Path(folder), {}, settings=settings) as play:
        print(f"{ROUNDS} rounds, a look every {LOOK:g} s; the bound is {BOUND:.1f} s")
        # One fault after the other: the same one again would be called flapping.
        rounds = [[once(play, fault) for fault in FAULTS] for _ in range(ROUNDS)]
    for fault, found in zip(FAULTS, zip(*rounds, strict=True), strict=True):
        for what, times in zip(("alert", "all clear"), zip(*found, strict=True), strict=True):
            worst = max(worst, *times)
            print(
                f"{fault.name:<18}{what:<10} median {statistics.median(times):5.1f} s  worst {max(times):5.1f} s  "
                f"{max(times) / BOUND:4.2f} of the bound"
            )
    rival = LOOK * 2
    print(f"worst {worst:.1f} s; cron with two like looks: {rival:.0f} s and its own time; ratio {worst / rival:.2f}")
    sys.exit(worst > BOUND)


if __name__ == "__main__":
    main()
