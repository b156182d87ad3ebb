"""The card of a request that went no further says how far it had come."""

from datetime import timedelta

import pytest

from bot.domain.request import Stage
from bot.store import Store, requests, runs
from bot.views.card import card, card_text, told
from tests.charts.messages import facts
from tests.store.given import FIRST, SECOND, Clock, asked


@pytest.mark.parametrize(
    ("needed", "approvals", "then", "words"),
    [
        (1, (), Stage.APPROVED, "Nobody decided it in time."),
        (2, (FIRST,), Stage.APPROVED, f"Approved by <@{FIRST}> (1 of 2). Nobody decided it in time."),
        (1, (FIRST,), Stage.WAITING, f"Approved by <@{FIRST}>. Nobody gave its code in time."),
        (
            2,
            (FIRST, SECOND),
            Stage.APPROVED,
            f"Approved by <@{FIRST}> and <@{SECOND}>. It was approved, but not started in time.",
        ),
    ],
)
def test_what_expired_says_who_had_approved_it(
    database_url: str, needed: int, approvals: tuple[str, ...], then: Stage, words: str
) -> None:
    clock = Clock()
    store = Store(database_url, clock)
    request = asked(store, needed=needed)
    for one in approvals:
        requests.approve(store, request.id, one, then, 15)
    clock.at += timedelta(minutes=16)
    assert requests.expire(store) == 1
    of = facts(requests.get(store, request.id), runs.of_request(store, request.id))
    for text in (card_text(of), card(of)[0]["text"]["text"], told(of)[0]):
        assert f". {words} Nothing was sent." in text, text
    store.engine.dispose()
