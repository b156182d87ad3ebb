"""A play per test, small and short-lived."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.play import Play


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., Play]]:
    """Start a play with these pairs; everything is stopped at the end."""
    with ExitStack() as stack:
        yield lambda *pairs, **more: stack.enter_context(Play(tmp_path, *(pairs or ({},)), **more))


Start = Callable[..., Any]
