"""One command on one channel, from the exec request to its end."""

import codecs
import logging
import time
from contextlib import suppress
from typing import Any

from bot.domain.pair import Question
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason

from .audience import PULSE, SETTLED, STRANGE, Audience
from .channel import open_channel, send_exec, send_signal
from .connection import Connection
from .deadline import Deadline, begun
from .prompt import HEARD, asks, last_line, perhaps_a_question, surely_a_question
from .script import AnswerScript
from .transcript import Mask, Transcript, clean

log = logging.getLogger(__name__)

TICK = 0.1
CHUNK = 32768
LINGER = 0.5
LET_GO = 0.5
DREGS = 64


class Dialogue:
    """Sends one command, reads its output to the end, and answers its known questions in order and nothing else.

    It is committed once no question is left to answer: from then on the command is at work on the pair, and the bot
    does not hang up on it.
    """

    def __init__(self, line: Connection, pty: bool, script: AnswerScript, mask: Mask, deadline: Deadline) -> None:
        self._line, self._pty, self._script, self._mask = line, pty, script, mask
        self._deadline = deadline
        self._transcript = Transcript(mask)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._heard = ""
        self._last = time.monotonic()
        self._exited: float | None = None
        self._answered = 0
        self._question: str | None = None
        self._channel: Any = None
        self._committed = not script.only_reads and not script.questions
        self._audience = Audience(script, mask)

    def hold(self, command: str, taken: Deadline | None = None, opened: Deadline | None = None) -> Reply:
        """Run the command and return its reply, by the deadline. Raises Unreachable if nothing was sent.

        `taken` is the time by which sshd must have accepted the command. `opened` is the time until which a channel for
        it may still be opened.
        """
        with (taken or self._deadline).guard(self._line.hang_up) as guard:
            self._channel = self._opened(opened) if opened else open_channel(self._line, self._pty, self._deadline)
            if self._committed:
                guard.cancel()
                self._send_and_wait(command)
            else:
                send_exec(self._channel, command)
        try:
            ending = self._hear_out()
        except Exception as error:  # the command was sent, so after any error of the bot its result is unknown
            log.error("a talk broke off: %s", type(error).__name__)
            ending = Ending.LOST
        if ending not in (Ending.EXITED, Ending.CLOSED) and not self.under_way:
            self._line.hang_up()
        return self._reply(ending)

    @property
    def under_way(self) -> bool:
        """Whether the command may be at work.

        That is so if no question is left to answer and the channel is open at the other end.
        """
        return self._committed and self._channel is not None and not self._channel.closed and self._line.alive

    def outlast(self) -> None:
        """Wait until the command has ended or the connection is lost.

        The output is read meanwhile, so that the command does not block on it.
        """
        while self.under_way:
            if self._read() == b"":
                self._channel.status_event.wait(TICK)
                time.sleep(TICK)

    def _send_and_wait(self, command: str) -> None:
        """Send a command that asks nothing.

        From here on the bot does not hang up, even if the server does not confirm that it has the command.
        """
        sent = begun(lambda: send_exec(self._channel, command))
        while self._audience.waits():
            with suppress(TimeoutError):
                sent.result(PULSE)
                break

    def _opened(self, until: Deadline) -> Any:
        """Open a channel in time. Raises Unreachable if the connection stalled.

        After a stall the probe before it is too old for a command to be sent on it.
        """
        with until.guard(self._line.hang_up):
            channel = open_channel(self._line, self._pty, until)
        if until.passed:
            raise Unreachable(
                UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: the line stalled before the command"
            )
        return channel

    def _hear_out(self) -> Ending:
        with self._deadline.guard(self._line.hang_up) as self._guard:
            if self._committed:
                self._guard.cancel()
            ending = self._listen()
            if self._committed:
                return ending
            if ending in (Ending.UNEXPECTED, Ending.STOPPED, Ending.TIMED_OUT):
                self._interrupt()
            with suppress(Exception):
                self._channel.close()
        return ending

    def _commit(self) -> None:
        """Mark that no question is left to answer, and cancel the guard.

        From here on the command is at work on the pair, and the bot does not hang up, however long it takes.
        """
        self._committed = True
        self._guard.cancel()

    @property
    def _over(self) -> bool:
        """Whether the bot stops listening of its own accord."""
        return not self._audience.waits() if self._committed else self._deadline.passed

    def _interrupt(self) -> None:
        """Interrupt the command by Ctrl-C, or by a signal if there is no terminal.

        Without either the channel would just close, and the command may answer its question with the default at end of
        input.
        """
        with suppress(Exception):
            if self._pty:
                self._channel.sendall(b"\x03")
            else:
                send_signal(self._channel, "INT")
            self._channel.status_event.wait(min(LET_GO, self._deadline.left))

    def _listen(self) -> Ending:
        self._last = time.monotonic()
        while not self._over:
            if self._committed:
                self._audience.tell(self._heard, self._quiet)
            chunk = self._read()
            if chunk == b"":
                break
            if chunk is not None:
                self._take(chunk)
                continue
            if self._exit() is None:
                ending = self._look()
                if ending:
                    return ending
            elif self._lingers:
                break
        return self._ended()

    @property
    def _lingers(self) -> bool:
        """Whether the command ended a while ago, but a child that it left behind holds the channel open."""
        now = time.monotonic()
        # Counted from the exit, not only from the last output, which may still be on its way.
        self._exited = self._exited or now
        return now - max(self._exited, self._last) > LINGER

    def _read(self) -> bytes | None:
        """Read a chunk: b"" at the end of the output, None if nothing arrived for a tick."""
        self._channel.settimeout(TICK if self._committed else min(TICK, self._deadline.left) or 0.001)
        try:
            return bytes(self._channel.recv(CHUNK))
        except TimeoutError:
            return None
        except Exception:
            return b""  # reading also sends, to open the window, and so fails on a dead connection

    def _take(self, chunk: bytes, final: bool = False) -> None:
        text = self._decode(chunk, final)
        self._transcript.add(text)
        self._heard = (self._heard + text)[-HEARD:]
        self._last = time.monotonic()

    @property
    def _quiet(self) -> float:
        return time.monotonic() - self._last

    def _look(self) -> Ending | None:
        """Decide what silence after the last output means: the expected question, another one, or just time passing."""
        expected = self._expected
        heard = clean(self._heard)
        if expected and self._quiet >= SETTLED and asks(expected, heard):
            return self._answer(expected)
        # Once all questions are answered, ending the command at another question would leave the pair half-way. People
        # hear of that question instead.
        if self._committed or self._quiet < STRANGE or not self._strange(heard):
            return None
        self._question = last_line(heard)
        return Ending.UNEXPECTED

    @property
    def _expected(self) -> Question | None:
        left = self._script.questions[self._answered :]
        return left[0] if left else None

    def _strange(self, heard: str) -> bool:
        known = self._script.questions
        if surely_a_question(heard) or any(asks(question, heard) for question in known):
            return True
        # "Demoting Primary:" is a step, not a question. But until the last question is answered nothing is lost by
        # stopping.
        return self._expected is not None and perhaps_a_question(heard)

    def _answer(self, expected: Question) -> Ending | None:
        if not self._allowed():
            self._question = last_line(clean(self._heard))
            return Ending.STOPPED
        while self._channel.recv_ready() and not self._deadline.passed:
            self._take(self._read() or b"")
        if self._channel.closed or self._channel.eof_received or self._deadline.passed:
            return None
        if not asks(expected, clean(self._heard)):
            # The command moved on while the bot asked for permission: the question there now is not the approved one.
            self._question = last_line(clean(self._heard))
            return Ending.UNEXPECTED
        self._transcript.add(self._shown(self._answered))
        if self._answered == len(self._script.questions) - 1:
            self._commit()
        self._type(self._script.answers[self._answered])
        return None

    def _shown(self, place: int) -> str:
        """Return the answer as the transcript shows it.

        A terminal echoes an answer by itself, unless it is a secret.
        """
        shown = self._script.shown[place]
        if not self._pty:
            return f"{shown}\n"
        return "" if shown == self._script.answers[place] else shown

    def _allowed(self) -> bool:
        try:
            return self._script.may_answer(self._answered)
        except Exception:
            log.exception("asked whether to answer, got an error: not answered")
            return False

    def _type(self, answer: str) -> None:
        # Counted before it is sent: an answer that may have left counts as given.
        self._answered += 1
        self._heard = ""
        self._last = time.monotonic()
        self._channel.settimeout(self._deadline.left)
        with suppress(Exception):
            self._channel.sendall(answer.encode() + (b"\r" if self._pty else b"\n"))

    def _exit(self) -> int | None:
        # -1 is paramiko's value for no exit status: the command was killed by a signal, or the connection was lost.
        status = self._channel.exit_status
        return int(status) if self._channel.status_event.is_set() and status != -1 else None

    def _ended(self) -> Ending:
        while not (self._channel.status_event.wait(TICK) or self._over):
            if self._channel.closed or not self._line.alive:
                break
        for _ in range(DREGS):
            if self._channel.recv_ready():
                self._take(self._read() or b"")
        if self._exit() is not None:
            return Ending.EXITED
        if self._committed:
            if self._audience.left:
                return Ending.LEFT
            return Ending.CLOSED if self._closed_by_peer else Ending.LOST
        if not self._deadline.passed:
            return Ending.CLOSED if self._closed_by_peer else Ending.LOST
        heard = clean(self._heard)
        self._question = last_line(heard) if perhaps_a_question(heard) else None
        return Ending.TIMED_OUT

    @property
    def _closed_by_peer(self) -> bool:
        """Whether the server closed the channel in order.

        A connection that breaks closes its channel too, but dies a moment later, so this waits for a tick.
        """
        if self._channel.closed and self._line.alive:
            time.sleep(min(TICK, self._deadline.left))
        return bool(self._channel.closed and self._line.alive)

    def _reply(self, ending: Ending) -> Reply:
        self._take(b"", final=True)
        question = self._mask.hide(self._question) if self._question else None
        exit_status = self._exit() if ending is Ending.EXITED else None
        return Reply(self._transcript.text(), exit_status, ending, self._answered, question)
