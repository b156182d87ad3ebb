"""Every fault × every sort of command × with a terminal or without, on a real sshd: what is told against what is true.

`python -m tests.ssh.matrix` plays all of them and prints the table; the tests play a part. Here is no list of what
must come: the console may say that it does not know, but what it does say has to be so.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import count

from bot.domain.pair import CONTINUE, Question
from bot.domain.transport import Ending, Reply, Unreachable
from bot.ssh import Session, SshClient
from bot.ssh.deadline import Deadline
from tests.ssh.faults import BEGIN, Stage
from tests.ssh.sshd import relayed, running
from tests.support import netns
from tests.support.patience import eventually

AT_ONCE = 16
WORK = 1.0
LATE = 2.0  # seconds after its deadline by which a call is back
CODE = "KX7P-94RD-ZQ"
DONE = f"{BEGIN}sleep {WORK}; echo done >> $TRUTH"
YES = "printf 'Are you sure you want to continue? [y/N]: '; read a; [ \"$a\" = y ] || exit 9; echo answered >> $TRUTH; "
JOIN = f'printf "Joining code: "; read c; [ "$c" = {CODE} ] || exit 9; echo answered >> $TRUTH; '
TELLS = f"{BEGIN}for n in 1 2 3 4 5 6 7 8 9 10; do echo working; sleep .1; done; echo done >> $TRUTH"


UNHURT = ("none", "its time is over", "server frozen for a while", "partition for a while")  # faults that kill nothing
_blocks = count()


@dataclass(frozen=True)
class Command:
    """A sort of command; it writes down each answer, its beginning and its end."""

    name: str
    line: str
    dialogue: tuple[Question, ...] = ()
    exit: int = 0


COMMANDS = (
    Command("silent", DONE),
    Command("printing", TELLS),
    Command("deaf to a hang-up", f"trap '' HUP; {DONE}"),
    Command("failing at its end", f"{DONE}; exit 3", exit=3),
    Command("one question", YES + DONE, (CONTINUE,)),
    Command("one question, printing", YES + TELLS, (CONTINUE,)),
    Command("a code and a question", JOIN + YES + DONE, (Question("Joining code:", "{joining_code}"), CONTINUE)),
)
EVERY_DAY = ("one question", "printing")


@dataclass(frozen=True)
class Fault:
    """What is done on the line or at the server: before the command, once it has begun, or at its question."""

    name: str
    act: Callable[[Stage], object]
    when: str = "begun"
    space: bool = False
    seconds: float = 3.0


def _freeze_awhile(stage: Stage) -> None:
    stage.sshd.freeze()
    time.sleep(0.2)
    stage.sshd.resume()


def _cut_awhile(stage: Stage) -> None:
    stage.space.partition()
    time.sleep(0.2)
    stage.space.heal()


LINE: tuple[tuple[str, Callable[[Stage], object], bool], ...] = (
    ("sshd's session killed", lambda stage: stage.sshd.kill_sessions(), False),
    ("TCP reset", lambda stage: stage.relay.reset(), False),
    ("server frozen", lambda stage: stage.sshd.freeze(), False),
    ("partition", lambda stage: stage.space.partition(), True),
    ("requests lost", lambda stage: stage.space.partition(replies=False), True),
    ("replies lost", lambda stage: stage.space.partition(requests=False), True),
)
FAULTS = (
    Fault("none", lambda _: None),
    Fault("its time is over", lambda _: None, seconds=0.6),
    Fault("command killed", Stage.kill_command),
    Fault("server frozen for a while", _freeze_awhile),
    Fault("partition for a while", _cut_awhile, space=True, seconds=8.0),
    *(Fault(name, act, when, space) for when in ("begun", "before", "at the question") for name, act, space in LINE),
)


@dataclass(frozen=True)
class Scenario:
    """One cell of the matrix."""

    fault: Fault
    command: Command
    pty: bool

    def __str__(self) -> str:
        when = "" if self.fault.when == "begun" else f" {self.fault.when}"
        return f"{self.fault.name}{when}, {self.command.name}, {'pty' if self.pty else 'no pty'}"


SCENARIOS = tuple(
    Scenario(fault, command, pty)
    for fault in FAULTS
    for command in COMMANDS
    for pty in (False, True)
    if fault.when != "at the question" or command.dialogue
)


@dataclass(frozen=True)
class Record:
    """What was told, what was true, and how late it came."""

    scenario: Scenario
    told: Reply | Unreachable
    truth: list[str]
    late: float

    @property
    def said(self) -> str:
        if isinstance(self.told, Unreachable):
            return f"silence: {self.told.why.name}"
        return self.told.ending.name if self.told.exit is None else f"{self.told.ending.name} {self.told.exit}"

    @property
    def lies(self) -> list[str]:
        """What was said and is not so; nothing where all is well."""
        found = [f"came {self.late:.1f} s after its deadline"] if self.late > LATE else []
        if isinstance(self.told, Unreachable):
            return found + (["said that nothing was sent"] if self.truth else [])
        wrong = {
            "said more than there was to say": self.told.ending is Ending.EXITED
            and self.told.exit == self.scenario.command.exit
            and "done" not in self.truth,
            "said another exit status": self.told.exit == 0 and self.scenario.command.exit != 0,
            "answered more than it says": self.truth.count("answered") > self.told.answered,
            "cut off what was at work": self.told.ending is Ending.LEFT
            and self.scenario.fault.name in UNHURT
            and "done" not in self.truth,
            "told the code": CODE in self.told.text,
        }
        return found + [words for words, so in wrong.items() if so]

    def __str__(self) -> str:
        return f"{self.scenario!s:70} {self.said:22} {' '.join(self.truth) or 'never begun':30} {'; '.join(self.lies)}"


def play(scenario: Scenario) -> Record:
    """Make the fault and write down both sides."""
    fault = scenario.fault
    with ExitStack() as stack:
        space = netns.Namespace(block=f"10.202.{next(_blocks) % 256}.{os.getpid() % 63 * 4}") if fault.space else None
        sshd = stack.enter_context(running(namespace=space))
        stage = Stage(sshd, stack.enter_context(relayed(sshd)), SshClient(), scenario.pty)
        stack.callback(stage.console.close)
        told, late = _told(scenario, stage)
        sshd.resume()
        if space:
            space.heal()
        with suppress(AssertionError):
            eventually(lambda: "done" in sshd.done, 2 * WORK + 2 if sshd.done else 0.3)
        return Record(scenario, told, sshd.done, late)


def _told(scenario: Scenario, stage: Stage) -> tuple[Reply | Unreachable, float]:
    port = stage.sshd.port if scenario.fault.space else stage.relay.port
    began = [time.monotonic()]
    try:
        with stage.console.open(stage.sshd.server(port=port, pty=scenario.pty), 5) as session:
            session.run("true", 5)
            if scenario.fault.when == "before":
                scenario.fault.act(stage)
            began[0] = time.monotonic()
            told: Reply | Unreachable = _converse(scenario, stage, session)
            return told, time.monotonic() - began[0] - scenario.fault.seconds
    except Unreachable as silence:
        return silence, time.monotonic() - began[0] - scenario.fault.seconds


def _converse(scenario: Scenario, stage: Stage, session: Session) -> Reply:
    fault, command = scenario.fault, scenario.command

    def may_answer(index: int) -> bool:
        if fault.when == "at the question" and index == len(command.dialogue) - 1:
            fault.act(stage)
        return True

    with ThreadPoolExecutor(1) as crew:
        acting = crew.submit(_once_begun, stage, fault) if fault.when == "begun" else None
        secrets = {"joining_code": CODE} if len(command.dialogue) > 1 else {}
        try:
            until = Deadline(fault.seconds)  # then the person who waits for its end waits no more
            given = (command.line, command.dialogue, {}, secrets, fault.seconds, may_answer)
            return session.converse(*given, goes_on=lambda: not until.passed)
        finally:
            if acting:
                acting.result()


def _once_begun(stage: Stage, fault: Fault) -> None:
    with suppress(AssertionError):  # it never began: its time was over before
        eventually(lambda: "begun" in stage.sshd.done, 2.5)
        fault.act(stage)


def play_all(scenarios: Iterable[Scenario]) -> list[Record]:
    """Many at once: most of the time is waiting."""
    with ThreadPoolExecutor(AT_ONCE) as crew:
        return list(crew.map(play, scenarios))


def summary(records: list[Record]) -> str:
    """The figures in a line or two."""
    ends = Counter((record.said, " ".join(record.truth) or "never begun") for record in records)
    lies = sum(bool(record.lies) for record in records)
    latest = max(record.late for record in records)
    lines = [f"{told:22} {true:32} {many}" for (told, true), many in sorted(ends.items())]
    head = f"{len(records)} scenarios, {lies} lies; the latest call came {latest:+.1f} s after its deadline"
    return "\n".join([head, f"{'told':22} {'true':32} times", *lines])


def main() -> int:
    spaces = netns.missing() is None
    records = play_all(one for one in SCENARIOS if spaces or not one.fault.space)
    print(*records, summary(records), sep="\n")
    return 1 if any(record.lies for record in records) else 0


if __name__ == "__main__":
    sys.exit(main())
