"""A month in about a minute, held against the truth; `python -m tests.watching.month` prints its counts."""

import os

import pytest

from tests.watching.month import play

pytestmark = pytest.mark.skipif("PAIRKEEPER_LONG" not in os.environ, reason="the long form: PAIRKEEPER_LONG=1")


@pytest.mark.timeout(900)
def test_a_month_is_told_once_and_wholly() -> None:
    month, wrong = play(pairs=20, days=31, seed=1)
    assert wrong == []
    kinds = ("no standby", "primary gone", "degraded", "split brain", "two steps", "blip", "worked on")
    assert all(month.counts[kind] >= 3 for kind in (*kinds, "Slack away", "clock steps", "restarts"))
    assert (month.counts["storms"], month.counts["summaries"] > 70) == (2, True)
