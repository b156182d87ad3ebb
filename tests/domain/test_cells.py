"""Every cell: pinned whole in golden.md, the few that allow anything written out by hand, the rule behind them held."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import pytest

from bot.domain.command import Action
from bot.domain.observation import Observation, Probe
from bot.domain.outcome import reached
from bot.domain.pair import CommandLine, PeerRow, Role
from bot.domain.plan import runs_on
from bot.domain.policy import verdict
from bot.domain.situation import SituationCode, assess
from bot.domain.statement import StatementKind
from bot.domain.status import Health, State
from tests.domain import golden
from tests.domain.build import ACTIONS, DEMOTE, FAILBACK, FAILOVER, INITIALISE, live, pair, says, seen, silent, stated
from tests.reference import cells

A, S, D, F, N, U = State.ACTIVE, State.STANDBY, State.DEMOTED, State.FAILED, State.UNPAIRED, State.UNKNOWN
GONE = State.SILENT

# Primary, Secondary, what else is known, command, answer, row of the domain's table: everything else is refused.
OPEN = [
    (A, S, "OK", FAILOVER, "needs: planned_failover or primary_not_serving", "1: a hand-over that is planned; 7"),
    (A, S, "Degraded", FAILOVER, "needs: primary_not_serving", "2, 7: Degraded alone never leads to a failover"),
    (A, S, "Degraded", INITIALISE, "needs: initialise_chosen", "2: a human's choice, after the cause was looked for"),
    (A, S, "stated: not serving", FAILOVER, "allowed", "7"),
    (F, S, "", FAILOVER, "needs: primary_not_serving", "7"),
    (F, S, "stated: not serving", FAILOVER, "allowed", "7"),
    (U, S, "", FAILOVER, "needs: primary_not_serving", "7, before 18"),
    (U, S, "stated: not serving", FAILOVER, "allowed", "7, before 18"),
    (GONE, S, "", FAILOVER, "needs: primary_off", "5: make sure that it is really dead"),
    (A, A, "", DEMOTE, "allowed", "9"),
    (D, S, "a failover was interrupted", FAILOVER, "allowed", "15: our own half-done failover, or a stated one"),
    (D, A, "", FAILBACK, "allowed", "3"),
    (D, A, "both were seen active", FAILBACK, "allowed", "4"),
    (GONE, A, "", FAILBACK, "needs: primary_deployed", "6: deploy a replacement first"),
    (GONE, A, "stated: primary deployed", FAILBACK, "allowed", "8, FRESH by a statement"),
    (N, A, "", FAILBACK, "allowed", "8, FRESH by its own row"),
    (A, GONE, "", INITIALISE, "needs: secondary_deployed", "10, 11: look again before rebuilding"),
    (A, GONE, "stated: secondary deployed", INITIALISE, "allowed", "12, FRESH by a statement"),
    (A, N, "", INITIALISE, "allowed", "12, FRESH by its own row"),
    (N, N, "", INITIALISE, "needs: primary_restored", "14"),
    (N, GONE, "", INITIALISE, "needs: primary_restored and secondary_deployed", "13, 14: half way through scenario 4"),
    (N, GONE, "stated: secondary deployed", INITIALISE, "needs: primary_restored", "14"),
]


def test_golden() -> None:
    assert golden.GOLDEN.read_text(encoding="utf-8") == golden.text(), "see the change: python -m tests.domain.golden"


def test_exactly_these_cells_allow_anything() -> None:
    found = {
        (c.world.primary, c.world.secondary, c.world.fact, c.action.name): c.answer
        for c in cells(ACTIONS)
        if c.answer != "refused"
    }
    assert found == {(one, other, fact, action.name): answer for one, other, fact, action, answer, _ in OPEN}


def test_every_cell_has_words() -> None:
    for cell in cells(ACTIONS):
        assert cell.verdict.words.endswith((".", ":")), cell
        assert cell.verdict.words[0].isupper(), cell
        assert not (cell.verdict.allowed and cell.verdict.needs), cell


def test_nothing_is_allowed_whose_aim_is_there_already() -> None:
    tried = [cell for cell in cells(ACTIONS) if cell.verdict.allowed]
    assert len(tried) == 11
    assert not [cell for cell in tried if reached(cell.action.aim, cell.world.seen)]


# I5, over far more than the table shows: every answer, proven or not, every peer row, two statements at a time.

TOLD = frozenset({A, S, D, N})


def looks(role: Role) -> Iterator[Probe]:
    yield silent(role, 1)
    yield silent(role, 2)
    for own, peer in product((A, S, D, F, N, U, State.STANDALONE), (A, U)):
        yield says(role, own, peer=peer)
    yield says(role, A, address="10.0.0.99")
    yield says(role, A, host=role.peer)
    yield says(role, U, host=None, address=None)
    yield says(role, N, host=None, address=None)


def universe() -> Iterator[Observation]:
    kinds = [(), *((k,) for k in StatementKind), *combinations(StatementKind, 2), tuple(StatementKind)]
    elsewhere = {action.name: replace(action.line, runs_on=Role.PRIMARY) for action in (FAILOVER, FAILBACK)}
    pairs = [pair(), pair(peer_row=PeerRow.LIVE), pair(commands=elsewhere)]
    statements = [stated(*some) for some in kinds]
    for one, other, said, where in product(looks(Role.PRIMARY), looks(Role.SECONDARY), statements, pairs):
        yield Observation(where, one, other, said)


def proven(observation: Observation, role: Role) -> bool:
    one = observation.look(role)
    assert one.report
    return one.report.host is role and one.report.address == observation.pair.server(role).address


def check(action: Action, one: Observation) -> None:
    """What must hold of whatever is allowed, said without the tables."""
    runner = runs_on(one.pair, action)
    primary, secondary = one.own(Role.PRIMARY), one.own(Role.SECONDARY)
    kinds = {statement.kind for statement in one.statements}
    assert one.own(runner) in TOLD
    assert proven(one, runner) or (action is INITIALISE and primary is N and StatementKind.RESTORED in kinds)
    peer = one.own(runner.peer)
    assert peer is not State.CONFLICT
    if peer in (U, F):
        assert (action, secondary) == (FAILOVER, S)
        assert StatementKind.NOT_SERVING in kinds
    if peer is GONE:
        word = {
            FAILOVER.name: StatementKind.OFF,
            FAILBACK.name: StatementKind.PRIMARY_DEPLOYED,
            INITIALISE.name: StatementKind.SECONDARY_DEPLOYED,
        }
        assert word[action.name] in kinds
        assert one.look(runner.peer).silent_looks >= 2
        report = one.look(runner).report
        assert report
        assert not (one.pair.peer_row is PeerRow.LIVE and report.peer is A)
    half = primary is D and StatementKind.INTERRUPTED in kinds and runner is Role.SECONDARY
    allowed = {
        FAILOVER.name: secondary is S and (primary in (A, F, U, GONE) or half),
        FAILBACK.name: secondary is A and primary in (D, N, GONE),
        DEMOTE.name: (primary, secondary) == (A, A),
        INITIALISE.name: primary in (A, N) and (secondary in (N, GONE) or (primary, secondary) == (A, S)),
    }
    assert allowed[action.name]


def test_nothing_is_sent_on_a_guess() -> None:
    counted: Counter[str] = Counter()
    for one in universe():
        for action in ACTIONS.values():
            if verdict(action, one).allowed:
                check(action, one)
                counted[action.name] += 1
    assert min(counted[name] for name in ACTIONS) > 20, counted


@pytest.mark.parametrize("looks", [0, 1])
def test_one_silent_look_is_a_hiccup(looks: int) -> None:
    barely = seen(silent(Role.PRIMARY, looks), S, StatementKind.OFF)
    said = verdict(FAILOVER, barely)
    assert (said.allowed, said.needs) == (False, ())
    assert said.words == "The Primary was silent only once: look again before you act on that."
    assert verdict(FAILOVER, seen(silent(Role.PRIMARY, 2), S, StatementKind.OFF)).allowed


def test_a_live_peer_that_vouches_stops_everything() -> None:
    for word in (A, S, D):
        vouched = live(silent(Role.PRIMARY, 9), says(Role.SECONDARY, S, peer=word), *StatementKind)
        assert assess(vouched).name is SituationCode.UNSEEN
        assert not [a for a in ACTIONS.values() if verdict(a, vouched).allowed or verdict(a, vouched).needs]
    gone = live(silent(Role.PRIMARY), says(Role.SECONDARY, S, peer=U), StatementKind.OFF)
    assert verdict(FAILOVER, gone).allowed


def test_an_unproven_peer_row_decides_nothing() -> None:
    for row in (PeerRow.STATIC, PeerRow.UNPROVEN):
        one = seen(silent(Role.PRIMARY), says(Role.SECONDARY, S, peer=A), StatementKind.OFF, peer_row=row)
        assert verdict(FAILOVER, one).allowed


def test_a_statement_counts_for_its_own_alternative_only() -> None:
    for kind in set(StatementKind) - {StatementKind.OFF}:
        assert not verdict(FAILOVER, seen(GONE, S, kind)).allowed
    assert not verdict(FAILOVER, seen(says(Role.PRIMARY, A, health=Health.DEGRADED), S, StatementKind.PLANNED)).allowed
    assert not verdict(INITIALISE, seen(N, GONE, StatementKind.RESTORED)).allowed
    assert verdict(INITIALISE, seen(N, GONE, StatementKind.RESTORED, StatementKind.SECONDARY_DEPLOYED)).allowed


def test_a_server_that_says_failed_is_not_the_new_one() -> None:
    said = verdict(FAILBACK, seen(F, A, StatementKind.PRIMARY_DEPLOYED))
    assert (said.allowed, said.needs) == (False, ())
    assert "The Primary answers and says Failed" in said.words
    assert (
        "The Secondary answers and says Failed"
        in verdict(INITIALISE, seen(A, F, StatementKind.SECONDARY_DEPLOYED)).words
    )


def test_a_command_that_runs_on_the_primary_needs_a_primary_that_is_understood() -> None:
    there = {"ha-failover": CommandLine("ha-failover", runs_on=Role.PRIMARY)}
    assert verdict(FAILOVER, seen(A, S, StatementKind.PLANNED, commands=there)).allowed
    for own, kind in ((U, StatementKind.NOT_SERVING), (F, StatementKind.NOT_SERVING), (GONE, StatementKind.OFF)):
        assert verdict(FAILOVER, seen(own, S, kind)).allowed
        said = verdict(FAILOVER, seen(own, S, kind, commands=there))
        assert (said.allowed, said.needs) == (False, ())
        assert said.words.startswith("It runs on the Primary, which ")


def test_a_server_that_does_not_say_who_it_is_gets_no_command() -> None:
    nameless = says(Role.PRIMARY, N, host=None, address=None)
    there = {"ha-failback": CommandLine("ha-failback", runs_on=Role.PRIMARY)}
    assert "could be the wrong server" in verdict(FAILBACK, seen(nameless, A, commands=there)).words
    assert verdict(FAILBACK, seen(N, A, commands=there)).allowed
    assert verdict(
        INITIALISE, seen(nameless, N, StatementKind.RESTORED)
    ).allowed  # the pinned key and the statement stand in


def test_nothing_runs_on_a_server_that_is_fresh_by_word_of_mouth_only() -> None:
    both = seen(GONE, GONE, StatementKind.PRIMARY_DEPLOYED, StatementKind.SECONDARY_DEPLOYED, StatementKind.RESTORED)
    assert assess(both).name is SituationCode.BOTH_NEW
    assert "doesn't answer me" in verdict(INITIALISE, both).words
