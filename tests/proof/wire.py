"""The Wire between a bot and the far end, on a stage: every message that crosses it is a gap for events.

It masks secrets, fills answers and tells questions apart with the console's own code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.pair import Labels, Login, Question, Role, Server
from bot.domain.status import Report, parse
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.simulator.pair import effects
from bot.simulator.pair.effects import Command
from bot.simulator.pair.layouts import LAYOUTS
from bot.simulator.pair.questions import accepted, questions
from bot.simulator.pair.world import Execution, Pair
from bot.ssh.client import ACTION_PATIENCE
from bot.ssh.prompt import asks, last_line
from bot.ssh.script import AnswerScript
from bot.ssh.transcript import Mask, clean
from tests.proof.clock import Clock
from tests.proof.far_end import FarEnd, Work, lab

PULSE = 60.0  # seconds between two questions whether somebody still waits


class Stage(Protocol):
    """What the wire needs of its surroundings."""

    clock: Clock
    far: FarEnd
    labels: Labels

    def gap(self, kind: str) -> None: ...

    def lost(self, way: str) -> bool: ...

    def first_byte(self, session: "FakeSession", line: str) -> None: ...

    def answering(self, session: "FakeSession", index: int) -> None: ...


@dataclass(frozen=True)
class Looked:
    """One look as it reached the bot; the truth at that moment beside it.

    Without a report, `why` says how it ended: silence, or a server that proved its key and said no more.
    """

    role: Role
    box: Role
    report: Report | None
    why: UnreachableReason | Ending | None
    true: float
    wrong: float
    truth: Pair


@dataclass
class FakeWire:
    """The servers as one bot process reaches them."""

    stage: Stage
    looks: list[Looked] = field(default_factory=list)

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        role = self._role(server)
        self.stage.gap(f"probe {role}")
        try:
            box = self._reach(role, server, seconds)
        except Unreachable as silence:
            self._saw(role, role, silence.why)
            raise
        return self._ask(role, box, seconds, f"probed {role}")

    @contextmanager
    def open(self, server: Server, seconds: float) -> Iterator["FakeSession"]:
        role = self._role(server)
        self.stage.gap(f"open {role}")
        box = self._reach(role, server, seconds)
        yield FakeSession(self, role, box, self.stage.far.boot[box], server.host_key, server.pty)

    def offered_key(self, login: Login, seconds: float, jump: Login | None = None) -> str:
        return self.stage.far.keys[Role.PRIMARY if login.host == "pam-primary" else Role.SECONDARY]

    @staticmethod
    def _role(server: Server) -> Role:
        return Role.PRIMARY if server.host == "pam-primary" else Role.SECONDARY

    def _reach(self, role: Role, server: Server, seconds: float) -> Role:
        far, clock = self.stage.far, self.stage.clock
        box = far.way[role]
        if not far.hears(box) or self.stage.lost("request"):
            clock.passes(seconds)
            raise Unreachable(UnreachableReason.NO_ANSWER)
        # A cloned machine has its twin's key: only its own words then tell it apart.
        if far.keys[box] != server.host_key and far.way[role] is role:
            raise Unreachable(UnreachableReason.WRONG_KEY)
        if not far.box(box).account:
            raise Unreachable(UnreachableReason.LOGIN)
        clock.passes(0.1)
        return box

    def _ask(
        self, role: Role, box: Role, seconds: float, arrived: str, alive: Callable[[], bool] = lambda: True
    ) -> Reply:
        """`ha-status` on a line that stands."""
        far = self.stage.far
        text, exit_status = far.status(box)
        truth = far.world.pair
        self.stage.gap(arrived)
        if not far.hears(box) or not alive() or self.stage.lost("reply"):
            self.stage.clock.passes(seconds)
            self._saw(role, box, Ending.TIMED_OUT)
            return Reply("", None, Ending.TIMED_OUT)
        self._saw(role, box, None, parse(text, self.stage.labels), truth)
        return Reply(clean(text), exit_status, Ending.EXITED)

    def _saw(
        self,
        role: Role,
        box: Role,
        why: UnreachableReason | Ending | None,
        report: Report | None = None,
        truth: Pair | None = None,
    ) -> None:
        clock = self.stage.clock
        now = self.stage.far.world.pair
        self.looks.append(Looked(role, box, report, why, clock.true, clock.wrong, truth or now))


@dataclass
class FakeSession:
    """One connection to one box; it dies with that box's life."""

    wire: FakeWire
    role: Role
    box: Role
    boot: int
    host_key: str
    pty: bool
    looks: list[Looked] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether what is sent now arrives."""
        far = self.wire.stage.far
        return far.boot[self.box] == self.boot and far.hears(self.box)

    def run(self, line: str, seconds: float) -> Reply:
        stage = self.wire.stage
        stage.gap(f"run {self.role}")
        if not self.alive or stage.lost("request"):
            stage.clock.passes(seconds)
            self.wire._saw(self.role, self.box, Ending.TIMED_OUT)
            reply = Reply("", None, Ending.TIMED_OUT)
        else:
            reply = self.wire._ask(self.role, self.box, seconds, f"ran {self.role}", lambda: self.alive)
        self.looks.append(self.wire.looks[-1])
        return reply

    def converse(
        self,
        line: str,
        dialogue: Sequence[Question],
        slots: Mapping[str, str],
        secrets: Mapping[str, str],
        seconds: float,
        before_answer: Callable[[int], bool],
        hears: Callable[[str, bool], None],
        goes_on: Callable[[], bool],
    ) -> Reply:
        stage = self.wire.stage
        script = AnswerScript(dialogue, {**slots, **secrets}, before_answer, hears=hears, goes_on=goes_on)
        stage.gap(f"send {self.role}")
        if not self.alive:
            stage.clock.passes(seconds)
            raise Unreachable(UnreachableReason.NO_ANSWER, "no answer: the line broke before the command")
        stage.first_byte(self, line)
        talk = Talk(self, script, Mask(secrets.values()), stage.clock.true + seconds)
        if stage.lost("request"):
            return talk.timed_out()
        return talk.hold(Command(line.removeprefix("sudo ").strip()))


class Talk:
    """One changing command on one session, as both ends live through it."""

    def __init__(self, session: FakeSession, script: AnswerScript, mask: Mask, until: float) -> None:
        self.session, self.script, self.mask, self.until = session, script, mask, until
        self.stage = session.wire.stage
        self.far = self.stage.far
        self.heard = ""
        self.answered = 0
        self.execution = Execution(self.stage.clock.true, lab(session.box), "")

    def hold(self, command: Command) -> Reply:
        self.execution = self.far.world.begin(lab(self.session.box), str(command))
        self.execution.changing = True
        self.stage.gap("arrived")
        why = effects.refusal(self.far.world.pair, lab(self.session.box), command)
        if why is not None:
            self._print(why + "\n")
            return self._ended(2)
        self._print(effects.announcement(self.far.world.pair, lab(self.session.box), command) + "\n")
        answers: dict[str, str] = {}
        surprise, self.far.surprise = self.far.surprise, None
        for name, prompt in questions(command, LAYOUTS[self.far.layout], surprise):
            if early := self._asked(prompt):
                return early
            answers[name] = self._answer()
            self.stage.gap("answer")
            if self.stage.lost("request") or (self.far.boot[self.session.box] != self.session.boot):
                return self._lost() if self.answered == len(self.script.questions) else self.timed_out()
            if not accepted(name, answers[name].lower(), LAYOUTS[self.far.layout]):
                self._print("Nothing was done.\n")
                return self._ended(1)
        work = self.far.begin(self.session.box, command, answers, self.stage.clock.true, self.execution)
        return self._work(work)

    def _asked(self, prompt: str) -> Reply | None:
        """The question as the bot meets it; a reply where it does not answer."""
        self._print(prompt)
        self.execution.asked.append(prompt)
        self.stage.gap("asked")
        if not self.session.alive or self.stage.lost("reply"):
            return self.timed_out()
        heard, known = clean(self.heard), self.script.questions
        if self.answered >= len(known) or not asks(known[self.answered], heard):
            return self._reply(None, Ending.UNEXPECTED, last_line(heard))
        if not self.script.may_answer(self.answered):
            return self._reply(None, Ending.STOPPED, last_line(heard))
        return None

    def _answer(self) -> str:
        self.stage.answering(self.session, self.answered)
        answer = self.script.answers[self.answered]
        self.answered += 1
        self._print(answer + "\r\n")  # a terminal echoes what is typed
        self.execution.answered.append(answer)
        return answer

    def _work(self, work: Work) -> Reply:
        """Wait for the end of what is at work, as long as the command may take."""
        self.stage.gap("work")
        self.script.hears(f"{work.command}: at work.", False)
        while work.due > self.stage.clock.true:  # it may take longer than its limit: nobody hangs up
            self.stage.clock.passes(min(PULSE, work.due - self.stage.clock.true))
            if not self.script.goes_on():
                return self._reply(None, Ending.LEFT)
        self.stage.gap("reply")
        if not work.alive and self.session.alive:
            return self._reply(None, Ending.LOST)
        if work.exit is None or not self.session.alive or self.stage.lost("reply"):
            if self.session.pty and work.pending:
                work.alive = False  # the terminal is hung up on, which ends the command
            return self._lost()
        self._print(work.text)
        return self._ended(work.exit)

    def _ended(self, exit_status: int) -> Reply:
        self.execution.exit = exit_status
        if not self.session.alive or self.stage.lost("reply"):
            return self._lost() if self.answered == len(self.script.questions) else self.timed_out()
        return self._reply(exit_status, Ending.EXITED)

    def _lost(self) -> Reply:
        """No word comes any more once nothing is left to answer: the network is given up, and nothing before."""
        self.stage.clock.passes(ACTION_PATIENCE)
        return self._reply(None, Ending.LOST)

    def timed_out(self) -> Reply:
        """No word comes any more; the deadline does."""
        self.stage.clock.passes(max(0.0, self.until - self.stage.clock.true))
        return self._reply(None, Ending.TIMED_OUT)

    def _print(self, text: str) -> None:
        self.heard += text

    def _reply(self, exit_status: int | None, ending: Ending, question: str | None = None) -> Reply:
        shown = self.mask.hide(question) if question else None
        return Reply(self.mask.hide(clean(self.heard)), exit_status, ending, self.answered, shown)
