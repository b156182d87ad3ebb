"""What the desk makes of the past: how a split brain is remembered, which statements count, what others say."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.incident import IncidentView
from bot.domain.pair import Role
from bot.domain.policy import step_words
from bot.domain.request import RequestView, Stage
from bot.domain.runbook import CommandStep, VendorCall
from bot.domain.situation import SituationCode, assess
from bot.domain.snapshot import snapshot
from bot.domain.statement import StatementKind
from bot.domain.transport import Unreachable, UnreachableReason
from bot.registry import actions_of, load_commands
from bot.services import Details, approve, by_hand, observe
from bot.services.incident_handling import close_by_hand, guide, open_by_hand, revoke, state
from bot.store import incidents, requests, sightings
from bot.views.incident import lead, worse
from bot.views.status import status_buttons, status_text
from tests.support.refusals import refused
from tests.support.stage import ALICE, BOB, NO_ANSWER, OFF, Stage_

P, S = Role.PRIMARY, Role.SECONDARY
ACTIONS = actions_of(load_commands())
PLANNED = Details(statements={StatementKind.PLANNED: "the monthly drill, CHG-1"})


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    return Stage_(tmp_path)


def show(s: Stage_, primary: object, secondary: object) -> SituationCode:
    """What the desk makes of it, a minute later."""
    s.clock.tick(minutes=1)
    s.world.own = {P: primary, S: secondary}  # type: ignore[dict-item]
    return assess(observe(s.desk, s.settings["london"])).name


def run(s: Stage_, request: int, sleep: Callable[[float], None]) -> None:
    """Approve it and let it run, with this between two looks."""
    approve(replace(s.desk, sleep=sleep), request, BOB, "london")
    s.drain()


# --- a split brain, whoever ends it


def test_a_demotion_typed_at_the_console_is_told_as_one_out_of_a_split_brain(s: Stage_) -> None:
    show(s, "Active", "Standby")
    assert show(s, "Active", "Promoted Active") is SituationCode.SPLIT_BRAIN
    assert show(s, "Demoted", "Promoted Active") is SituationCode.AFTER_SPLIT
    seen, incident = guide(s.desk, s.settings["london"])
    assert incident
    text = str(lead(incident, ACTIONS))
    assert "began as split brain" in text
    assert "changes made only on the Primary are lost" in text
    assert seen.situation is SituationCode.AFTER_SPLIT


def test_a_primary_that_was_out_of_reach_in_between_was_split_all_the_same(s: Stage_) -> None:
    for states in (("Active", "Standby"), ("Active", "Promoted Active"), (NO_ANSWER, "Promoted Active")):
        show(s, *states)
    assert show(s, "Demoted", "Promoted Active") is SituationCode.AFTER_SPLIT


def test_a_split_brain_before_the_pair_was_healthy_is_over(s: Stage_) -> None:
    for states in (("Active", "Promoted Active"), ("Demoted", "Promoted Active"), ("Active", "Standby")):
        show(s, *states)
    assert show(s, "Demoted", "Promoted Active") is SituationCode.FAILED_OVER


def test_a_failover_that_promotes_before_it_demotes_leaves_no_split_brain_behind(s: Stage_) -> None:
    show(s, "Active", "Standby")
    request = s.asked("ha-failover", PLANNED)
    s.world.effect = lambda: s.world.own.update({S: "Promoted Active"})
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        s.clock.tick(seconds=seconds)
        s.world.own[P] = "Demoted"

    run(s, request.id, sleep)
    assert pauses, "nobody has seen both active on the way"
    assert show(s, "Demoted", "Promoted Active") is SituationCode.FAILED_OVER


def test_a_failover_that_left_both_active_is_a_split_brain(s: Stage_) -> None:
    show(s, "Active", "Standby")
    request = s.asked("ha-failover", PLANNED)
    s.world.effect = lambda: s.world.own.update({S: "Promoted Active"})
    run(s, request.id, lambda seconds: s.clock.tick(seconds=seconds))
    assert show(s, "Demoted", "Promoted Active") is SituationCode.AFTER_SPLIT


@pytest.mark.parametrize("role", Role)
def test_one_that_falls_silent_in_a_split_brain_is_not_gone_before_somebody_says_so(s: Stage_, role: Role) -> None:
    kind = StatementKind.OFF if role is P else StatementKind.SECONDARY_DEPLOYED
    silent = (NO_ANSWER, "Promoted Active") if role is P else ("Active", NO_ANSWER)
    for states in (("Active", "Standby"), ("Active", "Promoted Active")):
        show(s, *states)
    doubt = SituationCode.SPLIT_NO_PRIMARY if role is P else SituationCode.SPLIT_NO_SECONDARY
    assert show(s, *silent) is doubt
    with refused(f"active when the {role.word} last answered"):
        s.ask("ha-failback" if role is P else "ha-initialise")
    said = state(s.desk, ALICE, s.settings["london"], kind, "I pulled its power cable").statements[0]
    after = (
        (SituationCode.SECONDARY_ALONE, SituationCode.SECONDARY_ALONE)
        if role is P
        else (SituationCode.SECONDARY_REPLACED, SituationCode.NO_STANDBY)
    )
    assert show(s, *silent) is after[0]
    s.clock.tick(minutes=60 * 5)  # the word has expired, and nothing else was heard since
    assert show(s, *silent) is after[1]
    revoke(s.desk, BOB, s.settings["london"], said.id)
    assert show(s, *silent) is doubt


def test_a_primary_that_was_demoted_before_it_fell_silent_serves_nobody(s: Stage_) -> None:
    for states in (("Active", "Standby"), ("Active", "Promoted Active"), ("Demoted", "Promoted Active")):
        show(s, *states)
    assert show(s, NO_ANSWER, "Promoted Active") is SituationCode.SECONDARY_ALONE


# --- several pairs at once


def test_primaries_that_are_out_of_reach_together_are_probably_my_network(s: Stage_) -> None:
    s.settings = {name: replace(s.settings["london"], name=name) for name in ("london", "paris", "tokyo")}
    s.world.own[P] = NO_ANSWER
    for name in s.settings:
        observe(s.desk, s.settings[name])
    seen, _ = guide(s.desk, s.settings["london"])
    assert seen.situation is SituationCode.PRIMARIES_SILENT
    assert not any("ask:" in one["action_id"] for one in status_buttons(seen, ACTIONS))
    state(s.desk, ALICE, s.settings["london"], StatementKind.OFF, "I pulled its power cable")
    after, _ = guide(s.desk, s.settings["london"])
    assert after.situation is SituationCode.PRIMARY_SILENT
    assert status_buttons(after, ACTIONS)[0]["action_id"] == "ask:ha-failover"


def test_a_primary_out_of_sight_beside_a_fresh_secondary_is_not_taken_for_gone(s: Stage_) -> None:
    london, s.settings["paris"] = s.settings["london"], replace(s.settings["london"], name="paris")
    show(s, "Active", NO_ANSWER)
    state(s.desk, ALICE, london, StatementKind.SECONDARY_DEPLOYED, "I built it in 8.4 tonight")
    assert show(s, "Active", NO_ANSWER) is SituationCode.SECONDARY_REPLACED
    assert show(s, NO_ANSWER, NO_ANSWER) is SituationCode.SECONDARY_NEW
    alone, _ = guide(s.desk, london)
    assert "Ask a user whether they can log in" in step_words(alone.steps[0], ACTIONS)
    observe(s.desk, s.settings["paris"])
    seen, _ = guide(s.desk, london)
    assert seen.situation is SituationCode.MY_NETWORK
    assert not any(one["action_id"].startswith(("ask:", "pin:")) for one in status_buttons(seen, ACTIONS))
    state(s.desk, ALICE, london, StatementKind.BACKUP, "I pulled its power cable; the backup of 02:00")
    after, _ = guide(s.desk, london)
    assert after.situation is SituationCode.SECONDARY_NEW
    assert "Restore a backup" in step_words(after.steps[0], ACTIONS)


def test_a_primary_that_was_failed_over_from_says_nothing_of_my_network(s: Stage_) -> None:
    s.settings = {name: replace(s.settings["london"], name=name) for name in ("london", "paris")}
    s.world.own = {P: NO_ANSWER, S: "Promoted Active"}
    observe(s.desk, s.settings["paris"])
    assert show(s, NO_ANSWER, "Standby") is SituationCode.PRIMARY_SILENT


# --- to and fro


def to_and_fro(s: Stage_) -> SituationCode:
    """Healthy and not, twice, a minute each."""
    for states in (("Active", "Standby"), (NO_ANSWER, "Standby"), ("Active", "Standby")):
        show(s, *states)
    return show(s, NO_ANSWER, "Standby")


def test_to_and_fro_is_flapping_until_the_pair_has_rested_for_three_minutes(s: Stage_) -> None:
    assert to_and_fro(s) is SituationCode.FLAPPING
    with refused("once it has held still for three minutes"):
        s.ask("ha-failover")
    assert [show(s, NO_ANSWER, "Standby") for _ in range(3)] == [
        SituationCode.FLAPPING,
        SituationCode.FLAPPING,
        SituationCode.PRIMARY_SILENT,
    ]
    assert isinstance(s.ask("ha-failover", OFF), RequestView)


@pytest.mark.parametrize(("minutes", "name"), [(4, SituationCode.FLAPPING), (10, SituationCode.PRIMARY_SILENT)])
def test_a_second_fault_ten_minutes_after_the_first_is_one_of_its_own(
    s: Stage_, minutes: int, name: SituationCode
) -> None:
    for states in (("Active", "Standby"), (NO_ANSWER, "Standby"), *[("Active", "Standby")] * minutes):
        show(s, *states)
    assert show(s, NO_ANSWER, "Standby") is name
    for _ in range(3):
        found = show(s, NO_ANSWER, "Standby")
    assert found is SituationCode.PRIMARY_SILENT


def test_different_faults_soon_after_each_other_are_not_to_and_fro(s: Stage_) -> None:
    for states in (("Active", "Standby"), ("Active", NO_ANSWER), ("Active", "Standby")):
        show(s, *states)
    assert show(s, NO_ANSWER, "Standby") is SituationCode.PRIMARY_SILENT


# --- what is one server unreachable


def test_a_server_that_i_cannot_see_is_told_with_what_the_other_one_says_of_it(s: Stage_) -> None:
    for states, line in (
        (("Active", NO_ANSWER), "I can't reach the Secondary: no answer. The Primary says of it: active"),
        ((NO_ANSWER, "Standby"), "I can't reach the Primary: no answer. The Secondary says of it: active"),
    ):
        show(s, *states)
        seen, incident = guide(s.desk, s.settings["london"])
        told = worse(incident, ACTIONS, "")[0] if incident else ""
        for text in (text_of(incident, s), str(status_text(seen, ACTIONS, s.clock())), told):
            assert f"{line} (second-hand, perhaps old)." in text.replace("ACTIVE", "active")


def test_another_host_key_is_said_and_can_be_replaced_whatever_the_situation_is_called(s: Stage_) -> None:
    rekeyed = Unreachable(
        UnreachableReason.WRONG_KEY, f"{UnreachableReason.WRONG_KEY}: it showed SHA256:x, pinned is SHA256:y"
    )
    show(s, "Active", "Standby")
    for states, name in (
        ((rekeyed, "Standby"), SituationCode.PRIMARY_SILENT),
        (("Active", "Standby"), SituationCode.HEALTHY),
        ((rekeyed, "Standby"), SituationCode.FLAPPING),
    ):
        assert show(s, *states) is name
        seen, incident = guide(s.desk, s.settings["london"])
        if name is not SituationCode.HEALTHY:
            text = text_of(incident, s)
            assert "I can't reach the Primary: its host key is not the pinned one: it showed SHA256:x" in text
            assert "The Primary's host key has changed" in text
            assert "pin:primary" in {one["action_id"] for one in status_buttons(seen, ACTIONS)}


# --- the Primary's data must survive


def test_while_the_primarys_data_must_survive_nothing_that_loses_it_can_be_asked_for(s: Stage_) -> None:
    london = s.settings["london"]
    show(s, "Active", "Standby")
    show(s, "Active", "Promoted Active")
    said = state(s.desk, ALICE, london, StatementKind.KEEP_PRIMARY, "40 new accounts, says the head of IT").statements[
        0
    ]
    with refused("must survive"):
        s.ask("ha-demote-primary")
    show(s, "Demoted", "Promoted Active")  # somebody typed it at the console all the same
    with refused("must survive"):
        s.ask("ha-failback")
    s.clock.tick(minutes=60 * 24 * 3)
    with refused("must survive"):
        s.ask("ha-failback")
    after = revoke(s.desk, BOB, london, said.id)
    assert [step.action for step in after.steps if isinstance(step, CommandStep)] == ["ha-failback"]
    assert isinstance(s.ask("ha-failback"), RequestView)


def test_it_outlives_a_command_and_ends_with_the_pair_healthy(s: Stage_) -> None:
    london = s.settings["london"]
    show(s, "Active", "Promoted Active")
    request = s.asked("ha-demote-primary")

    def effect() -> None:
        sightings.state_it(
            s.store, "london", StatementKind.KEEP_PRIMARY, ALICE.id, "40 new accounts, says the head of IT"
        )
        s.world.own[P] = "Demoted"

    s.world.effect = effect
    run(s, request.id, lambda seconds: s.clock.tick(seconds=seconds))
    assert isinstance(snapshot(observe(s.desk, london)).steps[0], VendorCall)
    show(s, "Active", "Standby")
    assert show(s, "Active", "Promoted Active") is SituationCode.SPLIT_BRAIN
    assert snapshot(observe(s.desk, london)).statements == ()


# --- what ends a statement


@pytest.mark.parametrize("end", [Stage.WITHDRAWN, Stage.DENIED, Stage.EXPIRED])
def test_a_request_that_came_to_nothing_takes_no_statement_with_it(s: Stage_, end: Stage) -> None:
    s.world.own[P] = NO_ANSWER
    request = s.asked("ha-failover", OFF)
    s.clock.tick(minutes=1)
    requests.decide(s.store, request.id, end, BOB.id, "a typo in the reason")
    s.clock.tick(minutes=1)
    assert [said.kind for said in observe(s.desk, s.settings["london"]).statements] == [StatementKind.OFF]
    assert isinstance(s.ask("ha-failover"), RequestView)


def test_what_was_stated_before_a_step_was_done_by_hand_counts_no_more(s: Stage_) -> None:
    s.world.own[P] = NO_ANSWER
    request = s.asked("ha-failover", OFF)
    s.clock.tick(minutes=1)
    by_hand(s.desk, request.id, BOB)
    s.clock.tick(minutes=1)
    assert observe(s.desk, s.settings["london"]).statements == ()


# --- what only people can see


def text_of(incident: IncidentView | None, s: Stage_) -> str:
    assert incident, "it was closed"
    return str(lead(incident, ACTIONS))


def test_what_a_person_opened_on_a_healthy_pair_stays_until_a_person_closes_it(s: Stage_) -> None:
    london = s.settings["london"]
    show(s, "Active", "Standby")
    opened, _ = open_by_hand(s.desk, ALICE, london, "nobody can log on")
    for _ in range(3):
        show(s, "Active", "Standby")
    text = text_of(guide(s.desk, london)[1], s)
    assert "state:primary_not_serving" in text
    assert "ask:ha-failover" in text
    assert "/ha-incident london close" in text
    with refused("Say how it ended"):
        close_by_hand(s.desk, BOB, london, " ")
    assert close_by_hand(s.desk, BOB, london, "it was the load balancer").id == opened.id
    assert guide(s.desk, london)[1] is None
    assert incidents.get(s.store, opened.id).closed_at


def test_what_was_otherwise_in_between_closes_once_both_are_seen_healthy(s: Stage_) -> None:
    london = s.settings["london"]
    show(s, "Active", "Standby")
    open_by_hand(s.desk, ALICE, london, "nobody can log on")
    state(s.desk, ALICE, london, StatementKind.NOT_SERVING, "its service hangs, I tried")
    assert "sick Primary" in text_of(guide(s.desk, london)[1], s)
    with refused("closes by itself"):
        close_by_hand(s.desk, BOB, london, "over")
    s.world.effect = lambda: s.world.own.update({P: "Demoted", S: "Promoted Active"})
    run(s, s.asked("ha-failover").id, lambda seconds: s.clock.tick(seconds=seconds))
    assert "failed over" in text_of(guide(s.desk, london)[1], s)
    show(s, "Active", "Standby")
    assert guide(s.desk, london)[1] is None
