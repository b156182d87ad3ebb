"""While a command is at work both servers are looked at over other connections, and people hear in time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.pair import Role
from bot.domain.request import Note, Phase
from bot.domain.transport import Reply, UnreachableReason, not_asked
from bot.services import RunMonitor, approve
from bot.slack.rendering import facts_of
from bot.store import requests, runs, sightings
from bot.views.run import meanwhile, steps
from bot.views.terminal import plain_blocks
from tests.support.stage import BOB, NO_ANSWER, Stage_, Talk

P, S = Role.PRIMARY, Role.SECONDARY
IN_TIME = 8  # seconds from what happens to what is told, before Slack shows it


class Slow:
    """A demotion that is at work while the test lets time pass, second by second, with a beat in each."""

    def __init__(self, folder: Path) -> None:
        self.s = Stage_(folder)
        self.s.world.own = {P: "Active", S: "Promoted Active"}
        began = self.s.clock()
        passed = lambda: (self.s.clock() - began).total_seconds()  # noqa: E731
        self.watch = RunMonitor(self.s.desk, lambda job: job(), passed)

    def run(self, doing: Callable[[], None]) -> None:
        """Let it be at work, and do this meanwhile."""

        class AtWork(Talk):
            def converse(self, *given: object, **more: object) -> Reply:
                reply = super().converse(*given, **more)  # type: ignore[arg-type]
                doing()
                return reply

        self.s.world.talk = AtWork
        approve(self.s.desk, self.s.asked("ha-demote-primary").id, BOB, "london")
        self.s.drain()

    def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.s.clock.tick(seconds=1)
            self.watch.beat()

    def seconds_until(self, note: Note) -> int:
        """How long it takes until people are told this."""
        for second in range(1, 60):
            self.passes(1)
            if note in dict(runs.get(self.s.store, 1).notes):
                return second
        raise AssertionError(f"nobody was told: {note}")

    @property
    def shown(self) -> str:
        run = runs.get(self.s.store, 1)
        return plain_blocks(steps(facts_of(self.s.desk, requests.get(self.s.store, 1), run), run)[1])

    @property
    def called(self) -> str:
        run = runs.get(self.s.store, 1)
        found = meanwhile(facts_of(self.s.desk, requests.get(self.s.store, 1), run), run)
        return found[0] if found else ""


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(tmp_path)


def test_the_step_list_shows_what_both_servers_show_meanwhile(slow: Slow) -> None:
    def doing() -> None:
        slow.passes(3)
        assert "Primary ACTIVE, Secondary ACTIVE (03:00 UTC)" in slow.shown
        slow.s.world.own[P] = "Demoted"
        slow.passes(4)
        assert "Primary demoted, Secondary ACTIVE (03:00 UTC)" in slow.shown
        assert dict(runs.get(slow.s.store, 1).notes) == {}

    slow.run(doing)
    assert runs.get(slow.s.store, 1).phase is Phase.SUCCEEDED


@pytest.mark.parametrize("later", [0, 3, *(pytest.param(one, marks=pytest.mark.proof) for one in (1, 2))])
def test_people_hear_in_time_that_nobody_serves(slow: Slow, later: int) -> None:
    def doing() -> None:
        slow.passes(3 + later)
        slow.s.world.own = {P: "Demoted", S: "Standby"}
        assert slow.seconds_until(Note.UNSERVED) <= IN_TIME
        assert "🔴 london: I see no active server while ha-demote-primary runs." in slow.called
        assert "Primary demoted, Secondary STANDBY" in slow.called
        assert "<@U0CAROL>" in slow.called

    slow.run(doing)


@pytest.mark.parametrize("role", Role)
def test_people_hear_in_time_that_a_server_is_out_of_reach(slow: Slow, role: Role) -> None:
    def doing() -> None:
        slow.passes(3)
        slow.s.world.own[role] = NO_ANSWER
        assert slow.seconds_until(Note(f"no answer from the {role.word}")) <= IN_TIME
        assert f"⚪ london: no answer from the {role.word} while ha-demote-primary runs." in slow.called

    slow.run(doing)


@pytest.mark.parametrize("role", Role)
def test_a_server_that_cannot_be_asked_is_not_told_as_giving_no_answer(slow: Slow, role: Role) -> None:
    def doing() -> None:
        slow.passes(3)
        slow.s.world.own[role] = not_asked("the jump host 10.9.9.9 could not be passed", UnreachableReason.JUMP)
        assert slow.seconds_until(Note.UNASKED) <= IN_TIME
        slow.passes(30)
        assert [note for note, _ in runs.get(slow.s.store, 1).notes] == [Note.UNASKED]
        assert "⚪ london: I can't look at both servers while ha-demote-primary runs: a jump host" in slow.called

    slow.run(doing)


def test_what_is_told_is_told_once_and_nothing_of_what_was_so_before(slow: Slow) -> None:
    slow.s.world.own = {P: "Active", S: "Promoted Active"}

    def doing() -> None:
        slow.s.world.own[S] = NO_ANSWER
        slow.passes(30)
        notes = [note for note, _ in runs.get(slow.s.store, 1).notes]
        assert notes == [Note.SECONDARY_SILENT]

    slow.run(doing)


def test_it_takes_longer_than_usual_after_its_limit_and_the_run_goes_on(slow: Slow) -> None:
    def doing() -> None:
        slow.passes(118)
        assert Note.LATE not in dict(runs.get(slow.s.store, 1).notes)
        slow.passes(5)
        assert "is taking longer than usual" in slow.called
        assert "It takes longer than usual. I keep the session open." in slow.shown
        assert runs.get(slow.s.store, 1).phase is Phase.SENDING

    slow.run(doing)


def test_a_look_that_hangs_hides_nothing(slow: Slow) -> None:
    jobs: list[Callable[[], None]] = []
    slow.watch.submit = jobs.append

    def doing() -> None:
        slow.passes(1)
        jobs.pop()()
        assert slow.seconds_until(Note.PRIMARY_SILENT) <= IN_TIME

    slow.run(doing)
    assert len(jobs) == 1, "a second look beside one that hangs"


def test_what_moves_on_the_way_is_no_flapping(slow: Slow) -> None:
    def doing() -> None:
        for state in ("Demoted", "Active", "Demoted", "Active", "Demoted"):
            slow.s.world.own[P] = state
            slow.passes(3)

    slow.run(doing)
    seen = sightings.last_seen(slow.s.store, "london")
    assert seen
    assert seen.situation != "flapping"
