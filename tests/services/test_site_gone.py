"""A site is gone, its jump host with it: the Primary cannot even be asked, and the Secondary waits on standby."""

from pathlib import Path

import pytest

from bot.domain.errors import Refusal
from bot.domain.pair import Role
from bot.domain.request import Phase
from bot.domain.situation import SituationCode, assess
from bot.domain.statement import StatementKind
from bot.domain.transport import UnreachableReason, not_asked
from bot.services import approve, observe
from bot.services.incident_handling import state
from bot.store import runs
from tests.support.refusals import refused
from tests.support.stage import ALICE, BOB, Stage_

JUMP_DOWN = not_asked("the jump host 10.9.9.9 could not be passed: no answer: timed out", UnreachableReason.JUMP)


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    return Stage_(tmp_path)


def test_a_failover_needs_a_persons_word_that_the_primary_is_off(s: Stage_) -> None:
    s.world.own[Role.PRIMARY] = JUMP_DOWN
    assert assess(observe(s.desk, s.desk.pair("london"))).name is SituationCode.NOT_ASKED
    with refused("If the Primary is really off, confirm that first"):
        s.ask("ha-failover")
    state(s.desk, BOB, s.desk.pair("london"), StatementKind.OFF, "the whole site has no power")
    assert assess(observe(s.desk, s.desk.pair("london"))).name is SituationCode.PRIMARY_SILENT
    assert s.asked("ha-failover")


def test_it_is_done_once_the_secondary_says_that_it_is_active(s: Stage_) -> None:
    s.world.own[Role.PRIMARY] = JUMP_DOWN
    s.world.effect = lambda: s.world.own.update({Role.SECONDARY: "Promoted Active"})
    state(s.desk, BOB, s.desk.pair("london"), StatementKind.OFF, "the whole site has no power")
    request = s.asked("ha-failover")
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    (run,) = runs.latest(s.store, "london")
    assert (run.phase, s.world.sent) == (Phase.SUCCEEDED, ["ha-failover"])


def test_a_secondary_that_cannot_be_asked_is_told_nothing(s: Stage_) -> None:
    s.world.own = {Role.PRIMARY: "Active", Role.SECONDARY: JUMP_DOWN}
    state(s.desk, BOB, s.desk.pair("london"), StatementKind.OFF, "it is off, I think")
    with pytest.raises(Refusal):
        s.ask("ha-failover", who=ALICE)
