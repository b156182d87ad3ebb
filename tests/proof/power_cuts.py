"""From a power cut to the alert in Slack: `python -m tests.proof.power_cuts [--cuts N] [--look SECONDS]`.

A server is cut off in its network namespace: packets vanish both ways, nothing closes, nobody is told. The bot, a
process of its own, looks at real OpenSSH servers; what counts is the message that people see. It may take one look
interval, one confirmation and 6 s, in which the limits of a silent look are. Exit status 1 when a cut took longer.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.manifest import manifest
from bot.registry import load_commands
from bot.services.monitor import CONFIRM
from bot.simulator import cast
from bot.simulator.slack import LocalSlack
from bot.simulator.stage import Stage, make_key, settings_of
from tests.e2e.play import text_of
from tests.ssh.sshd import running
from tests.support import forked_bot
from tests.support.needs import missing
from tests.support.sshd import OpenSSH

LOOK = 15.0  # seconds
BESIDE = 6.0  # seconds that may pass beside the interval and the confirmation
NEEDS = ("sshd", "netns")
KINDS = {  # by the server that is cut: what its alert says
    "Primary": "Primary not answering",
    "Secondary": "no standby",
}


def bound(look: float) -> float:
    """Seconds within which people must have been told."""
    return look + CONFIRM + BESIDE


@dataclass(frozen=True)
class Cut:
    """One power cut: which server, whether behind a jump host, and the seconds until it was told and was over."""

    server: str
    jump: bool
    told: float
    mended: float


class House:
    """A pair of real servers in namespaces of their own, and a bot of its own that watches it."""

    def __init__(self, stack: ExitStack, look: float, jump: bool) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key, public = make_key(folder)
        self.look, self.jump = look, jump
        self.servers = stack.enter_context(OpenSSH(netns=True, client_key=public))
        self.slack = LocalSlack(list(cast.FIVE), cast.channels(), cast.groups(), manifest(load_commands()))
        self.slack.start()
        stack.callback(self.slack.stop)
        people = {"channel": cast.OPS, "requesters": cast.REQUESTERS, "approvers": cast.APPROVERS}
        tables = settings_of([self.servers.pair], key, **people)
        tables["london"]["look_seconds"] = look
        if jump:
            login = stack.enter_context(running()).login()
            way = {name: getattr(login, name) for name in ("host", "port", "user", "key", "host_key")}
            for role in ("primary", "secondary"):
                tables["london"][role]["jump"] = way
        environ = {"PAIRKEEPER_LOOPBACK_ONLY": ""}
        self.stage = Stage(folder, self.slack, tables, environ=environ, start=forked_bot.start)
        self.stage.prepare()
        self.stage.start()
        stack.callback(self.stage.kill)

    def cut(self, server: str, wait: float) -> Cut:
        """Cut a server off after so many seconds, wait until that is told, and until its repair is."""
        time.sleep(wait)
        told = self._until(lambda: self.servers.partition(server.lower()), lambda: bool(self._alerts()))
        time.sleep(random.random())
        mended = self._until(lambda: self.servers.heal(server.lower()), lambda: not self._alerts())
        return Cut(server, self.jump, told, mended)

    def _until(self, act: Callable[[], None], seen: Callable[[], bool]) -> float:
        began = time.monotonic()
        act()
        self.slack.wait_for(seen, 10 * bound(self.look))
        return time.monotonic() - began

    def _alerts(self) -> list[str]:
        """What people see at the top of the channel that is in trouble now."""
        texts = [text_of(message) for message in self.slack.as_person("U0BOB").sees(cast.OPS)]
        return [text for text in texts if text[:1] in "🔴🟠⚪"]


@contextmanager
def house(look: float, jump: bool) -> Iterator[House]:
    """One, running."""
    with ExitStack() as stack:
        yield House(stack, look, jump)


def play(cuts: int, look: float, jump: bool = False) -> list[Cut]:
    """So many cuts of one pair, of both servers in turn, spread over the interval between two looks."""
    with house(look, jump) as one:
        waits = [(place + random.random()) * look / cuts for place in range(cuts)]
        random.shuffle(waits)
        return [one.cut(list(KINDS)[place % len(KINDS)], wait) for place, wait in enumerate(waits)]


def told(what: str, times: list[float], limit: float) -> str:
    """The distribution in a line."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return (
        f"{what:<28}{len(ordered):3} cuts  min {ordered[0]:5.1f} s  median {statistics.median(ordered):5.1f} s  "
        f"p95 {p95:5.1f} s  worst {ordered[-1]:5.1f} s = {ordered[-1] / limit:4.2f} of the bound"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how soon a power cut is told.")
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--look", type=float, default=LOOK, help="seconds between two looks")
    parser.add_argument("--at-once", type=int, default=4, help="pairs that are cut at the same time, each with its bot")
    given = parser.parse_args()
    if lacking := [why for need in NEEDS if (why := missing(need))]:
        print("Not measured: " + "; ".join(lacking), file=sys.stderr)
        return 1
    limit, many = bound(given.look), min(given.at_once, given.cuts)
    shares = [given.cuts // many + (place < given.cuts % many) for place in range(many)]
    with ThreadPoolExecutor(many) as crew:
        found = list(crew.map(lambda job: play(job[1], given.look, jump=job[0] % 2 == 1), enumerate(shares)))
    cuts = [cut for share in found for cut in share]
    print(f"a look every {given.look:g} s; the bound is {limit:g} s")
    for server in KINDS:
        for jump in (False, True):
            if times := [cut.told for cut in cuts if (cut.server, cut.jump) == (server, jump)]:
                print(told(f"{server}{' behind a jump host' if jump else ''}", times, limit))
    print(told("all", [cut.told for cut in cuts], limit))
    print(told("told that it is over", [cut.mended for cut in cuts], limit))
    return int(max(cut.told for cut in cuts) > limit)


if __name__ == "__main__":
    sys.exit(main())
