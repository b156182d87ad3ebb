"""The databases that tests run on."""

import pytest

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres")))
# For rules that lie above the store, whose own tests run on both each time.
ENGINES_ABOVE = ("sqlite", pytest.param("postgresql", marks=[pytest.mark.proof, pytest.mark.needs("postgres")]))


@pytest.fixture(params=ENGINES_ABOVE)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The test runs on SQLite, and in the proofs on PostgreSQL too."""
    name: str = request.param
    return name
