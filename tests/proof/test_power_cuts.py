"""A power cut is told in time: a reduced form of `python -m tests.proof.power_cuts`."""

import pytest

from tests.proof.power_cuts import NEEDS, bound, play

pytestmark = [pytest.mark.proof, pytest.mark.needs(*NEEDS)]
LOOK = 5.0


@pytest.mark.parametrize("jump", [False, True])
def test_a_power_cut_is_told_within_an_interval_a_confirmation_and_six_seconds(jump: bool) -> None:
    cuts = play(2, LOOK, jump)
    assert [cut.server for cut in cuts] == ["Primary", "Secondary"]
    assert max(cut.told for cut in cuts) <= bound(LOOK), cuts
