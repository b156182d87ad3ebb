"""The short form of `python -m tests.proof.kills`."""

import pytest

from tests.proof.kills import HOW, STEPS, VICTIMS, hits, kills

pytestmark = pytest.mark.needs("postgres", "sshd")


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_nothing_is_sent_twice_or_told_wrong_whoever_is_killed_or_frozen() -> None:
    found = kills(12, 3, print)
    assert [seen for seen in found if seen.wrong] == []
    assert max(seen.executed for seen in found) == 1, "nothing was ever executed"
    assert {seen.hit.victim for seen in found} == set(VICTIMS)


def test_the_long_form_strikes_everybody_at_every_step() -> None:
    planned = {(hit.victim, hit.how, hit.step) for hit in hits(144)}
    assert len(planned) == len(VICTIMS) * len(HOW) * len(STEPS)
    assert len(hits(144)) == 144
