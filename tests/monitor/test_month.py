"""A month for a few pairs, held against the truth; `python -m tests.monitor.month` plays it for twenty."""

from collections.abc import Iterator

import pytest

from tests.monitor.month import Month, play
from tests.support.postgres import Postgres

KINDS = ("no standby", "primary gone", "degraded", "split brain", "two steps", "blip", "worked on")


@pytest.fixture
def postgres_url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """A database of its own with the tables."""
    name = postgres.create(postgres_template)
    yield postgres.url(name)
    postgres.drop(name)


def all_sorts(month: Month) -> None:
    """Nothing of what the month is for was left out."""
    assert all(month.counts[kind] for kind in (*KINDS, "Slack away", "clock steps", "restarts"))
    assert (month.counts["storms"], month.counts["summaries"] > 70) == (2, True)


def test_some_days_are_told_once_and_wholly() -> None:
    month, wrong = play(pairs=3, days=4, seed=1)
    assert wrong == []
    assert month.counts["storms"] == 2


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_a_month_is_told_once_and_wholly() -> None:
    month, wrong = play(pairs=4, days=31, seed=3)
    assert wrong == []
    all_sorts(month)


@pytest.mark.proof
@pytest.mark.needs("postgres")
@pytest.mark.timeout(1800)
def test_so_is_a_short_one_on_postgresql(postgres_url: str) -> None:
    month, wrong = play(pairs=3, days=14, seed=2, url=postgres_url)
    assert wrong == []
    assert month.counts["storms"] == 2
    assert month.counts["incidents"] > 3 * 2
