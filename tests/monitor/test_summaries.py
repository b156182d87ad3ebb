"""From when on a channel gets its summaries, and what is caught up."""

from datetime import timedelta

from bot.domain.schedule import Schedule
from bot.scheduler.summaries import make_summaries
from bot.store import summaries
from tests.monitor.house import START, House

HERE, LATER = Schedule("C1", "0 * * * *"), Schedule("C2", "0 * * * *")  # every full hour


def made(house: House, channel: str) -> tuple[str, int] | None:
    """The channel's newest summary: its time on the wall, and how many were missed before it."""
    last = summaries.last(house.store, channel)
    return (last.due[-5:], last.missed) if last else None


def test_the_first_start_counts_from_its_first_look(house: House) -> None:
    house.clock.advance(START + timedelta(minutes=59, seconds=55))
    house.pass_(3)
    house.clock.advance(START + timedelta(minutes=60, seconds=5))
    make_summaries(house.desk, [HERE])
    assert made(house, "C1") == ("04:00", 0)


def test_a_schedule_that_is_added_later_has_missed_nothing(house: House) -> None:
    house.pass_(5)
    make_summaries(house.desk, [HERE])
    house.clock.advance(START + timedelta(days=3, minutes=30))
    make_summaries(house.desk, [HERE, LATER])
    assert made(house, "C2") is None
    house.clock.advance(START + timedelta(days=3, hours=1))
    make_summaries(house.desk, [HERE, LATER])
    assert made(house, "C2") == ("04:00", 0)


def test_what_was_missed_since_it_was_added_is_caught_up_once(house: House) -> None:
    house.pass_(5)
    make_summaries(house.desk, [HERE])
    house.clock.advance(START + timedelta(hours=3))
    assert make_summaries(house.desk, [HERE]) == 1
    assert made(house, "C1") == ("06:00", 2)
    assert make_summaries(house.desk, [HERE]) == 0


def test_a_schedule_whose_times_change_has_missed_none_of_the_new_ones(house: House) -> None:
    morning = Schedule("C1", "0 4 * * *")
    house.pass_(5)
    make_summaries(house.desk, [morning])
    house.clock.advance(START + timedelta(hours=1))
    assert make_summaries(house.desk, [morning]) == 1
    house.clock.advance(START + timedelta(hours=8, minutes=30))
    assert make_summaries(house.desk, [HERE]) == 0
    house.clock.advance(START + timedelta(hours=9))
    assert make_summaries(house.desk, [HERE]) == 1
    assert made(house, "C1") == ("12:00", 0)


def test_what_an_older_release_was_too_late_for_is_caught_up(house: House) -> None:
    house.pass_(5)
    summaries.make(house.store, HERE, "2026-03-01T04:00", None, 0)
    house.clock.advance(START + timedelta(hours=3))
    assert make_summaries(house.desk, [HERE]) == 1
    assert made(house, "C1") == ("06:00", 1)


def test_what_was_due_before_anybody_looked_was_not_missed(house: House) -> None:
    make_summaries(house.desk, [HERE])
    house.clock.advance(START + timedelta(hours=3, minutes=30))
    make_summaries(house.desk, [HERE])
    assert made(house, "C1") is None
    house.pass_(5)
    house.clock.advance(START + timedelta(hours=4))
    make_summaries(house.desk, [HERE])
    assert made(house, "C1") == ("07:00", 0)
