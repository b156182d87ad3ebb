"""The head of an incident while something is open on its pair, and right after a command has ended."""

from pathlib import Path

import pytest

from bot.domain.request import Phase
from bot.services import approve, deny
from bot.slack.durations import took
from bot.slack.rendering import facts_of
from bot.store import MessageKind, incidents, outbox, requests, runs
from bot.views.run import elapsed, end
from tests.support.stage import BOB
from tests.views.heads import LINK, deliver, head
from tests.views.house import House


@pytest.fixture
def s(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.become("Active", "Active")
    house.look()
    return house


def test_while_a_request_is_open_the_head_says_so_instead_of_what_is_next(s: House) -> None:
    text, does = head(s)
    assert "Next: demote the Primary" in text
    assert "ask:ha-demote-primary" in does
    deliver(s)
    request = s.wants("ha-demote-primary")
    assert MessageKind.INCIDENT in {post.kind for post in outbox.due(s.store)}, "it is drawn anew"
    deliver(s)
    text, does = head(s)
    assert "waits for <@U0BOB> or <@U0CAROL> until" in text
    assert LINK in text
    assert "Next:" not in text
    assert "You lose:" not in text
    assert not [one for one in does if one.startswith("ask:")]
    deliver(s)
    deny(s.desk, request.id, BOB, "not yet")
    assert MessageKind.INCIDENT in {post.kind for post in outbox.due(s.store)}
    text, does = head(s)
    assert "Next: demote the Primary" in text
    assert "ask:ha-demote-primary" in does


def test_the_moment_a_command_has_ended_the_head_shows_what_it_has_left(s: House) -> None:
    heads: list[tuple[Phase, str, list[str]]] = []

    def drawn() -> None:
        if (run := runs.of_request(s.store, 1)) and incidents.open_incident(s.store, "london"):
            heads.append((run.phase, *head(s)))

    s.world.effect = lambda: s.become("Demoted", "Active")
    approve(s.desk, s.wants("ha-demote-primary").id, BOB, "london")
    s.store.woken = drawn
    s.drain()
    running = [text for phase, text, _ in heads if phase in (Phase.INTENT, Phase.SENDING)]
    ended = [(text, does) for phase, text, does in heads if phase is Phase.SUCCEEDED]
    assert running
    assert all("ha-demote-primary is running now" in text and "Next:" not in text for text in running)
    assert ended
    for text, does in ended:
        assert "london: split brain." not in text
        assert "Next: fail back" in text
        assert "ask:ha-demote-primary" not in does


def test_how_long_it_took_is_one_figure(s: House) -> None:
    s.world.effect = lambda: (s.clock.tick(seconds=31), s.become("Demoted", "Active"))  # type: ignore[func-returns-value]
    request = s.wants("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.clock.tick(seconds=20)  # before it begins
    s.drain()
    run = runs.get(s.store, 1)
    facts = facts_of(s.desk, requests.get(s.store, request.id), run)
    told = elapsed(run, facts)
    assert f"it took {told}" in end(facts, run)[0]
    assert took(s.desk, "london", "ha-demote-primary") == f"{told} once before"
