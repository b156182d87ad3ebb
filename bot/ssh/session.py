"""Several commands over one fresh connection."""

from collections.abc import Callable, Mapping, Sequence

from bot.domain.pair import Question
from bot.domain.transport import Reply

from .connection import Connection
from .deadline import Deadline
from .dialogue import Dialogue
from .script import AnswerScript
from .transcript import Mask

FRESH = 10.0  # seconds for which a probe is recent enough to send a command on it


class Session:
    """One connection to one server. After a command that ended without an exit status, nothing more is sent over it."""

    def __init__(self, line: Connection, pty: bool) -> None:
        self._line, self._pty = line, pty
        self._fresh: Deadline | None = None
        self._talk: Dialogue | None = None

    @property
    def under_way(self) -> bool:
        """Whether a changing command may still be at work at the other end."""
        return self._talk is not None and self._talk.under_way

    def outlast(self) -> None:
        """Keep the connection open until the command has ended."""
        if self._talk:
            self._talk.outlast()

    def run(self, line: str, seconds: float) -> Reply:
        """Run a command that asks nothing. Raises Unreachable only if it was not sent."""
        self._fresh = Deadline(FRESH)  # counted from the request, not from the reply, which may have been held up
        return Dialogue(self._line, self._pty, AnswerScript(only_reads=True), Mask(), Deadline(seconds)).hold(line)

    def converse(
        self,
        line: str,
        dialogue: Sequence[Question],
        slots: Mapping[str, str],
        secrets: Mapping[str, str],
        seconds: float,
        before_answer: Callable[[int], bool],
        hears: Callable[[str, bool], None] = lambda _words, _asks: None,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> Reply:
        """Run a command and answer its known questions.

        If it was not sent, raises Unreachable, or ValueError for a bad slot. After a `run` it is sent only while that
        result is fresh, however the connection stalls in between.
        """
        script = AnswerScript(
            dialogue, {**slots, **secrets}, before_answer, secret=secrets, hears=hears, goes_on=goes_on
        )
        self._talk = Dialogue(self._line, self._pty, script, Mask(secrets.values()), Deadline(seconds))
        return self._talk.hold(line, opened=self._fresh)
