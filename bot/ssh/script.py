"""The questions that a command may ask, with answers that are prepared before anything is sent."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from bot.domain.pair import Question


class AnswerScript:
    """The questions that a command may ask, with their answers: as they are typed, and as they are shown.

    For a slot in `secret` only its name is shown. `may_answer` is asked before each answer. Once no question is left,
    `hears` is given the command's output and whether that asks something, and `goes_on` says whether somebody still
    waits for the command's end.
    """

    def __init__(
        self,
        questions: Sequence[Question] = (),
        values: Mapping[str, str] | None = None,
        may_answer: Callable[[int], bool] = lambda _: True,
        only_reads: bool = False,
        secret: Collection[str] = (),
        hears: Callable[[str, bool], None] = lambda _words, _asks: None,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> None:
        names = {slot: f"«{slot.replace('_', ' ')}»" for slot in secret}
        self.questions = tuple(questions)
        self.answers = tuple(fill(question.answer, values or {}) for question in questions)
        self.shown = tuple(fill(question.answer, {**(values or {}), **names}) for question in questions)
        self.may_answer = may_answer
        self.only_reads = only_reads
        self.hears = hears
        self.goes_on = goes_on


def fill(answer: str, values: Mapping[str, str]) -> str:
    """Return the answer with its `{slots}` filled, each once.

    Raises ValueError, without the value, if one cannot be.
    """

    def value(slot: re.Match[str]) -> str:
        value = values.get(slot[1])
        if value is None or not value.isprintable():
            # A newline in a value would also answer the next question.
            raise ValueError(f"the slot {slot[1]} has no value that can be typed")
        return value

    return re.sub(r"\{(\w+)\}", value, answer)
