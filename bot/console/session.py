"""Several commands over one fresh line."""

from collections.abc import Callable, Mapping, Sequence

from bot.domain.pair import Question
from bot.domain.reply import Reply

from .deadline import Deadline
from .line import Line
from .script import Script
from .talk import Talk
from .transcript import Mask

FRESH = 10.0  # seconds for which a look is good enough to send a command on


class Session:
    """One transport to one server; after any ending but EXITED it is closed."""

    def __init__(self, line: Line, pty: bool) -> None:
        self._line, self._pty = line, pty
        self._fresh: Deadline | None = None

    def run(self, line: str, seconds: float) -> Reply:
        """Run a line that asks nothing; raises Silence only where it was not sent."""
        self._fresh = Deadline(FRESH)  # from the question on, not from the answer: that may have been held up
        return Talk(self._line, self._pty, Script(), Mask(), Deadline(seconds)).hold(line)

    def converse(
        self,
        line: str,
        dialogue: Sequence[Question],
        slots: Mapping[str, str],
        secrets: Mapping[str, str],
        seconds: float,
        before_answer: Callable[[int], bool],
    ) -> Reply:
        """Run a line and answer its known questions; Silence, or ValueError for a bad slot, if not sent.

        After a `run` it is sent only while what that told is fresh, however the line stalls in between.
        """
        script = Script(dialogue, {**slots, **secrets}, before_answer, secret=secrets)
        mask = Mask(secrets.values())
        return Talk(self._line, self._pty, script, mask, Deadline(seconds)).hold(line, opened=self._fresh)
