"""Several bots on one PostgreSQL: any payload to any of them, any of them killed, nothing twice and nothing lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.play import labels, last_said, text_of
from tests.e2e.replicas import Replicas
from tests.e2e.runs import CLOSING, QUICK, true_effect
from tests.support.postgres import Postgres

pytestmark = pytest.mark.needs("postgres")
Start = Callable[..., Replicas]
SPLIT = {"state": "split-brain"}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL of our own, to be ill-treated."""
    server = Postgres().start()
    yield server
    server.clear_away()


@pytest.fixture
def play(server: Postgres, tmp_path: Path) -> Iterator[Start]:
    """Start several bots with these pairs; everything is stopped at the end."""
    url = server.url(server.create())
    with ExitStack() as stack:

        def start(*pairs: dict[str, Any], **more: Any) -> Replicas:
            return stack.enter_context(Replicas(tmp_path, url, *pairs, settings=QUICK, **more))

        yield start


def test_any_payload_goes_to_any_of_them_and_nothing_is_said_twice(play: Start) -> None:
    names = ["london", "paris", "rome", "oslo"]
    p = play(*({"name": name, **SPLIT} for name in names))
    cards = {name: p.ask(f"/ha-demote-primary {name} the switch failed") for name in names}
    told = set(p.rows("SELECT DISTINCT claimed_by FROM post"))  # who changes a message later claims it anew
    for name, card in cards.items():
        assert "Approved" in p.approve(card, name=name)
        told |= set(p.rows("SELECT DISTINCT claimed_by FROM post"))
    for name in names:
        p.reads(p.bob, f"ha-demote-primary on {name} is done")
    p.delivered()
    told |= set(p.rows("SELECT DISTINCT claimed_by FROM post"))
    assert [one.line for pair in p.pairs for one in pair.commands if one.changing] == ["ha-demote-primary"] * 4
    assert p.rows("SELECT DISTINCT phase FROM run") == [("succeeded",)]
    assert p.rows("SELECT count(*) FROM process") == [(2,)]
    assert min(p.slack.sockets()) > 4, "one of them was never asked"
    assert p.twice() == []
    assert len(told - {(None,)}) == 2, "one of them never told anything"


@pytest.mark.proof
def test_one_is_killed_and_the_other_ends_what_it_held(play: Start) -> None:
    p = play({**SPLIT, "seconds": 4.0}, {"name": "paris", **SPLIT})
    p.approve(p.ask("/ha-demote-primary london the switch failed"))
    p.wait(lambda: p.pair.truth()["primary"]["running"])
    waiting = p.ask("/ha-demote-primary paris the switch failed")
    victim = p.holder("london")
    victim.kill()
    p.heard_by(1)
    assert "Approved" in p.approve(waiting, name="paris")  # life goes on
    p.reads(p.bob, "ha-demote-primary on paris is done")
    assert p.rows("SELECT phase FROM run WHERE pair = 'london'") == [("sending",)]  # its lease runs
    end = p.reads(p.bob, "I can't tell how ha-demote-primary on london ended")
    assert "My process that ran it has died." in text_of(end)
    assert last_said(end) == ["Primary demoted", "Secondary ACTIVE"]
    since = p.type(p.alice, "/ha-demote-primary london once more")
    p.reads(p.alice, "ended unknown, and nobody has closed it yet", since=since)
    p.wait(lambda: labels(p.reads(p.bob, "I can't tell how")) == CLOSING)
    p.carol.click("It worked", p.reads(p.bob, "I can't tell how"))
    p.reads(p.bob, "took effect: ha-demote-primary on london, says U0CAROL")
    victim.launch()
    p.heard_by(2)
    p.delivered()
    assert p.changing() == ["ha-demote-primary"]
    assert p.twice() == []
    assert p.rows("SELECT count(*) FROM audit WHERE kind = 'taken_over'") == [(1,)]


@pytest.mark.proof
def test_one_is_frozen_and_goes_no_further_when_it_wakes(play: Start) -> None:
    p = play({**SPLIT})
    card = p.ask("/ha-demote-primary london the switch failed")
    p.pair.primary.answer_slowly(1.5)
    p.approve(card)
    p.wait(lambda: p.rows("SELECT phase FROM run") == [("intent",)])
    frozen = p.holder("london")
    p.freeze(frozen)
    end = p.reads(p.bob, "ha-demote-primary on london was not sent")
    assert "My process that ran it has died. It had not been sent, and will not be." in text_of(end)
    p.heard_by(1)  # Slack has no answer from it either
    p.pair.primary.answer_slowly(0)
    p.thaw(frozen)
    p.heard_by(2)
    p.wait(lambda: "was taken for dead" in frozen.log.read_text())
    p.wait(lambda: p.rows("SELECT count(*) FROM process") == [(2,)])
    assert not true_effect(p)
    p.approve(p.ask("/ha-demote-primary london again"))
    p.reads(p.bob, "ha-demote-primary on london is done")
    p.delivered()
    assert p.changing() == ["ha-demote-primary"]
    assert p.rows("SELECT phase FROM run ORDER BY id") == [("not sent",), ("succeeded",)]
    assert p.twice() == []


@pytest.mark.proof
def test_one_is_stopped_and_the_other_goes_on(play: Start) -> None:
    p = play({**SPLIT, "seconds": 3.0}, {"name": "paris", **SPLIT})
    waiting = p.ask("/ha-demote-primary paris the switch failed")
    p.approve(p.ask("/ha-demote-primary london the switch failed"))
    p.wait(lambda: p.rows("SELECT phase FROM run WHERE answered_at IS NOT NULL") == [("sending",)])
    stopped = p.holder("london")
    stopped.interrupt()
    p.heard_by(1)  # it hears no more, as another does
    assert "Approved" in p.approve(waiting, name="paris")
    assert p.holder("paris") is not stopped
    p.reads(p.bob, "ha-demote-primary on paris is done")
    assert stopped.stop() == 0
    p.delivered()
    assert p.rows("SELECT DISTINCT phase FROM run") == [("succeeded",)]
    assert p.rows("SELECT count(*) FROM process") == [(1,)]
    assert p.rows("SELECT count(*) FROM audit WHERE kind = 'taken_over'") == [(0,)]
    assert labels(p.reads(p.bob, "ha-demote-primary on london is done"))
    assert p.twice() == []


@pytest.mark.proof
def test_the_database_is_killed_and_comes_back_under_running_bots(play: Start, server: Postgres) -> None:
    p = play({**SPLIT, "seconds": 3.0})
    p.approve(p.ask("/ha-demote-primary london the switch failed"))
    p.wait(lambda: p.rows("SELECT phase FROM run WHERE answered_at IS NOT NULL") == [("sending",)])
    server.stop()
    since = p.type(p.alice, "/ha-history london")
    p.reads(p.alice, "My database could not be written, so nothing was sent.", since=since)
    p.wait(lambda: true_effect(p))
    server.start()
    p.reads(p.bob, "ha-demote-primary on london is done")
    p.wait(lambda: p.rows("SELECT count(*) FROM process") == [(2,)])
    p.approve(p.ask("/ha-failback london now the way back"))
    p.reads(p.bob, "london is healthy again")
    p.delivered()
    assert p.changing() == ["ha-demote-primary", "ha-failback"]
    assert p.rows("SELECT phase FROM run") == [("succeeded",)] * 2
    assert p.twice() == []
