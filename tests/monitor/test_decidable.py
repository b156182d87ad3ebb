"""People are called to decide a run of unknown end only once both servers were looked at after it must have ended."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.pair import Role
from bot.domain.request import Note
from bot.scheduler import sweep
from bot.services import observe
from bot.store import runs, ticks
from tests.services.held import killed, text
from tests.support.stage import Stage_

LOOK, NOT_LOOKED = "look:london", "I haven't looked since it must have ended: look again before you decide."


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    found = Stage_(tmp_path)
    found.world.own = {Role.PRIMARY: "Active", Role.SECONDARY: "Promoted Active"}
    return found


def told(s: Stage_) -> bool:
    return Note.DECIDABLE in dict(runs.get(s.store, 1).notes)


def at_its_time(s: Stage_) -> None:
    """Killed in the middle of its command, and it is the moment at which people may decide; a look is due later."""
    killed(s)
    s.clock.at = runs.get(s.store, 1).decidable_at
    ticks.plan(s.store, {LOOK: s.clock() + timedelta(minutes=1)})
    sweep(s.desk)


def test_what_was_seen_while_it_may_have_been_at_work_is_no_hint_at_its_end(s: Stage_) -> None:
    at_its_time(s)
    assert NOT_LOOKED in text(s)
    assert "did nothing" not in text(s)
    assert not told(s)
    assert ticks.planned(s.store)[LOOK] <= s.clock(), "a look is made at once"


@pytest.mark.parametrize(("primary", "hint"), [("Active", "did nothing"), ("Demoted", "it worked")])
def test_after_a_look_people_are_called_and_told_what_it_showed(s: Stage_, primary: str, hint: str) -> None:
    at_its_time(s)
    s.world.own[Role.PRIMARY] = primary
    s.clock.tick(seconds=2)
    observe(s.desk, s.settings["london"], looks=1)
    sweep(s.desk)
    assert told(s)
    assert hint in text(s)


def test_where_nobody_can_look_people_are_called_all_the_same(s: Stage_) -> None:
    at_its_time(s)
    s.clock.tick(seconds=31)
    sweep(s.desk)
    assert told(s)
    assert NOT_LOOKED in text(s)
