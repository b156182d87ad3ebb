"""A clock that was wrong, or was set while no process lived: nothing goes blind, nothing is released."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.domain.pair import Role
from bot.domain.request import Phase
from bot.domain.schedule import Schedule
from bot.scheduler import sweep
from bot.scheduler.summaries import make_summaries
from bot.services import Monitor, close, keep_pace, resume_pace
from bot.store import runs, sightings, summaries
from tests.monitor.house import House
from tests.services.held import killed, nothing_is_released
from tests.support.refusals import refused
from tests.support.stage import CAROL, Stage_

AHEAD = [timedelta(hours=3), timedelta(days=40)]
OFTEN = Schedule("C1", "*/5 * * * *")


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    found = Stage_(tmp_path)
    found.world.own = {Role.PRIMARY: "Active", Role.SECONDARY: "Promoted Active"}
    return found


def lived(house: House, ahead: timedelta) -> None:
    """It has lived by a clock that was right, then by one that was ahead, and starts anew by a right one."""
    house.only("london")
    house.pass_(70)
    house.clock.skew = ahead
    house.pass_(70)
    make_summaries(house.desk, [OFTEN])
    house.pass_(300)
    assert make_summaries(house.desk, [OFTEN]) == 1
    house.clock.skew = timedelta(0)
    house.watch = Monitor(
        house.desk,
        house.clock.submit,
        house.clock.pause,
        dice=Random(1),
        steady=lambda: house.clock.true.timestamp(),
    )


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_looks_go_on_and_what_was_seen_in_the_future_is_not_taken_for_news(house: House, ahead: timedelta) -> None:
    lived(house, ahead)
    assert sightings.looked_at(house.store, "london") is None, "nobody knows when that was"
    house.off("london")
    house.pass_(60 + 6 + 2)
    assert house.open() == {"london": "no standby"}
    looked = sightings.looked_at(house.store, "london")
    assert looked
    assert looked <= house.clock.now()


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_summaries_go_on_at_the_next_of_their_times(house: House, ahead: timedelta) -> None:
    lived(house, ahead)
    made = []
    for _ in range(4):
        make_summaries(house.desk, [OFTEN])
        house.pass_(300)
        make_summaries(house.desk, [OFTEN])
        last = summaries.last(house.store, "C1", f"{house.clock.now():%Y-%m-%dT%H:%M}")
        made.append((last.due[11:], last.missed) if last else None)
    assert len(set(made)) == 4, made
    assert all(one and one[1] == 0 for one in made), made


@pytest.mark.parametrize("by", AHEAD, ids=str)
def test_a_clock_that_was_set_while_no_process_lived_releases_nothing(s: Stage_, by: timedelta) -> None:
    passed = [0.0]
    desk = replace(killed(s), elapsed=lambda: passed[0])
    s.clock.at += by
    resume_pace(desk)
    nothing_is_released(s, desk, passed)
    s.clock.tick(minutes=2)
    passed[0] += 120
    assert close(desk, 1, CAROL, Phase.DID_NOT).phase is Phase.DID_NOT


def test_a_time_that_was_stored_by_a_clock_that_was_ahead_holds(s: Stage_) -> None:
    passed = [0.0]
    desk = replace(killed(s), elapsed=lambda: passed[0])
    until = runs.get(s.store, 1).decidable_at
    s.clock.at -= timedelta(hours=3)
    resume_pace(desk)
    keep_pace(desk)
    assert runs.get(s.store, 1).decidable_at == until
    with refused("It may still be running"):
        close(desk, 1, CAROL, Phase.DID_NOT)


def test_what_could_be_decided_while_a_process_lived_still_can_be_after_a_night(s: Stage_) -> None:
    desk = replace(killed(s), elapsed=lambda: 0.0)
    s.clock.tick(minutes=17)
    sweep(desk)  # a process lives, and tells people that they may decide
    until = runs.get(s.store, 1).decidable_at
    s.clock.tick(hours=8)
    desk = replace(desk, pace=type(desk.pace)())
    resume_pace(desk)
    assert runs.get(s.store, 1).decidable_at == until
