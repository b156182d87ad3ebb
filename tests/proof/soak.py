"""Thirty people at random, two bots, one PostgreSQL, twenty pairs behind real SSH, and faults all the while.

    python -m tests.proof.soak --minutes 60

Everything stays on loopback, and it ends by itself. Afterwards the faults are taken back, what is open is brought to
its end, and what was told is held against what was executed, the tables and the audit.
"""

import argparse
import contextlib
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.simulator import cast
from bot.simulator.pair import SimulatedPair, SimulatedServer
from bot.simulator.pair.world import Execution
from bot.simulator.slack import Actor, Person, SlackError
from bot.simulator.stage import Stage, restart
from tests.bench.idle import memory
from tests.e2e.play import Message, buttons, labels, modal_text, text_of
from tests.e2e.replicas import Replicas
from tests.proof.answers import Answers
from tests.proof.kills import AUDIT
from tests.support.postgres import Postgres

PEOPLE, PAIRS = 30, 20
STATES = ("bau", "split-brain", "failed-over", "split-brain")
SETTINGS = {
    "look_seconds": 20,
    "verify_seconds": 6,
    "cool_down_minutes": 0,
    "approval_minutes": 2,
    "commands": {"ha-status": {"time_limit": 3.0}},
}
NEXT = {("active", "active"): "ha-demote-primary", ("demoted", "active"): "ha-failback"}
READS = (
    "/ha-status {}",
    "/ha-summary",
    "/ha-history {}",
    "/ha-incident {}",
    "/ha-recover {}",
    "/ha-plan {} ha-failback",
)
NOTHING_THERE = (SlackError, StopIteration, KeyError, IndexError)
PATIENT = 45.0  # seconds that a person looks at a form that takes a moment: longer than a process that died is missed


def servers(pair: SimulatedPair) -> tuple[SimulatedServer, SimulatedServer]:
    """Both of them."""
    return pair.primary, pair.secondary


@dataclass
class Soak:
    """One soak, under way."""

    play: Replicas
    server: Postgres
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    answers: Answers = field(default_factory=Answers)
    over: threading.Event = field(default_factory=threading.Event)
    mending: threading.Lock = field(default_factory=threading.Lock)

    # People ---------------------------------------------------------------------------------------------------------

    def person(self, number: int) -> None:
        """Somebody who reads, asks, approves and presses whatever there is."""
        dice = random.Random(f"{self.seed} {number}")
        who = self.play.slack.as_person(f"U0CROWD{number:02d}")
        doings = (self._read, self._read, self._ask, self._ask, self._decide, self._decide, self._decide, self._press)
        while not self.over.wait(1 + 7 * dice.random()):
            try:
                dice.choice(doings)(who, dice)
            except NOTHING_THERE:
                self.counts["clicks that found nothing there"] += 1
            except TimeoutError:
                self.counts["time-outs of the person's own"] += 1

    def _command(self, who: Actor, line: str) -> None:
        self.counts["commands"] += 1
        delivery = who.command(line, channel=cast.OPS)
        self.counts["commands that Slack could not deliver"] += not delivery.acked
        self.answers.typed(who.id, line, delivery)

    def _read(self, who: Actor, dice: random.Random) -> None:
        self._command(who, dice.choice(READS).format(dice.choice(self.play.pairs).name))

    def _ask(self, who: Actor, dice: random.Random) -> None:
        pair = dice.choice(self.play.pairs)
        truth = pair.truth()
        action = NEXT.get((truth["primary"]["state"], truth["secondary"]["state"]), "ha-failover")
        self._command(who, f"/{action} {pair.name} because of reason {dice.randrange(1000)}")

    def _decide(self, who: Actor, dice: random.Random) -> None:
        cards = [m for m in self.play.slack.messages(cast.OPS) if any(one.startswith("Approve") for one in labels(m))]
        card = dice.choice(cards[-12:])
        known = [one for one in labels(card) if one.startswith(("Approve", "Deny"))]
        label = known[0] if dice.random() < 0.85 else known[-1]
        if not self._opens(who, label, card):
            return
        pair = next(one.name for one in self.play.pairs if one.name in text_of(card))
        who.submit({f"Type {pair} to approve": pair} if label.startswith("Approve") else {"Why not?": "not now"})
        self.counts["approvals and denials sent"] += 1
        with contextlib.suppress(TimeoutError):
            self.play.slack.wait_for(lambda: "One moment" not in modal_text(who.modal()), PATIENT)
            return
        self.answers.sent(who.id, f"the form “{label}” on {pair}")

    def _opens(self, who: Actor, label: str, message: Message) -> bool:
        """Press what opens a form; where there is a reason against it, that has to be told instead."""
        self.counts["clicks"] += 1
        if who.modal():
            who.close(everything=True)
        delivery = who.click(label, message, stale=True)
        try:
            self.play.slack.wait_for(who.modal)
        except TimeoutError:
            self.answers.pressed(who.id, label, delivery)
            return False
        return True

    def _press(self, who: Actor, dice: random.Random) -> None:
        """Any button but those of the cards: also those that are long out of date."""
        every = [m for m in self.play.slack.messages(cast.OPS) if buttons(m)]
        message = dice.choice(every[-40:])
        named = [one for one in labels(message) if not one.endswith("…")]
        label = dice.choice(named)
        if label.startswith("Ask to"):
            self._opens(who, label, message)
            return
        self.counts["clicks"] += 1
        self.answers.pressed(who.id, label, who.click(label, message, stale=True))

    # Faults ---------------------------------------------------------------------------------------------------------

    def trouble(self) -> None:
        """A fault every few seconds, none of them for ever."""
        dice = random.Random(self.seed)
        doings: tuple[tuple[str, Callable[[random.Random], None]], ...] = (
            ("a server off and on", self._power),
            ("a server off and on", self._power),
            ("a pair in another state", self._state),
            ("a pair in another state", self._state),
            ("a line cut in a command", self._cut),
            ("a bot killed", self._kill),
            ("a bot frozen", self._freeze),
            ("a bot stopped and started", self._restart),
            ("PostgreSQL restarted", self._database),
            ("sockets cut", lambda _: self.play.slack.drop_sockets()),
            ("Slack limits", lambda _: self.play.slack.rate_limit(4)),
            ("Slack away", lambda _: self.play.slack.away(6)),
        )
        while not self.over.wait(4 + 6 * dice.random()):
            name, does = dice.choice(doings)
            self.counts["faults"] += 1
            self.counts[f"fault: {name}"] += 1
            does(dice)

    def _later(self, seconds: float, what: Callable[[], object]) -> None:
        threading.Timer(seconds, what).start()

    def _power(self, dice: random.Random) -> None:
        server = dice.choice(servers(dice.choice(self.play.pairs)))
        server.power_off()
        self._later(5 + 30 * dice.random(), server.power_on)

    def _state(self, dice: random.Random) -> None:
        pair = dice.choice(self.play.pairs)
        if not self.play.rows(f"SELECT 1 FROM run WHERE pair = '{pair.name}' AND phase IN ('intent', 'sending')"):
            restart(pair, dice.choice(STATES))

    def _cut(self, dice: random.Random) -> None:
        for server in servers(dice.choice(self.play.pairs)):
            server.cut_line(dice.choice(("before", "midway", "after")))

    def _kill(self, dice: random.Random) -> None:
        with self.mending:
            stage = dice.choice(self.play.stages[1:])  # the first one lives to the end, for its memory
            stage.kill()
            stage.launch()

    def _freeze(self, dice: random.Random) -> None:
        with self.mending:
            stage = dice.choice(self.play.stages)
            self.play.freeze(stage)
            self.over.wait(5 + 20 * dice.random())
            self.play.thaw(stage)

    def _restart(self, dice: random.Random) -> None:
        with self.mending:
            stage = dice.choice(self.play.stages[1:])
            stage.stop()
            stage.launch()

    def _database(self, dice: random.Random) -> None:
        self.server.stop()
        self.over.wait(3 * dice.random())
        self.server.start()

    # The end --------------------------------------------------------------------------------------------------------

    def settle(self) -> list[str]:
        """Take the faults back, and bring to its end what is open; what could not be."""
        self.play.slack.back()
        for pair in self.play.pairs:
            restart(pair, "bau")
        for stage in self.play.stages:
            if stage.bot is None or stage.bot.poll() is not None:
                stage.launch()
        wrong = []
        open_runs = "SELECT id, pair FROM run WHERE phase IN ('intent', 'sending')"
        for what, sql in (
            ("a run is stuck", open_runs),
            ("a request is stuck", "SELECT id, stage FROM request WHERE stage IN ('pending', 'approved')"),
            ("a message is stuck", "SELECT key FROM post WHERE NOT done AND kind <> 'home'"),
            ("an answer is stuck", "SELECT person, asked FROM inbox"),
        ):
            with contextlib.suppress(TimeoutError):
                self.play.slack.wait_for(lambda sql=sql: not self.play.rows(sql), 240)  # type: ignore[misc]
            wrong += [f"{what}: {row}" for row in self.play.rows(sql)]
        return wrong

    def judge(self) -> list[str]:
        """What was told against what was executed."""
        play, wrong = self.play, []
        for pair in play.pairs:
            executed = [one for one in pair.commands if one.changing]
            self.counts["commands executed"] += len(executed)
            wrong += strays(executed, play.rows(WINDOWS.format(pair.name)))
        unanswered = self.answers.unanswered(play.slack)
        self.counts["without an answer"] = len(unanswered)
        wrong += unanswered
        wrong += [f"two runs of one request: {row}" for row in play.rows(TWO_RUNS)]
        wrong += [f"told twice: {words}" for words in play.twice()]
        wrong += [f"audit against tables: {row}" for row in play.rows(AUDIT)]
        wrong += [f"ended and not told: {row}" for row in play.rows(UNTOLD)]
        for phase, count in play.rows("SELECT phase, count(*) FROM run GROUP BY phase"):
            self.counts[f"runs: {phase}"] = count
        self.counts["runs"] = play.rows("SELECT count(*) FROM run")[0][0]
        self.counts["messages in the channel"] = len(play.slack.messages(cast.OPS))
        return wrong


def strays(executed: Sequence[Execution], runs: Sequence[tuple[Any, ...]]) -> list[str]:
    """What was executed and is no run's own: each run has one command, begun between its sending and its end."""
    left, wrong = list(runs), []
    for one in executed:
        mine = [run for run in left if run[1] in one.line and run[2].timestamp() - 1 <= one.at <= run[3].timestamp()]
        if mine:
            left.remove(mine[0])
        else:
            wrong.append(f"{one.line} at {one.at:.0f} is no run's, or one run's second")
    return wrong


WINDOWS = "SELECT id, action, sent_at, ended_at FROM run WHERE pair = '{}' AND sent_at IS NOT NULL ORDER BY sent_at"
TWO_RUNS = "SELECT request_id, count(*) FROM run GROUP BY request_id HAVING count(*) > 1"
UNTOLD = """
SELECT r.id, r.phase FROM run r WHERE r.phase NOT IN ('intent', 'sending')
  AND NOT EXISTS (SELECT 1 FROM post p WHERE p.run_id = r.id AND p.kind = 'end' AND p.done AND p.ts IS NOT NULL)
"""


@dataclass(frozen=True)
class Held:
    """What a bot holds, in MiB, and how many seconds old it is."""

    memory: float = 0.0
    age: float = 0.0

    def __str__(self) -> str:
        return f"{self.memory:.0f} MiB at {self.age:.0f} s of age"


def memories(stage: Stage) -> Held:
    """What a bot holds now."""
    if stage.bot is None or stage.bot.poll() is not None:
        return Held()
    began = int(Path(f"/proc/{stage.bot.pid}/stat").read_text().rpartition(")")[2].split()[19])
    up = float(Path("/proc/uptime").read_text().split()[0])
    return Held(memory(stage.bot.pid), up - began / os.sysconf("SC_CLK_TCK"))


def played(minutes: float, seed: int) -> tuple[Soak, list[str], list[tuple[Held, Held]]]:
    """From the first to the last minute; the soak, what was wrong, and what each bot held at the start and the end."""
    crowd = [Person(f"U0CROWD{n:02d}", f"crowd{n:02d}", f"Crowd {n:02d}") for n in range(PEOPLE)]
    pairs = [{"name": f"pair{n:02d}", "seconds": 1.0, "state": STATES[n % len(STATES)]} for n in range(PAIRS)]
    server = Postgres().start()
    try:
        url = server.url(server.create())
        with (
            tempfile.TemporaryDirectory() as folder,
            Replicas(Path(folder), url, *pairs, settings=SETTINGS, crowd=crowd) as play,
        ):
            soak = Soak(play, server, seed)
            people = [threading.Thread(target=soak.person, args=(n,), daemon=True) for n in range(PEOPLE)]
            trouble = threading.Thread(target=soak.trouble, daemon=True)
            for one in (*people, trouble):
                one.start()
            time.sleep(min(60.0, minutes * 12))
            first = [memories(stage) for stage in play.stages]
            time.sleep(max(0.0, minutes * 60 - min(60.0, minutes * 12)))
            soak.over.set()
            for one in (*people, trouble):
                one.join(60)
            wrong = soak.settle()
            return soak, wrong + soak.judge(), list(zip(first, map(memories, play.stages), strict=True))
    finally:
        server.clear_away()


def main() -> None:
    """Print the counts; exit code 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    soak, wrong, held = played(given.minutes, given.seed)
    print(f"| {given.minutes:g} minutes, {PEOPLE} people, {PAIRS} pairs, {len(held)} bots | |\n| --- | --- |")
    for name, count in sorted(soak.counts.items()):
        print(f"| {name} | {count} |")
    for number, (first, last) in enumerate(held, 1):
        lives = ", which lived all the time" if number == 1 else ""
        print(f"| memory of bot {number}{lives}, when warm and at the end | {first}, {last} |")
    print(f"| lost, doubled, stuck, unanswered | {len(wrong)} |")
    for one in wrong:
        print(f"  {one}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
