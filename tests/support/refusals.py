"""Refusals as people read them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.domain.errors import Refusal
from bot.views.refusals import plain_words


@contextmanager
def refused(match: str) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """Hold that the block is refused in words that match, as the command line shows them: with ids for mentions."""
    with pytest.raises(Refusal) as told:
        yield told
    words = plain_words(told.value)
    assert re.search(match, words), f"{words!r} does not match {match!r}"
