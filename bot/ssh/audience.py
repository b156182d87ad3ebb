"""Those who wait for a command's end once nothing is left to answer: told what it says, asked whether they still do."""

import logging
import time

from .prompt import surely_a_question
from .script import AnswerScript
from .transcript import Mask, clean

log = logging.getLogger(__name__)

PULSE = 1.0  # seconds between two questions, and between two words
SETTLED = 0.3
STRANGE = 0.8
LINES = 3  # of what the command says, the newest


class Audience:
    """What fails here never ends the talk: the command is at work, whoever can or cannot hear of it."""

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
        """Ask whether somebody still waits for the end; who cannot be asked does."""
        if not self._left and time.monotonic() - self._asked >= PULSE:
            self._asked = time.monotonic()
            try:
                self._left = not self._script.goes_on()
            except Exception:
                log.exception("asked whether somebody still waits, got an error: going on")
        return not self._left

    def tell(self, heard: str, quiet: float) -> None:
        """Tell what the command says: whole lines, and what waits for an answer."""
        if quiet < SETTLED or time.monotonic() - self._told_at < PULSE:
            return
        heard = clean(heard)
        asks = quiet >= STRANGE and surely_a_question(heard)
        whole = heard if asks else heard[: heard.rfind("\n") + 1]
        # A terminal shows what is typed as well.
        lines = [line for one in whole.splitlines() if (line := one.strip()) and line not in self._script.answers]
        told = (self._mask.hide("\n".join(lines[-LINES:])), asks)
        if told == self._told:
            return
        self._told, self._told_at = told, time.monotonic()
        try:
            self._script.hears(*told)
        except Exception:
            log.exception("told what the command says, got an error: going on")
