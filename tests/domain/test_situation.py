"""Table 1 and table 2: well formed, everything reachable, and in the domain's order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.observation import Observation
from bot.domain.pair import PeerRow, Role
from bot.domain.policy import next_steps, step_words, verdict
from bot.domain.runbook import RUNBOOK, CommandStep, ManualStep, VendorCall, next_action
from bot.domain.situation import ANY, ROWS, SITUATIONS, Fact, SituationCode, assess
from bot.domain.statement import SENTENCES, Statement, StatementKind, sentence
from bot.domain.status import Health, State
from bot.views.severity import EMOJI
from tests import reference
from tests.domain.build import ACTIONS, AT, FAILOVER, live, pair, says, seen, server, silent
from tests.reference.diagram import ends

P, S = Role.PRIMARY, Role.SECONDARY
STATES = [s for s in State if s is not State.UNSEEN]


def test_every_situation_is_described_reached_and_has_a_runbook() -> None:
    assert set(SITUATIONS) == set(RUNBOOK) == set(SituationCode)
    around = {SituationCode.FLAPPING, SituationCode.MY_NETWORK}  # what is around a pair decides these, not its states
    assert {assess(world.seen).name for world in reference.worlds()} | around == set(SituationCode)
    for name, situation in SITUATIONS.items():
        assert situation.name is name
        assert situation.severity in EMOJI
        assert situation.source in ("D", "P", "I")
        assert situation.says.endswith((".", "?"))
        assert bool(situation.risk) is (name is not SituationCode.HEALTHY)


def test_every_row_is_reached() -> None:
    """No row stands in the shadow of another one."""
    reached = set()
    for world in reference.worlds():
        states = world.seen.state(P), world.seen.state(S)
        row = next(
            r for r in ROWS if r.name is assess(world.seen).name and states[0] in r.primary and states[1] in r.secondary
        )
        reached.add(ROWS.index(row))
    around = {place for place, row in enumerate(ROWS) if row.fact in (Fact.FLAPPING, Fact.OTHERS_GONE)}
    assert reached | around == set(range(len(ROWS)))


def test_flapping_and_several_pairs_at_once_allow_nothing() -> None:
    for one in reference.worlds():
        if assess(replace(one.seen, flapping=True)).name is SituationCode.FLAPPING:
            assert not any(verdict(a, replace(one.seen, flapping=True)).allowed for a in ACTIONS.values())
    gone = replace(seen(State.SILENT, State.SILENT), others_gone=True)
    assert assess(gone).name is SituationCode.MY_NETWORK
    assert not any(verdict(action, gone).allowed or verdict(action, gone).needs for action in ACTIONS.values())
    alone = replace(seen(State.SILENT, State.STANDBY), others_gone=True)
    assert assess(alone).name is SituationCode.PRIMARIES_SILENT
    # A site that is down is no reason to refuse a failover, once somebody has stated that it is.
    stated_off = replace(seen(State.SILENT, State.STANDBY, StatementKind.OFF), others_gone=True)
    assert assess(stated_off).name is SituationCode.PRIMARY_SILENT
    assert verdict(FAILOVER, stated_off).allowed


def test_what_no_row_foresees_cannot_be_classified() -> None:
    for one, other in ((State.STANDBY, State.ACTIVE), (State.ACTIVE, State.DEMOTED)):
        assert assess(seen(one, other)).name is SituationCode.UNKNOWN


def test_only_healthy_needs_no_step() -> None:
    assert [name for name, steps in RUNBOOK.items() if not steps] == [SituationCode.HEALTHY]
    for steps in RUNBOOK.values():
        for step in steps:
            assert isinstance(step, CommandStep | ManualStep | VendorCall)
            assert step_words(step, ACTIONS)  # a step whose action there is none raises KeyError


def test_every_action_is_a_step_of_a_runbook_and_allowed_where_it_comes_first() -> None:
    assert {step.action for steps in RUNBOOK.values() for step in steps if isinstance(step, CommandStep)} == set(
        ACTIONS
    )
    for world in reference.worlds():
        name, steps = assess(world.seen).name, next_steps(world.seen)
        if not steps or not isinstance(steps[0], CommandStep):
            continue
        action = ACTIONS[steps[0].action]
        if world.seen.own(action.runs_on) is State.SILENT:
            continue  # fresh by a person's word only: the person types it, at its console
        said = verdict(action, world.seen)
        assert said.allowed or said.needs, (world, name)


def test_whatever_is_allowed_leads_on_to_a_healthy_pair() -> None:
    """From each situation in which something may be done, doing the first thing over and over ends in BAU."""
    after = {
        (assess(cell.world.seen).name, cell.action.name): ends(cell.action, cell.world.seen)
        for cell in reference.cells(ACTIONS)
        if cell.verdict.allowed
    }
    assert {start for start, _ in after} >= {
        SituationCode.SPLIT_BRAIN,
        SituationCode.SICK_PRIMARY,
        SituationCode.FAILED_OVER,
    }
    for start, action in after:
        name, steps = start, 0
        while name is not SituationCode.HEALTHY:
            name, steps = after[name, action][0], steps + 1
            action = next_action(name) or action
            assert steps < 5, start


def test_a_demotion_out_of_a_split_brain_is_remembered() -> None:
    both = (State.DEMOTED, State.ACTIVE)
    assert assess(seen(*both)).name is SituationCode.FAILED_OVER
    assert assess(seen(*both, after_split=True)).name is SituationCode.AFTER_SPLIT
    assert assess(seen(State.ACTIVE, State.ACTIVE, after_split=True)).name is SituationCode.SPLIT_BRAIN


# The domain's precedence: row 7 where its statement stands, then unknown (18), then conflict (17), then the cell.


@pytest.mark.parametrize("primary", [State.ACTIVE, State.FAILED, State.UNKNOWN])
def test_a_sick_primary_comes_before_unknown(primary: State) -> None:
    assert assess(seen(primary, State.STANDBY, StatementKind.NOT_SERVING)).name is SituationCode.SICK_PRIMARY
    for secondary in set(STATES) - {State.STANDBY}:
        assert assess(seen(primary, secondary, StatementKind.NOT_SERVING)).name is not SituationCode.SICK_PRIMARY


def test_the_statement_makes_nothing_else_sick() -> None:
    for primary in set(STATES) - {State.ACTIVE, State.FAILED, State.UNKNOWN, State.CONFLICT}:
        assert assess(seen(primary, State.STANDBY, StatementKind.NOT_SERVING)).name is not SituationCode.SICK_PRIMARY
    wrong = says(P, State.ACTIVE, address="10.0.0.99")
    assert assess(seen(wrong, State.STANDBY, StatementKind.NOT_SERVING)).name is SituationCode.CONFLICT
    assert (
        assess(seen(State.ACTIVE, State.STANDBY, *set(StatementKind) - {StatementKind.NOT_SERVING})).name
        is SituationCode.HEALTHY
    )


@pytest.mark.parametrize("other", STATES)
def test_unknown_comes_before_everything_but_a_sick_primary(other: State) -> None:
    assert assess(seen(other, State.UNKNOWN, *StatementKind)).name is SituationCode.UNKNOWN
    one = seen(State.UNKNOWN, other)
    named = {
        State.STANDBY: SituationCode.PRIMARY_UNCLEAR,
        State.ACTIVE: SituationCode.ALONE_UNCLEAR,
    }  # the Secondary's part is known
    assert assess(one).name is named.get(other, SituationCode.UNKNOWN)
    assert not any(verdict(action, one).allowed for action in ACTIONS.values())


@pytest.mark.parametrize("changes", [{"address": "10.0.0.99"}, {"address": None}, {"host": "the other"}])
@pytest.mark.parametrize("role", Role)
def test_a_wrong_role_or_address_is_a_conflict(role: Role, changes: dict[str, object]) -> None:
    changes = {key: role.peer if value == "the other" else value for key, value in changes.items()}
    wrong = says(role, State.ACTIVE, **changes)
    for other in set(STATES) - {State.UNKNOWN, State.STANDBY}:
        one = seen(wrong, other) if role is P else seen(other, wrong)
        assert assess(one).name is SituationCode.CONFLICT
        assert not [a for a in ACTIONS.values() if verdict(a, one).allowed or verdict(a, one).needs]


def test_unknown_comes_before_a_conflict() -> None:
    assert assess(seen(says(P, State.ACTIVE, address="10.0.0.99"), State.UNKNOWN)).name is SituationCode.UNKNOWN


def test_the_same_address_written_otherwise_is_no_conflict() -> None:
    there = pair(primary=server(P, address="FD00:0:0::0011"))
    for printed, name in (("fd00::11", SituationCode.HEALTHY), ("fd00::12", SituationCode.CONFLICT)):
        one = Observation(there, says(P, State.ACTIVE, address=printed), says(S, State.STANDBY))
        assert assess(one).name is name


@pytest.mark.parametrize("first", [State.STANDBY, State.DEMOTED, State.FAILED, State.UNKNOWN, State.ACTIVE])
@pytest.mark.parametrize("second", [State.STANDBY, State.DEMOTED, State.FAILED, State.UNKNOWN, State.ACTIVE])
@pytest.mark.parametrize("row", PeerRow)
def test_two_actives_are_a_split_brain_whatever_the_peer_rows_say(first: State, second: State, row: PeerRow) -> None:
    both = seen(says(P, State.ACTIVE, peer=first), says(S, State.ACTIVE, peer=second), peer_row=row)
    assert assess(both).name is SituationCode.SPLIT_BRAIN


def test_degraded_alone_is_not_in_step_and_so_is_health_that_is_not_told() -> None:
    for health in (Health.DEGRADED, Health.UNKNOWN):
        for one, other in ((health, Health.OK), (Health.OK, health), (health, health)):
            pair_seen = seen(says(P, State.ACTIVE, health=one), says(S, State.STANDBY, health=other))
            assert assess(pair_seen).name is SituationCode.NOT_IN_STEP


def test_a_statement_speaks_for_a_silent_server_only() -> None:
    both = (StatementKind.PRIMARY_DEPLOYED, StatementKind.SECONDARY_DEPLOYED)
    assert seen(State.SILENT, State.ACTIVE, *both).state(P) is State.UNPAIRED
    assert seen(State.ACTIVE, State.SILENT, *both).state(S) is State.UNPAIRED
    for own in set(STATES) - {State.SILENT, State.CONFLICT}:
        assert seen(own, State.ACTIVE, *both).state(P) is own
    assert seen(State.SILENT, State.ACTIVE, StatementKind.SECONDARY_DEPLOYED).state(P) is State.SILENT


def test_a_peer_vouches_only_where_it_is_proven_live() -> None:
    vouching = says(S, State.STANDBY, peer=State.ACTIVE)
    assert live(silent(P), vouching, StatementKind.PRIMARY_DEPLOYED).state(P) is State.UNSEEN
    assert seen(silent(P), vouching).state(P) is State.SILENT
    assert live(silent(P), says(S, State.STANDBY, peer=State.FAILED)).state(P) is State.SILENT
    assert live(silent(P), says(S, State.STANDBY, host=P, peer=State.ACTIVE)).state(P) is State.SILENT
    assert live(silent(P), silent(S)).state(P) is State.SILENT


def test_rows_match_states_that_there_are() -> None:
    for row in ROWS:
        assert row.primary <= ANY
        assert row.secondary <= ANY
        assert row.primary
        assert row.secondary


def test_statements_age() -> None:
    for kind, one in SENTENCES.items():
        said = Statement(1, kind, "U1", AT, "seen")
        assert said.counts(AT)
        assert said.counts(AT + timedelta(minutes=one.minutes))
        assert not said.counts(AT + timedelta(minutes=one.minutes, seconds=1))
        # The clock jumped: what is from the future allows nothing, and goes on to forbid.
        assert said.counts(AT - timedelta(seconds=1)) == (kind is StatementKind.KEEP_PRIMARY)


def test_statements_name_the_pair() -> None:
    for kind in StatementKind:
        words = sentence(kind, pair())
        assert "london" in words
        assert "{" not in words
    assert "10.0.0.11" in sentence(StatementKind.OFF, pair())
    assert "10.0.0.12" in sentence(StatementKind.SECONDARY_DEPLOYED, pair())


def test_the_newest_statement_is_the_one_that_is_shown() -> None:
    old, new = (Statement(i, StatementKind.OFF, who, AT + timedelta(i), "") for i, who in ((1, "U1"), (2, "U2")))
    one = seen(State.SILENT, State.STANDBY)
    for order in ((old, new), (new, old)):
        again = type(one)(one.pair, one.primary, one.secondary, order)
        assert again.stated(StatementKind.OFF) is new
    assert one.stated(StatementKind.OFF) is None
