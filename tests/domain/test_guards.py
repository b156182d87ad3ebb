"""What a mutation of the guard modules showed to be unguarded: each of these fails for a change that nobody noticed."""

from dataclasses import replace

import pytest

from bot.domain.approval import same_name
from bot.domain.command import Action
from bot.domain.observation import Probe
from bot.domain.pair import Role
from bot.domain.plan import fingerprint, make_plan, veiled
from bot.domain.policy import next_steps, pending, step_loses, step_verified, verdict
from bot.domain.runbook import CALL, COMPARE, CommandStep, ManualStep
from bot.domain.situation import SituationCode, assess
from bot.domain.statement import StatementKind, sentence
from bot.domain.status import Health, State, parse
from bot.domain.transport import PROVED, UnreachableReason
from tests.domain.build import AT, DEMOTE, FAILBACK, FAILOVER, KEY, pair, says, seen, server

DEPLOYED = {Role.PRIMARY: StatementKind.PRIMARY_DEPLOYED, Role.SECONDARY: StatementKind.SECONDARY_DEPLOYED}


def locked(role: Role, why: UnreachableReason) -> Probe:
    """A look at a server that showed the pinned key, and then nothing that could be understood."""
    return Probe(role, AT, parse(""), why, "it let nobody in")


def state(role: Role, this: Probe, other: State, *kinds: StatementKind) -> State:
    """How the server of this role counts, beside another that says so of itself."""
    looks = {role: this, role.peer: says(role.peer, other)}
    return seen(looks[Role.PRIMARY], looks[Role.SECONDARY], *kinds).state(role)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("why", sorted(PROVED))
def test_a_server_that_lets_nobody_in_is_fresh_only_by_a_persons_word(role: Role, why: UnreachableReason) -> None:
    assert state(role, locked(role, why), State.ACTIVE) is State.UNKNOWN
    assert state(role, locked(role, why), State.ACTIVE, DEPLOYED[role]) is State.UNPAIRED
    assert state(role, locked(role, why), State.ACTIVE, DEPLOYED[role.peer]) is State.UNKNOWN


@pytest.mark.parametrize("role", Role)
def test_what_a_server_says_outweighs_the_word_that_it_is_fresh(role: Role) -> None:
    """Also where it answered after one of these troubles, and where it answered in words that are not known."""
    for why in (None, *PROVED):
        answered = replace(says(role, State.FAILED), why=why)
        assert state(role, answered, State.ACTIVE, DEPLOYED[role]) is State.FAILED
    assert state(role, says(role, State.UNKNOWN), State.ACTIVE, DEPLOYED[role]) is State.UNKNOWN


def test_flapping_is_what_was_seen_to_flap() -> None:
    healthy = seen(State.ACTIVE, State.STANDBY)
    assert assess(replace(healthy, flapping=True)).name is SituationCode.FLAPPING
    assert assess(healthy).name is SituationCode.HEALTHY


def test_each_server_is_typed_to_with_its_own_prefix() -> None:
    primary, secondary = server(Role.PRIMARY, prefix="sudo"), server(Role.SECONDARY, prefix="doas")

    def typed(action: Action, one: State, other: State) -> str:
        found = seen(one, other)
        pair = replace(found.pair, primary=primary, secondary=secondary)
        return make_plan(action, replace(found, pair=pair), {}).line

    assert typed(DEMOTE, State.ACTIVE, State.ACTIVE) == "sudo ha-demote-primary"
    assert typed(FAILBACK, State.DEMOTED, State.ACTIVE) == "doas ha-failback"


def test_a_refusal_names_the_state_of_the_server_that_it_runs_on() -> None:
    said = verdict(FAILBACK, seen(State.SILENT, State.FAILED, StatementKind.PRIMARY_DEPLOYED))
    assert not said.allowed
    one = verdict(FAILOVER, seen(State.ACTIVE, says(Role.SECONDARY, State.STANDBY, host=None), StatementKind.PLANNED))
    assert not one.allowed
    assert "Secondary" in one.words


def test_a_failed_primary_was_not_deployed_whatever_the_other_one_says() -> None:
    untold = next_steps(seen(State.FAILED, State.ACTIVE))
    assert next_steps(seen(State.FAILED, State.ACTIVE, StatementKind.PRIMARY_DEPLOYED)) == untold
    assert next_steps(seen(State.SILENT, State.ACTIVE, StatementKind.PRIMARY_DEPLOYED)) != untold


def test_the_verdict_asks_for_nothing_more_where_it_allows() -> None:
    assert verdict(DEMOTE, seen(State.ACTIVE, State.ACTIVE)).needs == ()


@pytest.mark.parametrize("typed", ["Lon\u2060don", "\u2060london\u2060"])
def test_a_name_copied_from_slack_is_the_name(typed: str) -> None:
    assert same_name(typed, "london")


def test_a_name_with_a_blank_is_typed_with_or_without_it() -> None:
    assert same_name("new york", "New York")
    assert same_name("newyork", "New York")


def test_a_key_with_a_stray_sign_has_no_fingerprint() -> None:
    kind, text = KEY.split()
    assert fingerprint(f"{kind} {text[:20]}!{text[20:]}") == "not a host key"


def test_tabs_and_lines_that_hold_only_a_colon_are_no_words() -> None:
    rows = "Primary PAM Server:\tActive\n :\n\t10.0.0.11\t- this host\n"
    found = parse(rows + "High Availability status:\tOK\nSMB share:\tnot\tset\n")
    assert (found.own, found.address, found.health) == (State.ACTIVE, "10.0.0.11", Health.OK)
    assert found.share == "not    set"


def test_the_share_is_told_over_its_lines_and_health_is_its_first_line() -> None:
    rows = "Primary PAM Server Active\n 10.0.0.11 - this host\n"
    found = parse(rows + "High Availability status OK\nSince noon\nSMB share 80 %\nfull\n")
    assert found.share == "80 % full"
    assert found.health is Health.OK


def test_what_a_server_says_of_its_peer_is_read_in_the_peers_role() -> None:
    """A Primary on standby is demoted; a Secondary that is demoted is not understood."""
    of_primary = parse("Primary PAM Server Standby\n 10.0.0.11\nSecondary PAM Server Active\n 10.0.0.12 - this host\n")
    assert of_primary.peer is State.DEMOTED
    of_secondary = parse(
        "Primary PAM Server Active\n 10.0.0.11 - this host\nSecondary PAM Server Demoted\n 10.0.0.12\n"
    )
    assert of_secondary.peer is State.UNKNOWN


def test_a_label_that_comes_twice_tells_nothing_but_its_text() -> None:
    found = parse("Primary PAM Server Active\nPrimary PAM Server Standby\n")
    assert (found.health, found.own) == (Health.UNKNOWN, State.UNKNOWN)
    assert "Standby" in found.text


OTHER_KEY = {
    role: Probe(role, AT, None, UnreachableReason.WRONG_KEY, "its host key is not the pinned one", 2) for role in Role
}


def test_a_server_with_another_host_key_is_compared_first_and_not_looked_for() -> None:
    """It answers, so nobody has to find out whether it is there."""
    rebuilt = next_steps(seen(OTHER_KEY[Role.PRIMARY], State.ACTIVE))
    assert rebuilt[0] == COMPARE[Role.PRIMARY]
    assert not [step for step in rebuilt if isinstance(step, ManualStep) and step.only_looks]
    both = next_steps(seen(OTHER_KEY[Role.PRIMARY], OTHER_KEY[Role.SECONDARY]))
    assert both[:2] == (COMPARE[Role.PRIMARY], COMPARE[Role.SECONDARY])


def test_beside_a_silent_server_the_looks_stay() -> None:
    one_is_silent = next_steps(seen(OTHER_KEY[Role.PRIMARY], State.SILENT))
    assert one_is_silent[0] == COMPARE[Role.PRIMARY]
    assert one_is_silent[1:] == next_steps(seen(State.SILENT, State.SILENT))


def test_the_looks_at_the_beginning_go_and_no_other_step() -> None:
    steps = next_steps(seen(State.SILENT, State.SILENT))
    looks = [isinstance(step, ManualStep) and step.only_looks for step in steps]
    first = looks.index(False)
    assert 0 < first < len(looks), "this shows nothing"
    both = pending(SituationCode.BOTH_GONE, own=dict.fromkeys(Role, State.SILENT), rekeyed=tuple(Role))
    assert both[2:] == steps[first:]


def test_each_kind_of_step_says_what_it_costs_and_how_it_shows() -> None:
    command, by_person = CommandStep(FAILOVER.name), COMPARE[Role.PRIMARY]
    actions = {FAILOVER.name: replace(FAILOVER, loses="What was written {window}.", expects="Secondary active")}
    assert step_loses(command, actions, "since noon") == "What was written since noon."
    assert step_loses(replace(by_person, loses="a day"), actions, "since noon") == "a day"
    assert step_loses(CALL, actions, "since noon") == ""
    assert step_verified(command, actions) == "the servers show: Secondary active"
    assert step_verified(by_person, actions) == by_person.verified
    assert step_verified(CALL, actions) == ""


def test_a_fingerprint_is_shown_without_its_end() -> None:
    whole = fingerprint(KEY)
    assert veiled(whole) == f"{whole[:-6]}…"


def test_a_statement_names_the_server_that_it_is_about() -> None:
    deployed = sentence(StatementKind.SECONDARY_DEPLOYED, pair())
    assert pair().server(Role.SECONDARY).address in deployed
    assert pair().server(Role.PRIMARY).address not in deployed
