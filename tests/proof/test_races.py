"""The short form of `python -m tests.proof.races`."""

import pytest

from tests.proof.races import races
from tests.support.postgres import Postgres

pytestmark = pytest.mark.needs("postgres")


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_approvals_raced_by_two_and_by_three_processes(postgres: Postgres) -> None:
    found = races(postgres, (2, 3), approvals=400, control=100, say=print)
    for one in found:
        if one.arm == "naive":
            assert one.doubles > 0, "this race could not tell a naive claim from a right one"
        else:
            assert (one.doubles, one.stuck, one.sound) == (0, 0, True)
