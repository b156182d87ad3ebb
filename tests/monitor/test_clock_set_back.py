"""A clock that is set back while the bot runs: what recurs goes on, by a clock that nobody sets."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers import base

from bot.domain.request import Stage
from bot.scheduler.steady_clock import SteadyScheduler
from bot.store import incidents, requests
from tests.monitor.house import House
from tests.store.given import asked

HOUR = timedelta(hours=1)


class Wall(datetime):
    """The wall clock as APScheduler reads it; `off` is what it has been set by."""

    off = timedelta(0)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.off  # type: ignore[arg-type]


@pytest.mark.parametrize("by", [-HOUR, -timedelta(days=400), -timedelta(seconds=90), timedelta(0), HOUR])
def test_what_recurs_goes_on_whatever_the_clock_is_set_by(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    monkeypatch.setattr(base, "datetime", Wall)
    monkeypatch.setattr(Wall, "off", timedelta(0))
    ran = threading.Semaphore(0)
    late = {"coalesce": True, "misfire_grace_time": None}  # as the bot has it
    scheduler = SteadyScheduler(lambda: Wall.now(UTC), timezone="UTC", job_defaults=late)
    scheduler.add_job(ran.release, "interval", seconds=0.05)
    scheduler.start()
    try:
        assert all(ran.acquire(timeout=20) for _ in range(3))
        monkeypatch.setattr(Wall, "off", by)
        assert all(ran.acquire(timeout=20) for _ in range(5)), "nothing is done by the clock"
    finally:
        scheduler.shutdown()


@pytest.mark.parametrize("back", [timedelta(seconds=40), timedelta(seconds=100), HOUR, timedelta(days=30)])
def test_a_look_comes_within_its_interval_after_the_clock_was_set_back(house: House, back: timedelta) -> None:
    house.pass_(70)
    house.clock.skew = -back
    house.off("london")
    house.pass_(60 + 6 + 2)
    assert house.open() == {"london": "no standby"}


def test_a_request_from_after_now_is_too_old(house: House) -> None:
    request = asked(house.store)
    house.clock.skew = -HOUR
    assert requests.expire(house.store) == 1
    assert requests.get(house.store, request.id).stage is Stage.EXPIRED


def test_an_hour_back_is_no_hour_without_reminders_and_escalation(house: House) -> None:
    house.off("london")
    house.pass_(70)
    assert house.open() == {"london": "no standby"}
    house.clock.skew = -HOUR
    assert incidents.nudge(house.store, timedelta(minutes=30)) == 1
    assert incidents.nudge(house.store, timedelta(minutes=30)) == 0
    assert incidents.escalate(house.store, "london", timedelta(minutes=15), ["C0GENERAL"])
    assert not incidents.escalate(house.store, "london", timedelta(minutes=15), ["C0GENERAL"])


def test_a_second_of_difference_is_how_clocks_are_kept_right(house: House) -> None:
    request = asked(house.store)
    house.clock.skew = -timedelta(seconds=5)
    assert requests.expire(house.store) == 0
    assert requests.get(house.store, request.id).stage is Stage.PENDING
