"""What is done by the clock while the database is away: the clock goes on, and says so once."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.errors import Refusal
from bot.scheduler import make_scheduler
from tests.monitor.house import House


def until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.02)


def rename(house: House, old: str, new: str) -> None:
    with house.store.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_a_database_that_is_away_is_no_clock_that_stands_still(house: House, caplog: pytest.LogCaptureFixture) -> None:
    ticked: list[str] = []
    caplog.set_level(logging.WARNING, "bot.scheduler")
    scheduler = make_scheduler(
        house.desk, sweep_seconds=0.05, ticked=lambda job: ticked.extend([job] * (job == "sweep"))
    )
    scheduler.start()
    try:
        until(lambda: len(ticked) > 1)
        rename(house, "request", "gone")
        until(lambda: "failed" in caplog.text)
        before = len(ticked)
        rename(house, "gone", "request")
        until(lambda: "works again" in caplog.text)
        until(lambda: len(ticked) > before)
    finally:
        scheduler.shutdown()
    told = [record.getMessage() for record in caplog.records if record.name == "bot.scheduler"]
    assert len(told) == 2
    assert told[0].startswith("what is done by the clock failed: sweep: My database c")
    assert told[1] == "what is done by the clock works again: sweep"


FAILS = """
import time
from apscheduler.schedulers.background import BackgroundScheduler
from bot import logs

logs.begin("plain", False, ())
scheduler = BackgroundScheduler()
for job in (lambda: 1 / 0, lambda: time.sleep(0.5)):
    scheduler.add_job(job, "interval", seconds=0.1)
scheduler.start()
time.sleep(1)
scheduler.shutdown()
"""


@pytest.mark.proof
def test_the_scheduler_itself_says_nothing_of_each_tick_that_fails_or_is_left_out() -> None:
    ran = subprocess.run([sys.executable, "-c", FAILS], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr == ""


def test_after_a_database_that_was_away_an_alert_comes_in_its_usual_time(house: House) -> None:
    house.pass_(70)
    rename(house, "tick", "gone")
    house.off("london")
    for _ in range(40):
        with pytest.raises(Refusal):
            house.pass_(1)
        house.clock.advance(house.clock.true + timedelta(seconds=1))
    rename(house, "gone", "tick")
    assert house.open() == {}
    house.pass_(60 + 5 + 2)
    assert house.open() == {"london": "no standby"}
