"""What is put to who states something, and what they read once it is stated."""

from pathlib import Path

import pytest

from bot.domain.statement import StatementKind
from bot.registry import actions_of, load_commands
from bot.views.blocks import Block
from bot.views.forms import state_modal
from bot.views.terminal import plain_blocks
from tests.domain import build
from tests.support.interactions import send
from tests.support.stage import ALICE, NO_ANSWER
from tests.views.house import House

ACTIONS = actions_of(load_commands())


@pytest.fixture
def s(tmp_path: Path) -> House:
    found = House(tmp_path)
    found.look()
    return found


def states(s: House, kind: StatementKind) -> tuple[str, list[str]]:
    """What the modal says afterwards, and its buttons."""
    said: list[list[Block]] = []
    meta = {"pair": "london", "kind": kind.value}
    send("state", s.desk, ALICE, meta, {"words": "I stood before it"}, lambda _, b: said.append(b))
    pressed = [one["text"]["text"] for b in said[-1] if b["type"] == "actions" for one in b["elements"]]
    return plain_blocks(said[-1]), pressed


@pytest.mark.parametrize("kind", StatementKind)
def test_the_question_is_put_once(kind: StatementKind) -> None:
    (field,) = [one for one in state_modal(build.pair(), kind)["blocks"] if one.get("block_id") == "words"]
    asks, hint = field["label"]["text"], field["hint"]["text"]
    assert asks not in hint
    assert (asks == "How do you know?") is (kind is not StatementKind.KEEP_PRIMARY)
    assert asks.endswith("?")


def test_that_data_must_survive_leads_to_the_vendors_support(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    told, pressed = states(s, StatementKind.KEEP_PRIMARY)
    assert told.startswith(
        "✅ Confirmed. 🔴 london: Both servers are active: users may be on either. Nothing replicates."
    )
    assert "Next: Call the vendor's support" in told
    assert "Have ready for the vendor's support: both servers' raw output (Details)" in told
    assert pressed == ["Details"]


def test_what_is_so_is_said_once(s: House) -> None:
    s.world.own[build.Role.PRIMARY] = NO_ANSWER
    s.look()
    told, pressed = states(s, StatementKind.OFF)
    assert told.count("doesn't answer") == 1
    assert "Next: fail over to the Secondary (ha-failover)" in told
    assert pressed == ["Ask to fail over to the Secondary", "Details"]
