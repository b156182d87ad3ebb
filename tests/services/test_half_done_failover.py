"""A failover of ours that was interrupted half-way is gone on with, and nothing else is taken for one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.pair import Role
from bot.domain.request import Phase, Stage
from bot.domain.runbook import CommandStep, VendorCall
from bot.domain.situation import SituationCode, assess
from bot.domain.statement import StatementKind
from bot.domain.transport import Ending, Reply
from bot.services import Details, DetailsNeeded, approve, by_hand, close, observe
from bot.services.incident_handling import guide, revoke, state
from bot.store import runs, sightings
from bot.views.refusals import words as refusal_words
from bot.views.status import step_buttons
from tests.support.refusals import refused
from tests.support.stage import ALICE, BOB, CAROL, Stage_, Talk

P, S = Role.PRIMARY, Role.SECONDARY
PLANNED = Details(statements={StatementKind.PLANNED: "the monthly drill, CHG-1"})
WHY = Details(acknowledgement="both servers were read at their consoles")


class Breaking(Talk):
    """The line breaks once the Primary is demoted."""

    def converse(self, *given: object, **more: object) -> Reply:
        super().converse(*given, **more)  # type: ignore[arg-type]
        return Reply("", None, Ending.LOST, 1)


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    """A planned failover has demoted the Primary, and then its line broke."""
    one = Stage_(tmp_path)
    observe(one.desk, one.settings["london"])
    one.world.talk = Breaking
    one.world.effect = lambda: one.world.own.update({P: "Demoted"})
    approve(one.desk, one.asked("ha-failover", PLANNED).id, BOB, "london")
    one.drain()
    one.world.talk = Talk
    assert runs.get(one.store, 1).phase is Phase.UNKNOWN
    return one


def closed(s: Stage_, phase: Phase = Phase.FAILED) -> None:
    s.clock.tick(minutes=17)
    close(s.desk, 1, CAROL, phase)


def seen(s: Stage_) -> SituationCode:
    s.clock.tick(seconds=30)
    return assess(observe(s.desk, s.settings["london"])).name


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.DID_NOT, Phase.TOOK_EFFECT])
def test_it_is_gone_on_with_by_a_request_of_its_own_and_a_reason(s: Stage_, phase: Phase) -> None:
    assert seen(s) is SituationCode.NO_ACTIVE, "nobody has closed it"
    closed(s, phase)
    assert seen(s) is SituationCode.HALF_OVER
    snapshot, incident = guide(s.desk, s.settings["london"])
    assert snapshot.steps[0] == CommandStep("ha-failover")
    assert incident
    assert incident.latest.grave
    needed = s.ask("ha-failover")
    assert isinstance(needed, DetailsNeeded)
    assert "inference" in refusal_words(needed.after)
    s.clock.tick(minutes=120)
    needed = s.ask("ha-failover")
    assert isinstance(needed, DetailsNeeded), "long after any cool-down"
    request = s.asked("ha-failover", WHY)
    assert request.stage is Stage.PENDING
    s.world.effect = lambda: s.world.own.update({S: "Promoted Active"})
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    assert runs.get(s.store, 2).phase is Phase.SUCCEEDED
    assert seen(s) is SituationCode.FAILED_OVER
    assert s.world.sent == ["ha-failover", "ha-failover"]


def by_hand_after(s: Stage_) -> None:
    found = s.asked("ha-failover", WHY)
    by_hand(s.desk, found.id, CAROL)


def active_in_between(s: Stage_) -> None:
    s.world.own[S] = "Promoted Active"
    seen(s)
    s.world.own[S] = "Standby"


def new_server(s: Stage_) -> None:
    sightings.state_it(s.store, "london", StatementKind.SECONDARY_DEPLOYED, ALICE.id, "I deployed it")


def another_command(s: Stage_) -> None:
    s.world.own = {P: "Demoted", S: "Promoted Active"}
    s.world.effect = lambda: s.world.own.update({P: "Demoted", S: "Standby"})
    request = s.asked("ha-failback", WHY)
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    assert runs.get(s.store, 2).phase is Phase.FAILED


AFTER: list[Callable[[Stage_], None]] = [by_hand_after, active_in_between, new_server, another_command]


@pytest.mark.parametrize("happens", AFTER, ids=lambda one: one.__name__)
def test_nothing_is_gone_on_with_once_something_came_after_it(s: Stage_, happens: Callable[[Stage_], None]) -> None:
    closed(s)
    assert seen(s) is SituationCode.HALF_OVER
    happens(s)
    assert seen(s) is SituationCode.NO_ACTIVE
    with refused("the vendor documents no way out"):
        s.ask("ha-failover", WHY)
    found, _ = guide(s.desk, s.settings["london"])
    assert isinstance(found.steps[0], VendorCall)


def test_an_approval_for_it_is_void_once_the_servers_say_something_else(s: Stage_) -> None:
    closed(s)
    seen(s)
    request = s.asked("ha-failover", WHY)
    s.world.own[P] = "Active"
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    assert runs.get(s.store, 2).phase is Phase.NOT_SENT
    assert s.world.sent == ["ha-failover"]


def test_a_person_may_state_that_a_failover_was_interrupted(tmp_path: Path) -> None:
    s = Stage_(tmp_path)
    s.world.own = {P: "Demoted", S: "Standby"}
    assert seen(s) is SituationCode.NO_ACTIVE
    snapshot, _ = guide(s.desk, s.settings["london"])
    ways = [one["action_id"] for one in step_buttons(snapshot, s.desk.actions)]
    assert ways == [f"state:{StatementKind.INTERRUPTED}"]
    stated = state(s.desk, ALICE, s.settings["london"], StatementKind.INTERRUPTED, "I typed it, and the power failed")
    assert stated.situation is SituationCode.HALF_OVER
    assert isinstance(s.ask("ha-failover"), DetailsNeeded), "it asks for a reason"
    assert s.asked("ha-failover", WHY).stage is Stage.PENDING
    revoke(s.desk, BOB, s.settings["london"], stated.statements[0].id)
    assert seen(s) is SituationCode.NO_ACTIVE


def test_what_was_stated_counts_no_more_once_a_server_was_active(tmp_path: Path) -> None:
    s = Stage_(tmp_path)
    s.world.own = {P: "Demoted", S: "Standby"}
    state(s.desk, ALICE, s.settings["london"], StatementKind.INTERRUPTED, "I typed it, and the power failed")
    assert seen(s) is SituationCode.HALF_OVER
    s.world.own[P] = "Active"
    seen(s)
    s.world.own[P] = "Demoted"
    assert seen(s) is SituationCode.NO_ACTIVE
