"""What a step of the recovery explains is progress: it calls nobody, and a new server is not a second active one."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.incident import worse
from bot.domain.pair import Role
from bot.domain.plan import LAST, fingerprint
from bot.domain.policy import verdict
from bot.domain.request import Phase, RequestView
from bot.domain.situation import SituationCode, assess
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.services import Details, DetailsNeeded, approve, key_approval, observe
from bot.services.incident_handling import guide, state
from bot.store import history, host_keys, runs
from bot.views.status import status_text, step_buttons
from bot.views.terminal import plain_blocks
from tests.domain.build import seen, silent
from tests.support.stage import ALICE, BOB, NO_ANSWER, Stage_, Talk

NEW_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5Xk9bAhA3jZ1qkzq1tB4m0eYh2h5xw9rTn4cQeZbWQ"
P, S = Role.PRIMARY, Role.SECONDARY
NEW = "Bob built it tonight, the old one is in a skip"
Server = str | Unreachable


def london(s: Stage_) -> Snapshot:
    """The pair as it is seen now."""
    s.clock.tick(minutes=1)
    return snapshot(observe(s.desk, s.desk.pair("london")))


def situation(s: Stage_) -> SituationCode:
    return london(s).situation


def become(s: Stage_, primary: Server, secondary: Server) -> None:
    s.world.own = {P: primary, S: secondary}


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    """The Secondary alone after its Primary was lost."""
    stage = Stage_(tmp_path)
    stage.desk = replace(
        stage.desk,
        pairs=lambda: {name: host_keys.overlay(stage.store, pair) for name, pair in stage.settings.items()},
    )
    stage.world.offered_key = lambda *_: NEW_KEY  # type: ignore[method-assign]
    assert situation(stage) is SituationCode.HEALTHY
    become(stage, NO_ANSWER, "Promoted Active")
    assert situation(stage) is SituationCode.SECONDARY_ALONE
    return stage


def replaced(s: Stage_, stated: bool = True) -> None:
    """The new Primary's key is approved; it says Active, as a server of its own does."""
    pin = key_approval.offer(s.desk, ALICE, "london", P, "pam-primary", 22, "10.0.0.11")
    key_approval.approve(s.desk, pin.id, BOB, fingerprint(NEW_KEY)[-LAST:])
    s.clock.tick(minutes=1)
    if stated:
        state(s.desk, ALICE, s.desk.pair("london"), StatementKind.PRIMARY_DEPLOYED, NEW)
    become(s, "Active", "Promoted Active")


@pytest.mark.parametrize("says", ["Active", "Demoted"])
def test_a_replacement_that_two_people_vouch_for_is_no_split_brain(s: Stage_, says: str) -> None:
    replaced(s)
    become(s, says, "Promoted Active")
    found = london(s)
    assert found.situation is SituationCode.PRIMARY_REPLACED
    assert found.served
    assert found.primary.own is (State.ACTIVE if says == "Active" else State.DEMOTED)
    assert situation(s) is SituationCode.PRIMARY_REPLACED, "also once it was seen so"


def test_what_was_stated_before_the_key_was_approved_counts(s: Stage_) -> None:
    state(s.desk, ALICE, s.desk.pair("london"), StatementKind.PRIMARY_DEPLOYED, NEW)
    s.clock.tick(minutes=1)
    replaced(s, stated=False)
    assert situation(s) is SituationCode.PRIMARY_REPLACED


def test_a_new_host_key_alone_proves_nothing_and_the_statement_can_be_made_then(s: Stage_) -> None:
    replaced(s, stated=False)
    found = london(s)
    assert found.situation is SituationCode.SPLIT_BRAIN
    asked = [one["action_id"] for one in step_buttons(found, s.desk.actions)]
    assert f"state:{StatementKind.PRIMARY_DEPLOYED}" in asked
    state(s.desk, ALICE, s.desk.pair("london"), StatementKind.PRIMARY_DEPLOYED, NEW)
    assert situation(s) is SituationCode.PRIMARY_REPLACED


def test_a_statement_without_a_new_host_key_proves_nothing(s: Stage_) -> None:
    state(s.desk, ALICE, s.desk.pair("london"), StatementKind.PRIMARY_DEPLOYED, NEW)
    become(s, "Active", "Promoted Active")
    found = london(s)
    assert found.situation is SituationCode.SPLIT_BRAIN
    asked = [one["action_id"] for one in step_buttons(found, s.desk.actions)]
    assert f"state:{StatementKind.PRIMARY_DEPLOYED}" not in asked


def test_the_old_primary_that_came_back_in_between_refutes_the_statement(s: Stage_) -> None:
    state(s.desk, ALICE, s.desk.pair("london"), StatementKind.PRIMARY_DEPLOYED, NEW)
    become(s, "Active", "Promoted Active")
    assert situation(s) is SituationCode.SPLIT_BRAIN
    replaced(s, stated=False)
    assert situation(s) is SituationCode.SPLIT_BRAIN


def test_a_split_after_the_pair_was_whole_again_is_a_split(s: Stage_) -> None:
    replaced(s)
    assert situation(s) is SituationCode.PRIMARY_REPLACED
    become(s, "Active", "Standby")  # somebody failed back by hand
    assert situation(s) is SituationCode.HEALTHY
    become(s, "Active", "Promoted Active")
    assert situation(s) is SituationCode.SPLIT_BRAIN


def test_a_new_primary_that_becomes_active_by_itself_is_a_split(s: Stage_) -> None:
    replaced(s)
    become(s, "Demoted", "Promoted Active")
    assert situation(s) is SituationCode.PRIMARY_REPLACED
    become(s, "Active", "Promoted Active")
    assert situation(s) is SituationCode.SPLIT_BRAIN


def test_the_statement_is_asked_again_at_the_failback(s: Stage_) -> None:
    replaced(s)
    assert situation(s) is SituationCode.PRIMARY_REPLACED
    found = s.ask("ha-failback")
    assert isinstance(found, DetailsNeeded)
    assert found.ways == ((StatementKind.PRIMARY_DEPLOYED,),)
    again = s.ask("ha-failback", Details(statements={StatementKind.PRIMARY_DEPLOYED: NEW}))
    assert isinstance(again, RequestView)
    s.world.effect = lambda: become(s, "Active", "Standby")
    approve(s.desk, again.id, BOB, "london")
    s.drain()
    assert runs.get(s.store, 1).phase is Phase.SUCCEEDED
    assert situation(s) is SituationCode.HEALTHY


class Refuses(Talk):
    """An appliance that fails back to no Primary that is active."""

    def converse(self, *_: object, **__: object) -> Reply:
        return Reply("The Primary is active.", 2, Ending.EXITED)


def test_where_the_failback_is_refused_that_is_said_and_the_demotion_is_offered(s: Stage_) -> None:
    replaced(s)
    s.world.talk = Refuses
    request = s.ask("ha-failback", Details(statements={StatementKind.PRIMARY_DEPLOYED: NEW}))
    assert isinstance(request, RequestView)
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    run = runs.get(s.store, 1)
    assert "Its last words: “The Primary is active.”" in run.words
    found = london(s)
    assert found.situation is SituationCode.PRIMARY_REPLACED, "a refusal has changed nothing"
    assert "ask:ha-demote-primary" in [one["action_id"] for one in step_buttons(found, s.desk.actions)]
    s.world.talk = Talk
    s.world.effect = lambda: become(s, "Demoted", "Promoted Active")
    given = Details(statements={StatementKind.PRIMARY_DEPLOYED: NEW}, acknowledgement="it refused the failback")
    again = s.ask("ha-demote-primary", given)
    assert isinstance(again, RequestView), again
    approve(s.desk, again.id, BOB, "london")
    s.drain()
    assert runs.get(s.store, 2).phase is Phase.SUCCEEDED
    assert situation(s) is SituationCode.FAILED_OVER, "and not after a split brain: nothing was on it"


def test_a_fresh_primary_that_says_so_is_demoted_by_nobody(s: Stage_) -> None:
    fresh = seen(State.UNPAIRED, State.ACTIVE, StatementKind.PRIMARY_DEPLOYED)
    assert assess(fresh).name is SituationCode.PRIMARY_REPLACED
    assert not verdict(s.desk.actions["ha-demote-primary"], fresh).allowed


# --- what gets worse


def shown(primary: State, secondary: State, *kinds: StatementKind) -> Snapshot:
    return snapshot(seen(primary, secondary, *kinds))


SILENT, UNPAIRED, ACTIVE, STANDBY, DEMOTED = (
    State.SILENT,
    State.UNPAIRED,
    State.ACTIVE,
    State.STANDBY,
    State.DEMOTED,
)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((SILENT, SILENT), (UNPAIRED, SILENT)),
        ((SILENT, SILENT), (SILENT, UNPAIRED)),
        ((UNPAIRED, SILENT), (UNPAIRED, UNPAIRED)),
        ((SILENT, SILENT), (UNPAIRED, UNPAIRED)),
        ((SILENT, SILENT), (ACTIVE, SILENT)),
        ((SILENT, ACTIVE), (UNPAIRED, ACTIVE)),
        ((ACTIVE, SILENT), (ACTIVE, UNPAIRED)),
    ],
)
def test_a_new_server_is_progress(before: tuple[State, State], now: tuple[State, State]) -> None:
    assert not worse(shown(*before), shown(*now))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((ACTIVE, SILENT), (SILENT, SILENT)),
        ((ACTIVE, SILENT), (UNPAIRED, SILENT)),
        ((SILENT, ACTIVE), (SILENT, UNPAIRED)),
        ((SILENT, ACTIVE), (ACTIVE, ACTIVE)),
        ((ACTIVE, STANDBY), (DEMOTED, STANDBY)),
        ((SILENT, ACTIVE), (UNPAIRED, STANDBY)),
    ],
)
def test_what_no_step_explains_is_worse(before: tuple[State, State], now: tuple[State, State]) -> None:
    assert worse(shown(*before), shown(*now))


# --- a host key that is not the pinned one


@pytest.mark.parametrize("peer_says", ["Active", NO_ANSWER])
def test_with_another_host_key_the_next_step_is_to_compare_it(tmp_path: Path, peer_says: Server) -> None:
    stage = Stage_(tmp_path)
    become(stage, peer_says, Unreachable(UnreachableReason.WRONG_KEY))
    found, incident = guide(stage.desk, stage.settings["london"])
    text = plain_blocks(status_text(found, stage.desk.actions, stage.clock()))
    assert incident
    assert "it may pass" not in text
    assert "Next: The Secondary's host key has changed" in text
    assert text.count("host key") <= 3
    first = step_buttons(found, stage.desk.actions)[0]
    assert first["action_id"] == "pin:secondary"


def test_of_a_silent_server_the_next_step_is_as_ever() -> None:
    silent_one = snapshot(seen(State.ACTIVE, silent(S)))
    assert "it may pass" in silent_one.steps[0].words  # type: ignore[union-attr]


def test_the_statement_of_a_deployed_primary_is_not_lost_by_a_look(s: Stage_) -> None:
    replaced(s)
    for _ in range(3):
        london(s)
    kinds = [one.kind for one in history.read(s.store, "london").recent_statements]
    assert kinds == [StatementKind.PRIMARY_DEPLOYED]
