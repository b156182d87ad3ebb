"""Every code has words, and no two situations have the same title."""

import pytest

from bot.domain.approval import Standing
from bot.domain.code import Code
from bot.domain.outcome import Outcome
from bot.domain.request import Ended, Note, Phase, Stage, Step
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import Health
from bot.views.wording import term

CODES: tuple[type[Code], ...] = (
    Ended,
    Health,
    Note,
    Outcome,
    Phase,
    SituationCode,
    Stage,
    Standing,
    StatementKind,
    Step,
)


@pytest.mark.parametrize("kind", CODES)
def test_every_code_has_words_of_its_own(kind: type[Code]) -> None:
    words = [term(code) for code in kind]
    assert all(words)
    assert not any("_" in word for word in words)
    assert len(set(words)) == len(words)
