"""When summaries are due: each time on the wall once, in spring and in autumn too."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.schedule import Schedule
from bot.scheduler.slots import on_wall, slots

HALF = timedelta(minutes=30)


def days(schedule: Schedule, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
    """Every slot with the moment at which it was first due, looked for each half hour."""
    found: list[tuple[str, datetime]] = []
    last, now = on_wall(f"{start:%Y-%m-%dT%H:%M}"), start
    while now <= end:
        due = slots(schedule, last, now)
        found += [(one, now) for one in due]
        last = on_wall(due[-1]) if due else last
        now += HALF
    return found


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type]


def test_a_time_that_comes_twice_in_autumn_is_due_once() -> None:
    found = days(Schedule("C1", "30 1 * * *", "Europe/London"), at(2026, 10, 24), at(2026, 10, 27))
    assert found == [
        ("2026-10-24T01:30", at(2026, 10, 24, 0, 30)),
        ("2026-10-25T01:30", at(2026, 10, 25, 0, 30)),
        ("2026-10-26T01:30", at(2026, 10, 26, 1, 30)),
    ]


def test_a_time_that_is_jumped_over_in_spring_is_due_all_the_same() -> None:
    found = days(Schedule("C1", "30 1 * * *", "Europe/London"), at(2026, 3, 28), at(2026, 3, 31))
    assert found == [
        ("2026-03-28T01:30", at(2026, 3, 28, 1, 30)),
        ("2026-03-29T01:30", at(2026, 3, 29, 1, 30)),
        ("2026-03-30T01:30", at(2026, 3, 30, 0, 30)),
    ]


def test_names_of_days_mean_what_they_say() -> None:
    found = days(Schedule("C1", "0 8 * * mon-fri", "UTC"), at(2026, 11, 20), at(2026, 11, 24, 9))
    assert [one for one, _ in found] == ["2026-11-20T08:00", "2026-11-23T08:00", "2026-11-24T08:00"]


def test_what_was_missed_is_counted_for_a_month_at_most() -> None:
    found = slots(Schedule("C1", "0 8 * * *", "UTC"), at(2025, 1, 1), at(2026, 1, 1))
    assert (len(found), found[-1]) == (31, "2025-12-31T08:00")


MORE_ZONES = [pytest.param(zone, marks=pytest.mark.proof) for zone in ("Europe/London", "America/St_Johns", "UTC")]


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", *MORE_ZONES])
def test_every_day_of_a_year_has_its_one(zone: str) -> None:
    found = days(Schedule("C1", "15 2 * * *", zone), at(2026, 1, 1, 12), at(2026, 12, 31, 12))
    walls = [one for one, _ in found]
    assert len(walls) == len(set(walls)) == 364 + (zone == "America/St_Johns") * 0
