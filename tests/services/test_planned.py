"""A planned hand-over is stated for one command on the pair as it was then."""

from pathlib import Path

import pytest

from bot.domain.pair import Role
from bot.domain.request import RequestView, Stage
from bot.domain.statement import StatementKind
from bot.services import Details, DetailsNeeded, approve, observe
from bot.store import history, requests, sightings
from tests.support.stage import ALICE, BOB, NO_ANSWER, Stage_

PLANNED = Details(statements={StatementKind.PLANNED: "the monthly drill, CHG-1"})


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    """Alice has stated a planned hand-over of a healthy pair, and withdrawn what she asked for."""
    one = Stage_(tmp_path)
    observe(one.desk, one.settings["london"])
    one.clock.tick(minutes=1)
    requests.decide(one.store, one.asked("ha-failover", PLANNED).id, Stage.WITHDRAWN, ALICE.id)
    one.clock.tick(minutes=1)
    return one


def stated(s: Stage_) -> list[StatementKind]:
    return [one.kind for one in history.read(s.store, "london").recent_statements]


def test_it_still_counts_where_nothing_has_happened(s: Stage_) -> None:
    assert isinstance(s.ask("ha-failover"), RequestView)


def test_it_is_used_once(s: Stage_) -> None:
    s.world.effect = lambda: s.world.own.update({Role.PRIMARY: "Demoted", Role.SECONDARY: "Promoted Active"})
    approve(s.desk, s.asked("ha-failover").id, BOB, "london")
    assert stated(s) == [StatementKind.PLANNED], "it counts until its command has been sent"
    s.drain()
    assert stated(s) == []


def test_it_is_void_once_the_pair_was_not_healthy(s: Stage_) -> None:
    healthy = dict(s.world.own)
    s.world.own[Role.SECONDARY] = NO_ANSWER
    observe(s.desk, s.settings["london"])
    s.world.own.update(healthy)
    s.clock.tick(minutes=1)
    found = s.ask("ha-failover")
    assert isinstance(found, DetailsNeeded)
    assert (StatementKind.PLANNED,) in found.ways


def test_it_is_void_once_something_was_done_by_hand(s: Stage_) -> None:
    request = s.asked("ha-failover")
    requests.note_by_hand(s.store, request.id, BOB.id)
    assert stated(s) == []


def test_it_is_void_once_something_else_was_stated(s: Stage_) -> None:
    sightings.state_it(s.store, "london", StatementKind.NOT_SERVING, BOB.id, "users cannot log in since noon")
    assert stated(s) == [StatementKind.NOT_SERVING]
