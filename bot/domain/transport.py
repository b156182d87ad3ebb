"""What comes back from a server: a Reply where a command was sent, or Unreachable where none was."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.pair import Login, Question, Server


class Ending(StrEnum):
    """How one command line ended, as the bot sees it. Only EXITED is a definite reply.

    CLOSED is how every command ends on some appliances: the channel is closed without an exit status, while the
    connection stays open.
    """

    EXITED = "exited"
    CLOSED = "it closed the channel without an exit status"
    LOST = "the line broke"
    TIMED_OUT = "no end within its time"
    UNEXPECTED = "it asked a question I do not know"
    STOPPED = "stopped before it was answered"
    LEFT = "nobody waited for its end"


@dataclass(frozen=True)
class Reply:
    """What a command printed after it was sent (secrets masked), its exit status, and how many questions were answered.

    `question` is the unknown question that it asked, if any.
    """

    text: str
    exit: int | None
    ending: Ending
    answered: int = 0
    question: str | None = None


class UnreachableReason(StrEnum):
    """Why a server could not be asked at all."""

    NO_ANSWER = "no answer"
    REFUSED = "connection refused"
    NO_ADDRESS = "its name does not resolve"
    ELSEWHERE = "it is not on this machine, and I may call nothing else (PAIRKEEPER_LOOPBACK_ONLY)"
    WRONG_KEY = "its host key is not the pinned one"
    BAD_PIN = "the pinned host key cannot be read"
    LOGIN = "it refused the login"
    NO_EXEC = "it gives an interactive shell only"
    NO_PTY = "it refused a terminal (pty)"
    JUMP = "the jump host could not be passed"
    NOT_ASKED = "not asked"


PROVED = frozenset(
    {UnreachableReason.LOGIN, UnreachableReason.NO_EXEC, UnreachableReason.NO_PTY}
)  # the server showed its pinned host key before it gave one of these reasons, so it is running


class Unreachable(Exception):
    """Nothing was sent. `why` says why that was impossible, in words that continue "the server …".

    `ours` is set where the server was not even called, because of a fault or limit of this bot or of a jump host. Then
    this says nothing about the server, and `reason` is what the words say after "not asked".
    """

    def __init__(self, why: UnreachableReason, words: str = "", ours: bool = False, reason: str = "") -> None:
        super().__init__(words or why.value)
        self.why = why
        self.words = words or why.value
        self.ours = ours
        self.reason = reason or self.words


def not_asked(reason: str, why: UnreachableReason = UnreachableReason.NOT_ASKED) -> Unreachable:
    """Return the Unreachable of a server that this bot did not call, for a reason that is not the server's."""
    return Unreachable(why, f"{UnreachableReason.NOT_ASKED.value}: {reason}", ours=True, reason=reason)


def fault(error: BaseException) -> Unreachable:
    """Return the Unreachable of a server that this bot could not call because the bot itself failed."""
    words = getattr(error, "strerror", None) or " ".join(str(error).split())[:100]
    kind = type(error).__name__
    return not_asked(f"a fault of mine ({f'{kind}: {words}' if words else kind})")


class Session(Protocol):
    """One connection to one server, for several commands."""

    def run(self, line: str, seconds: float) -> Reply:
        """Run a line that asks nothing. Returns within `seconds`, whatever the server does."""

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
        """Run a line and answer its known questions, each once and in order. Any other question is not answered.

        `seconds` limits the time until the last answer (for a line that asks nothing, until it is sent). After that it
        lasts until the command ends, the connection is lost, or `goes_on` returns false. Meanwhile `hears` gets what
        the command prints, and whether that asks something.
        """


class ServerClient(Protocol):
    """How the servers are reached. The real implementation is `bot.ssh.SshClient`."""

    def open(self, server: Server, seconds: float) -> AbstractContextManager[Session]:
        """Open a fresh connection. Raises Unreachable when nothing could be sent."""

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        """Send one reading line over a connection that is kept open. Raises Unreachable."""

    def offered_key(self, login: Login, seconds: float, jump: Login | None = None) -> str:
        """Return the host key that the server offers now, as an OpenSSH line. Raises Unreachable."""
