"""The people who wait for a command's end once no question is left to answer.

They are told what the command prints, and asked whether they still wait.
"""

import logging
import time

from .prompt import surely_a_question
from .script import AnswerScript
from .transcript import Mask, clean

log = logging.getLogger(__name__)

PULSE = 1.0  # seconds between two questions whether somebody waits, and between two messages of output
SETTLED = 0.3
STRANGE = 0.8
LINES = 3  # newest lines of the output that are passed on


class Audience:
    """Passes a command's output on, and asks whether somebody still waits for its end.

    An error here never ends the dialogue: the command is at work, whoever can or cannot hear of it.
    """

    def __init__(self, script: AnswerScript, mask: Mask) -> None:
        self._script, self._mask = script, mask
        self._left = False
        self._asked = self._told_at = 0.0
        self._told = ("", False)

    @property
    def left(self) -> bool:
        """Whether nobody waits any more."""
        return self._left

    def waits(self) -> bool:
        """Ask, at most once a PULSE, whether somebody still waits for the end. If the question fails, somebody does."""
        if not self._left and time.monotonic() - self._asked >= PULSE:
            self._asked = time.monotonic()
            try:
                self._left = not self._script.goes_on()
            except Exception:
                log.exception("asked whether somebody still waits, got an error: going on")
        return not self._left

    def tell(self, heard: str, quiet: float) -> None:
        """Pass on what the command has printed: whole lines, and a last line that waits for an answer.

        `heard` is the output so far, `quiet` the seconds since its last piece.
        """
        if quiet < SETTLED or time.monotonic() - self._told_at < PULSE:
            return
        heard = clean(heard)
        asks = quiet >= STRANGE and surely_a_question(heard)
        whole = heard if asks else heard[: heard.rfind("\n") + 1]
        # A terminal echoes the typed answers, which are not output of the command.
        lines = [line for one in whole.splitlines() if (line := one.strip()) and line not in self._script.answers]
        told = (self._mask.hide("\n".join(lines[-LINES:])), asks)
        if told == self._told:
            return
        self._told, self._told_at = told, time.monotonic()
        try:
            self._script.hears(*told)
        except Exception:
            log.exception("told what the command says, got an error: going on")
