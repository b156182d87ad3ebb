"""The databases that tests run on."""

import pytest

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres")))
# For rules that lie above the store, whose own tests run on both each time.
ENGINES_ABOVE = ("sqlite", pytest.param("postgresql", marks=[pytest.mark.proof, pytest.mark.needs("postgres")]))
