"""Readiness knows how old the looks are, and what is done by the clock."""

from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent

from bot.domain.errors import Refusal, RefusalCode
from bot.monitoring.senses import LookAges
from bot.scheduler import _tick
from bot.self_monitoring import Ticks
from tests.monitor.sky import pair_of

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
PAIRS = {"london": pair_of("london", 1, look_seconds=5), "paris": pair_of("paris", 2, look_seconds=300)}


def test_a_pair_is_overdue_by_its_own_interval() -> None:
    ages = LookAges()
    looks = {"london": AT, "paris": AT}
    assert ages.overdue(PAIRS, looks, (), 0.0) == {}
    assert ages.overdue(PAIRS, looks, (), 60.0) == {}
    assert ages.overdue(PAIRS, looks, (), 61.0) == {"london": 61.0}
    assert ages.overdue(PAIRS, looks | {"london": AT + timedelta(seconds=60)}, (), 62.0) == {}
    assert ages.overdue(PAIRS, looks, (), 911.0) == {"paris": 911.0}


def test_the_age_of_a_look_is_told_by_a_clock_that_nobody_sets() -> None:
    ages = LookAges()
    ages.overdue(PAIRS, {"london": AT, "paris": AT}, (), 0.0)
    back = {"london": AT - timedelta(hours=1), "paris": AT}
    assert ages.overdue(PAIRS, back, (), 50.0) == {}, "a look that was made after the clock was set back is a look"
    assert ages.overdue(PAIRS, back, (), 120.0) == {"london": 70.0}


def test_a_pair_with_a_command_under_way_or_without_looks_is_not_overdue() -> None:
    ages = LookAges()
    pairs = {"london": PAIRS["london"], "quiet": pair_of("quiet", 3, look_seconds=0)}
    for at in range(0, 900, 10):
        assert ages.overdue(pairs, {}, {"london"}, float(at)) == {}
    assert ages.overdue(pairs, {}, (), 1000.0) == {"london": 110.0}


def test_what_failed_was_not_done() -> None:
    now = [0.0]
    ticks = Ticks(lambda: now[0])
    assert ticks.oldest() == ("", 0.0)
    for job in ("looks", "sweep"):
        ticks.note(job)
    now[0] = 50.0
    _tick({"looks", "sweep"}, ticks.note, event("looks"))
    _tick({"looks", "sweep"}, ticks.note, event("sweep", ValueError("x")))
    _tick({"looks", "sweep"}, ticks.note, event("sweep", Refusal(RefusalCode.UNREADABLE)))
    assert ticks.oldest() == ("sweep", 50.0)
    _tick(
        {"looks", "sweep"}, ticks.note, event("sweep", Refusal(RefusalCode.SETTINGS_WRONG, mistake="told of by itself"))
    )
    assert ticks.oldest()[1] == 0.0
    _tick({"looks", "sweep"}, ticks.note, event("App Home"))
    assert ticks.oldest()[0] in ("looks", "sweep")


def event(job: str, error: Exception | None = None) -> JobExecutionEvent:
    code = EVENT_JOB_ERROR if error else EVENT_JOB_EXECUTED
    return JobExecutionEvent(code, job, "default", AT, exception=error)
