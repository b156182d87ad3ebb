"""What most tests of what is said begin with."""

from pathlib import Path

import pytest

from tests.views.house import House


@pytest.fixture
def s(tmp_path: Path) -> House:
    """A split brain that is known."""
    found = House(tmp_path)
    found.become("Active", "Active")
    found.look()
    return found
