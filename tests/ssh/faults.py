"""The faults of the line, the server and the command, and how each is made on a real sshd."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import count
from threading import Event

from bot.domain.pair import CONTINUE
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.ssh import Session, SshClient
from bot.ssh.connection import open_line
from bot.ssh.deadline import Deadline
from bot.ssh.tcp import Dialer
from tests.ssh.sshd import Relay, Sshd, relayed, running
from tests.support import netns
from tests.support.patience import HANG, eventually

WORK = 1.0
TIMES = 5  # times that a fault is played at most, until it is made
CONNECT = 60.0  # seconds that a connection may take on a busy machine
BEGIN = "echo $$ > $HOME/pid; echo begun >> $TRUTH; "
SILENT = f"{BEGIN}sleep {WORK}; echo done >> $TRUTH"
PRINTING = BEGIN + "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo working; sleep .2; done; echo done >> $TRUTH"
SLOW = f"{BEGIN}sleep {3 * WORK}; echo done >> $TRUTH"
ASKING = "printf 'Are you sure you want to continue? [y/N]: '; read a; [ \"$a\" = y ] || exit 9; "
NOTHING, HALF, WHOLE = [], ["begun"], ["begun", "done"]
_blocks = count(os.getpid() % 64)


@dataclass
class Stage:
    """An sshd, the relay before it, and a console."""

    sshd: Sshd
    relay: Relay
    console: SshClient
    pty: bool

    def kill_command(self) -> None:
        os.kill(int((self.sshd.folder / "pid").read_text()), signal.SIGKILL)

    @property
    def space(self) -> netns.Namespace:
        assert self.sshd.namespace
        return self.sshd.namespace


Act = Callable[[Stage], object]
Told = tuple[Ending | UnreachableReason, int | None]


@dataclass(frozen=True)
class Row:
    """A fault, and what must be told and true; `act` is done once the command has begun.

    `answered` is the same where all is answered: from then on it ends by itself, or by a person who waits no more.
    """

    name: str
    told: Told
    truth: dict[bool, list[str]]
    act: Act = lambda _: None
    seconds: float = CONNECT  # that the command may take; few only where that is what ends it
    command: str = SILENT
    space: bool = False
    play: "Callable[[Row, Stage, bool], Reply] | None" = None
    ptys: tuple[bool, ...] = (False, True)
    asks: tuple[bool, ...] = (False, True)
    answered: tuple[Told, dict[bool, list[str]]] | None = None

    def expected(self, asks: bool) -> tuple[Told, dict[bool, list[str]]]:
        return self.answered if asks and self.answered else (self.told, self.truth)


def _either(truth: list[str]) -> dict[bool, list[str]]:
    return {False: truth, True: truth}


LOST, TIMED_OUT, FINE = (Ending.LOST, None), (Ending.TIMED_OUT, None), (Ending.EXITED, 0)
LEFT = (Ending.LEFT, None)


def _idle_then_partition(row: Row, stage: Stage, _: bool) -> Reply:
    server = stage.sshd.server(pty=stage.pty)
    stage.console.probe(server, "true", CONNECT)
    stage.space.partition()
    return _timed(row, lambda: stage.console.probe(server, row.command, row.seconds))


def _frozen_before(row: Row, stage: Stage, _: bool) -> Reply:
    with stage.console.open(stage.sshd.server(pty=stage.pty), CONNECT) as session:
        stage.sshd.freeze()
        try:
            return _timed(row, lambda: session.run(row.command, row.seconds))
        finally:
            stage.sshd.resume()


def _changed_key(row: Row, stage: Stage, _: bool) -> Reply:
    server = stage.sshd.server(pty=stage.pty)
    stage.console.probe(server, "true", CONNECT)
    stage.sshd.new_host_key()
    return _timed(row, lambda: stage.console.probe(server, row.command, row.seconds))


def _impatient(row: Row, stage: Stage, _: bool) -> Reply:
    """With 2 s of patience in the kernel, in place of the 10 s and 60 s that are set in earnest."""
    line = open_line(stage.sshd.server(), None, Deadline(CONNECT), Dialer(2))
    return _faulted(row, stage, lambda: Session(line, stage.pty).run(row.command, 30))


ROWS = [
    Row("no fault", FINE, _either(WHOLE)),
    Row("command killed", (Ending.CLOSED, None), _either(HALF), Stage.kill_command),
    Row("sshd session killed", LOST, {False: WHOLE, True: HALF}, lambda stage: stage.sshd.kill_sessions()),
    Row("TCP reset", LOST, {False: WHOLE, True: HALF}, lambda stage: stage.relay.reset()),
    Row(
        "partition",
        TIMED_OUT,
        _either(WHOLE),
        lambda stage: stage.space.partition(),
        seconds=2.5,
        space=True,
        answered=(LEFT, _either(WHOLE)),
    ),
    Row(
        "replies lost",
        TIMED_OUT,
        _either(WHOLE),
        lambda stage: stage.space.partition(requests=False),
        seconds=2.5,
        space=True,
        answered=(LEFT, _either(WHOLE)),
    ),
    Row(
        "partition that heals",
        FINE,
        _either(WHOLE),
        lambda stage: (stage.space.partition(), time.sleep(0.8), stage.space.heal()),
        space=True,
        asks=(False,),
    ),
    Row(
        "time-out, silent command",
        TIMED_OUT,
        {False: WHOLE, True: HALF},
        seconds=1,
        command=SLOW,
        answered=(LEFT, _either(WHOLE)),
    ),
    Row(
        "time-out, printing command",
        TIMED_OUT,
        _either(HALF),
        seconds=1,
        command=PRINTING,
        answered=(LEFT, _either(WHOLE)),
    ),
    Row(
        "peer frozen",
        TIMED_OUT,
        _either(WHOLE),
        lambda stage: stage.sshd.freeze(),
        seconds=2.5,
        answered=(LEFT, _either(WHOLE)),
    ),
    Row(
        "partition, noticed by the kernel",
        LOST,
        _either(WHOLE),
        lambda stage: stage.space.partition(),
        seconds=6,
        space=True,
        play=_impatient,
        ptys=(False,),
        asks=(False,),
    ),
    Row(
        "peer frozen before",
        (UnreachableReason.NO_ANSWER, None),
        _either(NOTHING),
        seconds=0.7,
        play=_frozen_before,
        asks=(False,),
    ),
    Row(
        "idle connection, then partition",
        (UnreachableReason.NO_ANSWER, None),
        _either(NOTHING),
        seconds=1.5,
        space=True,
        play=_idle_then_partition,
        asks=(False,),
    ),
    Row("host key changed", (UnreachableReason.WRONG_KEY, None), _either(NOTHING), play=_changed_key, asks=(False,)),
]
CASES = [(row, pty, asks) for row in ROWS for pty in row.ptys for asks in row.asks]


def name_of(case: tuple[Row, bool, bool]) -> str:
    """In the words of the table."""
    row, pty, asks = case
    return f"{row.name}, {'pty' if pty else 'no pty'}{', after the answer' if asks else ''}"


def _timed(row: Row, call: Callable[[], Reply]) -> Reply:
    start = time.monotonic()
    try:
        return call()
    finally:
        assert time.monotonic() - start <= row.seconds + HANG, row.name


class NotBegunError(Exception):
    """The command had not begun when its time was over, as the machine was busy: the fault was never made."""


def _faulted(row: Row, stage: Stage, call: Callable[[], Reply]) -> Reply:
    """Make the fault once the command has begun, and return what the call tells."""
    over = Event()

    def act() -> None:
        eventually(lambda: stage.sshd.done or over.is_set())
        if not stage.sshd.done:
            raise NotBegunError
        row.act(stage)

    with ThreadPoolExecutor(1) as crew:
        acted = crew.submit(act)
        try:
            reply = _timed(row, call)
        finally:
            over.set()
        acted.result()
        return reply


def _plain(row: Row, stage: Stage, asks: bool) -> Reply:
    port = stage.sshd.port if row.space else stage.relay.port
    with stage.console.open(stage.sshd.server(port=port, pty=stage.pty), CONNECT) as session:
        return _faulted(row, stage, lambda: _say(session, row, asks))


def _say(session: Session, row: Row, asks: bool) -> Reply:
    if not asks:
        return session.run(row.command, row.seconds)
    until = Deadline(row.seconds)
    line = ASKING + row.command
    return session.converse(line, [CONTINUE], {}, {}, row.seconds, lambda _: True, goes_on=lambda: not until.passed)


@dataclass(frozen=True)
class Record:
    """What was told, and what was true."""

    told: Reply | Unreachable
    truth: list[str]

    def __str__(self) -> str:
        told = self.told.why.name if isinstance(self.told, Unreachable) else f"{self.told.ending.name} {self.told.exit}"
        return f"{told:16} {' '.join(self.truth) or 'never begun'}"


def _let_run_on(sshd: Sshd, row: Row, truth: list[str]) -> None:
    """What began may run on: until the end that is expected of it, or well past the end that is not."""
    work = 3 * WORK if row.command in (SLOW, PRINTING) else WORK
    patience = HANG if truth == WHOLE else work + 0.7
    with suppress(AssertionError):
        eventually(lambda: sshd.done == WHOLE, patience)


def play(case: tuple[Row, bool, bool]) -> Record:
    """Make the fault and write down both sides; where it was not made, because the machine was busy, make it again."""
    for _ in range(TIMES):
        with suppress(NotBegunError):
            return _play(*case)
    raise NotBegunError(f"{name_of(case)}: not begun in {TIMES} plays")


def _play(row: Row, pty: bool, asks: bool) -> Record:
    with ExitStack() as stack:
        space = netns.Namespace(block=f"10.201.{next(_blocks)}.{os.getpid() % 63 * 4}") if row.space else None
        sshd = stack.enter_context(running(namespace=space))
        stage = Stage(sshd, stack.enter_context(relayed(sshd)), SshClient(), pty)
        stack.callback(stage.console.close)
        told: Reply | Unreachable
        try:
            told = (row.play or _plain)(row, stage, asks)
        except Unreachable as silence:
            told = silence
        sshd.resume()
        if sshd.done:
            _let_run_on(sshd, row, row.expected(asks)[1][pty])
        return Record(told, sshd.done)
