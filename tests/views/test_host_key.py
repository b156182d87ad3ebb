"""A new server's key is approved by who has read the end of its fingerprint on the console: nothing else shows it."""

import json
from pathlib import Path

import pytest

from bot.domain.pair import Role
from bot.domain.pin import PinView, Stage
from bot.domain.plan import fingerprint
from bot.services import key_approval
from bot.slack.rendering import draw
from bot.store import MessageKind, host_keys, outbox
from tests.domain.build import KEY
from tests.support.interactions import mistakes, opens, send
from tests.support.refusals import refused
from tests.support.stage import ALICE, BOB
from tests.views.house import House

END = fingerprint(KEY)[-6:]
META = {"pair": "london", "role": "primary"}
FORM = {"host": "pam-new", "port": "22", "address": "10.0.0.31"}


@pytest.fixture
def s(tmp_path: Path) -> House:
    return House(tmp_path)


def offered(s: House) -> tuple[PinView, str]:
    """A key that was offered, and everything that was said of it so far."""
    told: list[object] = []
    send("pin", s.desk, ALICE, META, FORM, lambda text, blocks: told.append([text, blocks]))
    card = next(one for one in outbox.due(s.store) if one.kind is MessageKind.PIN)
    told.append(draw(s.desk, card, lambda *_: None))
    told.append(opens(s.desk, BOB, "pin_approve", "1")["blocks"])
    return host_keys.get(s.store, 1), json.dumps(told, ensure_ascii=False)


def test_the_end_of_the_fingerprint_is_shown_to_nobody_before_it_is_approved(s: House) -> None:
    _, told = offered(s)
    assert END not in told
    assert told.count(f"{fingerprint(KEY)[:-6]}…") >= 4, "the rest is shown, to be compared"


@pytest.mark.parametrize("typed", [END.swapcase(), END[:-1], "", "A" + END])
def test_only_the_very_characters_approve_it(s: House, typed: str) -> None:
    offered(s)
    assert END.swapcase() != END, "this shows nothing"
    meta = {"pin": 1, "ending": END}
    assert list(mistakes("pin_approve", meta, {"name": typed})) == ["name"]
    with refused("not the last six characters of the fingerprint"):
        key_approval.approve(s.desk, 1, BOB, typed)
    assert host_keys.get(s.store, 1).stage is Stage.OFFERED


def test_blanks_around_them_are_forgiven(s: House) -> None:
    offered(s)
    assert mistakes("pin_approve", {"pin": 1, "ending": END}, {"name": f" {END} "}) == {}
    assert key_approval.approve(s.desk, 1, BOB, f" {END} ").stage is Stage.APPROVED
    assert s.desk.pair("london").server(Role.PRIMARY).address == "10.0.0.31"
    card = next(one for one in outbox.due(s.store) if one.kind is MessageKind.PIN)
    assert fingerprint(KEY) in json.dumps(draw(s.desk, card, lambda *_: None)), "afterwards it is told in full"


def test_a_refused_key_does_not_tell_its_end_to_who_is_offered_it_again(s: House) -> None:
    offered(s)
    key_approval.refuse(s.desk, 1, BOB)
    card = next(one for one in outbox.due(s.store) if one.kind is MessageKind.PIN)
    assert END not in json.dumps(draw(s.desk, card, lambda *_: None))
