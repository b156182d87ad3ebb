"""Kill -9 and SIGSTOP at every step of a run: of the bot, of sshd's session, of PostgreSQL; then two more clicks.

    python -m tests.proof.kills --runs 144

Real bots, a real PostgreSQL, a real sshd where it is the one that is struck. In every second round two bots share the
PostgreSQL; else one bot is alone on SQLite, or on the PostgreSQL that is struck. Held against each other: what was
told, what was executed, the audit.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path
from typing import Any

from bot.simulator import cast
from bot.simulator.slack import SlackError
from bot.simulator.stage import Stage
from tests.e2e.play import Message, Play, labels, modal_text
from tests.e2e.replicas import Replicas
from tests.support.postgres import Postgres
from tests.support.sshd import SshdDoor, this_user

VICTIMS, HOW = ("bot", "sshd", "database"), ("kill -9", "SIGSTOP")
# What is seen from outside when a step is reached, by a query; the two others are seen at the server, or at once.
STEPS: dict[str, str] = {
    "approval sent": "",
    "claimed": "SELECT 1 FROM run WHERE pair = '{}'",
    "looking": "SELECT 1 FROM run WHERE pair = '{}'",  # … and 0.35 s more: its server answers slowly
    "proved": "SELECT 1 FROM run WHERE pair = '{}' AND steps LIKE '%proved itself%'",
    "sending": "SELECT 1 FROM run WHERE pair = '{}' AND phase <> 'intent'",
    "answered": "SELECT 1 FROM run WHERE pair = '{}' AND answered_at IS NOT NULL",
    "executing": "",
    "verifying": "SELECT 1 FROM run WHERE pair = '{}' AND steps LIKE '%command returned%'",
}
SLOW = 0.6  # seconds until a server answers, so that there is a time between two steps
QUICK = {"verify_seconds": 4.0, "commands": {"ha-status": {"time_limit": 8.0}}}
ENDED = (
    "SELECT 1 FROM request WHERE pair = '{0}' AND (stage IN ('void', 'expired') OR id IN (SELECT request_id FROM run"
)
ENDED += " WHERE pair = '{0}' AND phase NOT IN ('intent', 'sending')))"
AUDIT = """
SELECT 'request', r.id FROM request r WHERE r.stage <> (SELECT a.state FROM audit a WHERE a.kind = 'request'
  AND a.request_id = r.id AND a.state IS NOT NULL ORDER BY a.id DESC LIMIT 1)
UNION ALL SELECT 'run', x.id FROM run x WHERE x.phase <> (SELECT a.state FROM audit a WHERE a.kind = 'run'
  AND a.run_id = x.id AND a.state IS NOT NULL ORDER BY a.id DESC LIMIT 1)
"""


@dataclass(frozen=True)
class Hit:
    """Who is struck, how, at which step, in which round."""

    victim: str
    how: str
    step: str
    round: int

    @property
    def group(self) -> tuple[int, str, str, int]:
        """Those that share a play."""
        return self.round, self.victim, self.how, list(STEPS).index(self.step) // 4


@dataclass(frozen=True)
class Seen:
    """What came of one approval."""

    hit: Hit
    told: str
    executed: int
    effect: bool
    reached: bool
    wrong: tuple[str, ...]


def hits(runs: int) -> list[Hit]:
    """So many hits, evenly over victims, ways and steps."""
    every = list(product(VICTIMS, HOW, STEPS))
    if runs < len(every):
        apart = len(every) // runs
        return [Hit(*every[n * apart + n % apart], 0) for n in range(runs)]
    return [Hit(*every[n % len(every)], n // len(every)) for n in range(runs)]


class Scene:
    """One play in which one victim is struck in one way, once for each of its pairs."""

    def __init__(self, play: Play, doors: Sequence[SshdDoor], server: Postgres | None) -> None:
        self.play, self.doors, self.server = play, doors, server

    def run(self, number: int, hit: Hit) -> Seen:
        """One approval, one blow, two more clicks; what came of it."""
        play, pair = self.play, self.play.pairs[number]
        card = play.ask(f"/ha-demote-primary {pair.name} the switch failed")
        pair.primary.answer_slowly(SLOW)
        self._approve(card, pair.name)
        reached = self._await(hit.step, number)
        with self._struck(number, hit):
            pair.primary.answer_slowly(0)
        wrong = [*([] if reached else ["the step was never seen"]), *self._settle(pair.name), *self._clicks(card)]
        return self._judge(number, hit, reached, wrong)

    def _clicks(self, card: Message) -> list[str]:
        """Two more clicks, each of which has to be answered."""
        before, clicked = self._told(), 0
        for _ in range(2):
            with contextlib.suppress(SlackError):
                clicked += self.play.bob.click(labels(card)[0], card, stale=True).acked
        try:
            self.play.wait(lambda: self._told() >= before + clicked)
        except TimeoutError:
            return [f"{before + clicked - self._told()} of {clicked} more clicks without an answer"]
        return []

    def _told(self) -> int:
        """What was said to Bob alone."""
        bob = self.play.bob
        return sum(one["is_ephemeral"] for one in bob.sees(cast.OPS)) + len(bob.directs())

    def _approve(self, card: Message, name: str) -> None:
        bob = self.play.bob
        if bob.modal():
            bob.close(everything=True)
        bob.click(labels(card)[0], card)
        self.play.wait(lambda: f"Type {name} to approve" in modal_text(bob.modal()))
        bob.submit({f"Type {name} to approve": name})

    def _await(self, step: str, number: int) -> bool:
        """Until this step is seen; False where it is not in time, or the run has ended without it."""
        pair, until = self.play.pairs[number], time.monotonic() + 45
        sql = STEPS[step].format(pair.name)
        while step != "approval sent":
            if pair.truth()["primary"]["running"] if step == "executing" else self.play.rows(sql):
                break
            if time.monotonic() > until or self.play.rows(ENDED.format(pair.name)):
                return False
            time.sleep(0.002)
        if step == "looking":
            time.sleep(0.35)
        return not self.play.rows(ENDED.format(pair.name))

    @contextlib.contextmanager
    def _struck(self, number: int, hit: Hit) -> Iterator[None]:
        """The blow; afterwards everybody is there again."""
        strike = {"bot": self._bot, "sshd": self._sshd, "database": self._database}[hit.victim]
        with strike(number, hit):
            yield

    @contextlib.contextmanager
    def _bot(self, number: int, hit: Hit) -> Iterator[None]:
        play, stage = self.play, self._at_work(number)
        if hit.how == "SIGSTOP":
            assert stage.bot is not None
            stage.bot.send_signal(19)
            yield
            time.sleep(20 if isinstance(play, Replicas) else 3)  # longer than its lease, where somebody else looks
            stage.bot.send_signal(18)
            return
        stage.kill()
        yield
        if isinstance(play, Replicas):
            play.heard_by(len(play.stages) - 1)
            stage.launch()
            play.heard_by(len(play.stages))
        else:
            stage.start()

    def _at_work(self, number: int) -> Stage:
        play = self.play
        if isinstance(play, Replicas) and play.rows(f"SELECT 1 FROM run WHERE pair = '{play.pairs[number].name}'"):
            with contextlib.suppress(IndexError, TimeoutError):
                return play.holder(play.pairs[number].name)
        return play.stage

    @contextlib.contextmanager
    def _sshd(self, number: int, hit: Hit) -> Iterator[None]:
        door = self.doors[2 * number]  # its Primary's
        if hit.how == "SIGSTOP":
            door.stop()
            yield
            time.sleep(3)
            door.resume()
        else:
            door.kill_sessions()
            yield

    @contextlib.contextmanager
    def _database(self, number: int, hit: Hit) -> Iterator[None]:
        assert self.server is not None
        if hit.how == "SIGSTOP":
            self.server.freeze()
            yield
            time.sleep(8)  # longer than anybody waits for it
            self.server.thaw()
        else:
            self.server.stop()
            yield
            time.sleep(2)
            self.server.start()

    def _settle(self, name: str) -> list[str]:
        """Wait for the answer and for the end. Approved once more is only what its approver was told is still open."""
        until = time.monotonic() + 90
        while time.monotonic() < until:
            with contextlib.suppress(Exception):  # the database may be on its way back
                if self._answered():
                    if self.play.rows(ENDED.format(name)):
                        return []
                    if self.play.rows(f"SELECT 1 FROM request WHERE pair = '{name}' AND stage = 'pending'"):
                        self._approve(self.play.reads(self.play.bob, f"{name}: demote the Primary?"), name)
            time.sleep(0.1)
        return ["it never came to an end" if self._answered() else "the approval was never answered"]

    def _answered(self) -> bool:
        """Whether the form has closed, as it does once it is approved, or says what came of it."""
        text = modal_text(self.play.bob.modal())
        return "One moment" not in text and "to approve" not in text

    def _judge(self, number: int, hit: Hit, reached: bool, wrong: list[str]) -> Seen:
        play, pair = self.play, self.play.pairs[number]
        time.sleep(0.5)
        told = [phase for (phase,) in play.rows(f"SELECT phase FROM run WHERE pair = '{pair.name}'")] or ["void"]
        play.wait(lambda: not pair.truth()["primary"]["running"])
        # A question that nobody answers is a command that does not run.
        sent = sum(one.changing and one.started for one in pair.commands)
        effect = pair.truth()["primary"]["state"] == "demoted"
        if len(told) > 1 or sent > 1:
            wrong.append(f"{sent} executions of {len(told)} runs")
        if (told[0] in ("not sent", "void") and sent) or (told[0] == "succeeded" and not effect):
            wrong.append(f"told {told[0]}, and {sent} executed, effect {effect}")
        if told[0] == "failed" and effect:
            wrong.append("told failed, and it took effect")
        if play.rows(AUDIT):
            wrong.append(f"the audit says something else of {play.rows(AUDIT)}")
        return Seen(hit, told[0], sent, effect, reached, tuple(wrong))


class NotBegun(Exception):
    """The machine is too busy for bots and servers to come up in time: nothing was struck."""


def scene_at_last(group: Sequence[Hit]) -> list[Seen]:
    """Play a group, and again where it could not begin."""
    for _ in range(5):
        try:
            return scene(group)
        except NotBegun:
            time.sleep(10)
    return scene(group)


def scene(group: Sequence[Hit]) -> list[Seen]:
    """Play all hits of one group, one after the other."""
    doors: list[SshdDoor] = []

    def door() -> SshdDoor:
        doors.append(SshdDoor())
        return doors[-1]

    several = bool(group[0].round % 2)
    real = {"user": this_user(), "door": door} if group[0].victim == "sshd" else {}
    pairs: list[dict[str, Any]] = [
        {"name": f"pair{n}", "state": "split-brain", "seconds": 1.0, **real} for n in range(1, len(group) + 1)
    ]
    server = Postgres().start() if several or group[0].victim == "database" else None
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        stack.callback(lambda: [one.clear_away() for one in doors])
        if server:
            stack.callback(server.clear_away)
            count = 2 if several else 1
            play: Play = Replicas(folder, server.url(server.create()), *pairs, count=count, settings=QUICK)
        else:
            play = Play(folder, *pairs, settings=QUICK)
        try:
            stack.enter_context(play)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            raise NotBegun(str(error)) from error
        one = Scene(play, doors, server)
        return [one.run(number, hit) for number, hit in enumerate(group)]


def kills(runs: int, at_once: int, say: Callable[[str], None], after: int = 0) -> list[Seen]:
    """Every hit `after` so many, several plays at once; a table of what came of them."""
    ordered = sorted(hits(runs), key=lambda hit: hit.group)[after:]
    groups = [list(group) for _, group in groupby(ordered, key=lambda hit: hit.group)]
    found: list[Seen] = []
    with ThreadPoolExecutor(at_once) as pool:
        for group in pool.map(scene_at_last, groups):
            found += group
            say(f"{after + len(found)} of {runs}: {group[0].hit.victim}, {group[0].hit.how}, {_sum(group)}")
    say(table(found))
    return found


def table(found: Sequence[Seen]) -> str:
    """By victim and step: how the runs ended, how often the command was sent, and what was wrong."""
    lines = ["| struck | at | runs | told | executed at most | wrong |", "| --- | --- | --- | --- | --- | --- |"]
    key = lambda seen: (VICTIMS.index(seen.hit.victim), HOW.index(seen.hit.how), list(STEPS).index(seen.hit.step))  # noqa: E731
    for _, grouped in groupby(sorted(found, key=key), key=key):
        rows = list(grouped)
        hit = rows[0].hit
        told = ", ".join(f"{count} × {words}" for words, count in Counter(row.told for row in rows).most_common())
        wrong = "; ".join(words for row in rows for words in row.wrong) or "–"
        most = max(row.executed for row in rows)
        lines.append(f"| {hit.victim}, {hit.how} | {hit.step} | {len(rows)} | {told} | {most} | {wrong} |")
    return "\n".join([*lines, "", _sum(found)])


def _sum(found: Sequence[Seen]) -> str:
    bad = sum(bool(row.wrong) for row in found)
    struck, executed = sum(row.reached for row in found), sum(row.executed for row in found)
    return f"{len(found)} runs, {struck} struck at their step, {executed} executions, {bad} wrong"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=144)
    parser.add_argument("--at-once", type=int, default=2, help="plays at once")
    parser.add_argument("--after", type=int, default=0, help="go on where an earlier call has ended")
    given = parser.parse_args()
    found = kills(given.runs, given.at_once, print, given.after)
    sys.exit(1 if any(seen.wrong for seen in found) else 0)


if __name__ == "__main__":
    main()
