"""Whoever can write to the database cannot choose what is sent: the plan is computed anew, and compared."""

import json
from pathlib import Path

import pytest
from sqlmodel import col, update

from bot.domain.request import Phase
from bot.services import approve
from bot.slack.interaction import Click
from bot.slack.interactions import load_interactions
from bot.store import runs
from bot.store.tables import Request
from tests.support.refusals import refused
from tests.support.stage import BOB, Stage_, split

PARTS = {"line": "reboot", "host": "10.9.9.9", "host_key": "ssh-ed25519 AAAA", "role": "secondary"}


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    stage = Stage_(tmp_path)
    split(stage)
    return stage


def alter(s: Stage_, request: int, part: str) -> None:
    """Change one part of the stored plan, as somebody with the database's password can."""
    with s.store.writing() as session:
        plan = json.loads(session.get(Request, request).plan)  # type: ignore[union-attr]
        altered = json.dumps(plan | {part: PARTS[part]})
        session.execute(update(Request).where(col(Request.id) == request).values(plan=altered))


@pytest.mark.parametrize("part", PARTS)
def test_a_plan_that_was_altered_after_the_approval_is_not_sent(s: Stage_, part: str) -> None:
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    alter(s, request.id, part)
    s.drain()
    run = runs.of_request(s.store, request.id)
    assert run
    assert run.phase is Phase.NOT_SENT
    assert "somebody has altered it. Nothing was sent." in run.words
    assert s.world.sent == []


@pytest.mark.parametrize("part", PARTS)
def test_a_plan_that_was_altered_before_the_approval_is_shown_to_nobody_and_approved_by_nobody(
    s: Stage_, part: str
) -> None:
    request = s.asked("ha-demote-primary")
    alter(s, request.id, part)
    opens = load_interactions()["approve"].opens
    assert opens
    with refused("somebody has altered it. Nothing was sent."):
        opens(Click(s.desk, BOB, "", str(request.id)))
    with refused("somebody has altered it. Nothing was sent."):
        approve(s.desk, request.id, BOB, "london")
    s.drain()
    assert s.world.sent == []
