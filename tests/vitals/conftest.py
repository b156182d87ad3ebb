"""On which databases the tests of the watch over the bot itself run."""

import pytest

from tests.support.engines import ENGINES_ABOVE


@pytest.fixture(params=ENGINES_ABOVE)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The test runs on SQLite, and in the proofs on PostgreSQL too."""
    name: str = request.param
    return name
