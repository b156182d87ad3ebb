"""What came back over a wire: a Reply where a command was sent, a Unreachable where none was."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.pair import Login, Question, Server


class Ending(StrEnum):
    """How one command line ended, as seen from here; only EXITED is a definite reply.

    CLOSED is what some appliances do at every end: the channel is closed, the line lives, and no exit status came.
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
    """What a command that was sent printed (secrets masked), its exit status and the questions answered."""

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
)  # said by one that showed the pinned key: it runs


class Unreachable(Exception):
    """Nothing was sent: `why` it could not be, in words that go on with "the server …".

    `ours`: the server was not even called, through a fault or a limit of this bot or of a jump host, so that this says
    nothing about the server. `reason` is what the words say without that it was not asked.
    """

    def __init__(self, why: UnreachableReason, words: str = "", ours: bool = False, reason: str = "") -> None:
        super().__init__(words or why.value)
        self.why = why
        self.words = words or why.value
        self.ours = ours
        self.reason = reason or self.words


def not_asked(reason: str, why: UnreachableReason = UnreachableReason.NOT_ASKED) -> Unreachable:
    """The Unreachable of a server that this bot did not call, for a reason that is not the server's."""
    return Unreachable(why, f"{UnreachableReason.NOT_ASKED.value}: {reason}", ours=True, reason=reason)


def fault(error: BaseException) -> Unreachable:
    """The Unreachable of a server that this bot could not call, because the bot itself broke."""
    said = getattr(error, "strerror", None) or " ".join(str(error).split())[:100]
    kind = type(error).__name__
    return not_asked(f"a fault of mine ({f'{kind}: {said}' if said else kind})")


class Session(Protocol):
    """One transport to one server, several commands."""

    def run(self, line: str, seconds: float) -> Reply:
        """Run a line that asks nothing; the reply comes within `seconds` whatever the server does."""

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
        """Run a line and answer its known questions, each once, in order, and nothing else.

        `seconds` bounds it until the last answer (of a line that asks nothing: until it is sent). From then on it lasts
        until the command ends, the line is lost or `goes_on` says no; `hears` is told what the command says meanwhile,
        and whether that asks something.
        """


class ServerClient(Protocol):
    """The way to the servers: the real one is `bot.ssh.Console`."""

    def open(self, server: Server, seconds: float) -> AbstractContextManager[Session]:
        """A fresh connection; raises Unreachable when nothing could be sent."""

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        """One reading line over a connection that is kept open; raises Unreachable."""

    def offered_key(self, login: Login, seconds: float, jump: Login | None = None) -> str:
        """The host key the server offers now, as an OpenSSH line; raises Unreachable."""
