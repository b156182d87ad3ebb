"""App Home: what waits for this person and nobody else, every pair once, within what a view takes."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Role
from bot.domain.pending import PendingItems
from bot.domain.request import Stage
from bot.domain.situation import SituationCode
from bot.domain.summary import PairNow
from bot.domain.text import Text
from bot.slack.home import home_of
from bot.store import host_keys, requests, runs
from bot.views import pair
from bot.views.block_budget import fitted, packed
from bot.views.home import BLOCKS, home
from bot.views.terminal import plain_blocks
from tests.charts import homes
from tests.charts.alerts import pair_now
from tests.charts.made_up import TOWNS
from tests.charts.messages import NOW, request
from tests.domain import build
from tests.store import given
from tests.support.past import Past

DAVE, LEFT, OLIVIA = "U0DAVE", "U0LEFT", "U0OLIVIA"
GROUPS = {"S0FIRST": frozenset({given.FIRST})}
APPROVE, CLOSE, COMPARE = "[Approve failback…]", "[It worked]", "[It is the same…]"
WITHDRAW, CODE = "[Withdraw]", "[Enter joining code…]"
BUTTONS = (APPROVE, CLOSE, COMPARE, WITHDRAW, CODE)


class Slack:
    """Who is in which group, for as long as Slack can be asked."""

    def __init__(self) -> None:
        self.away = False

    def members(self, group: str) -> frozenset[str]:
        if self.away:
            raise Refusal(RefusalCode.PEOPLE_UNKNOWN)
        return GROUPS[group]


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def past(tmp_path: Path, slack: Slack) -> Past:
    """A pair that the asker and Dave may ask about, and that a group and one more person approve."""
    found = Past(tmp_path)
    one = replace(given.pair(), requesters=(given.ASKER, DAVE), approvers=("S0FIRST", given.SECOND))
    pairs = {"london": one}
    found.desk = replace(found.desk, pairs=lambda: pairs, members=slack.members)
    return found


def sees(past: Past, who: str) -> list[str]:
    """What this person can do about what waits."""
    text = plain_blocks(home_of(past.desk, who)["blocks"])
    return [one for one in BUTTONS if one in text]


def seen_by(past: Past) -> Mapping[str, list[str]]:
    found = {who: sees(past, who) for who in (given.ASKER, DAVE, given.FIRST, given.SECOND, OLIVIA)}
    return {who: what for who, what in found.items() if what}


def test_who_may_approve_sees_it_and_nobody_else(past: Past) -> None:
    given.asked(past.store)
    assert seen_by(past) == {given.FIRST: [APPROVE], given.SECOND: [APPROVE], given.ASKER: [WITHDRAW]}


def test_an_approver_does_not_approve_what_they_asked_for(past: Past) -> None:
    given.asked(past.store, requester=given.FIRST)
    assert seen_by(past) == {given.FIRST: [WITHDRAW], given.SECOND: [APPROVE]}
    asked = plain_blocks(home_of(past.desk, given.FIRST)["blocks"])
    assert "It waits for approval until" in asked


def test_who_has_approved_is_not_asked_twice(past: Past) -> None:
    request = given.asked(past.store, needed=2)
    requests.approve(past.store, request.id, given.FIRST, requests.Stage.APPROVED, 15)
    assert seen_by(past) == {given.SECOND: [APPROVE], given.ASKER: [WITHDRAW]}


def test_what_has_expired_waits_for_nobody(past: Past) -> None:
    given.asked(past.store)
    past.clock.tick(minutes=20)
    assert seen_by(past) == {}


def test_a_joining_code_waits_for_who_asked_and_who_approved(past: Past) -> None:
    given.approved(past.store, then=requests.Stage.WAITING)
    assert seen_by(past) == {given.ASKER: [WITHDRAW, CODE], given.FIRST: [CODE]}


def test_an_unknown_run_waits_for_anybody_of_the_pair_but_who_asked(past: Past) -> None:
    run = given.claimed(past.store)
    assert runs.sending(past.store, run.id, asks=True, patience=timedelta(0))
    assert seen_by(past) == {}, "it is under way"
    runs.end(past.store, run.id, given.UNKNOWN, given.seen(), "")
    assert seen_by(past) == {DAVE: [CLOSE], given.FIRST: [CLOSE], given.SECOND: [CLOSE]}


def test_a_host_key_waits_for_an_approver_other_than_who_asked(past: Past) -> None:
    pair = past.desk.pair("london")
    new = replace(pair.secondary, address="10.0.0.9", host_key=build.KEY)
    pin = host_keys.offer(
        past.store, pair, replace(pair.secondary, host_key=build.KEY), Role.SECONDARY, new, given.SECOND
    )
    assert seen_by(past) == {given.FIRST: [COMPARE]}
    host_keys.decide(past.store, pin.id, host_keys.Stage.REFUSED, given.FIRST)
    assert seen_by(past) == {}


def test_pairs_are_shown_although_slack_cannot_say_who_may_approve(past: Past, slack: Slack) -> None:
    past.look()
    given.asked(past.store)
    slack.away = True
    text = plain_blocks(home_of(past.desk, given.FIRST)["blocks"])
    assert "london" in text
    assert "I could not ask Slack who may approve" in text
    assert not [one for one in BUTTONS if one in text]


# --- room


def shown(pairs: list[PairNow], waits: PendingItems | None = None) -> list[dict[str, Any]]:
    view = home(pairs, waits or PendingItems(), "U0", NOW, build.ACTIONS, [{"type": "image"}])
    blocks: list[dict[str, Any]] = view["blocks"]
    assert len(blocks) <= BLOCKS
    assert [one for one in blocks if one["type"] == "section" and len(one["text"]["text"]) > 2900] == []
    return blocks


def times_named(blocks: list[dict[str, Any]], names: list[str]) -> dict[str, int]:
    """How often each pair is told of, below the line: in bold, in a list, or healthy together."""
    below = blocks[[one["type"] for one in blocks].index("divider") :]
    text = plain_blocks([one for one in below if one["type"] in ("section", "context")])
    words = Counter(re.findall(r"[\w-]+", text))
    return {name: words[name] for name in names}


LOUD = (0, 9, 31, 32, 61, 130, 400)
MORE = (1, 30, 33, 45, 60, 97, 98)


@pytest.mark.parametrize("loud", [*LOUD, *(pytest.param(number, marks=pytest.mark.proof) for number in MORE)])
@pytest.mark.parametrize("stale", [0, 20])
@pytest.mark.parametrize("quiet", [0, 14, 300, *(pytest.param(number, marks=pytest.mark.proof) for number in (1, 60))])
def test_every_pair_is_there_once(loud: int, stale: int, quiet: int) -> None:
    names = [f"{TOWNS[n % len(TOWNS)]}-{n}" for n in range(loud + stale + quiet)]
    pairs = [pair_now(name, SituationCode.SPLIT_BRAIN) for name in names[:loud]]
    pairs += [pair_now(name, fresh=False) for name in names[loud : loud + stale]]
    pairs += [pair_now(name) for name in names[loud + stale :]]
    for waits in (PendingItems(), homes.many()):
        assert set(times_named(shown(pairs, waits), names).values()) <= {1}


def test_no_empty_group_of_healthy_pairs() -> None:
    assert "0 healthy" not in plain_blocks(shown([pair_now(name, SituationCode.SPLIT_BRAIN) for name in TOWNS[:60]]))


def test_sixty_in_trouble_have_each_a_button_that_leads_on() -> None:
    blocks = shown([pair_now(name, SituationCode.SPLIT_BRAIN) for name in TOWNS[:60]], homes.waits())
    below = [one["accessory"] for one in blocks if "accessory" in one]
    rows = [button for one in blocks if one["type"] == "actions" for button in one["elements"]]
    recover = [one["value"] for one in (*rows, *below) if one["action_id"] == "recover"]
    assert sorted(recover) == TOWNS[:60]
    assert len([one for one in blocks if one["type"] == "actions"]) > 10


def test_the_worst_keep_their_row_of_buttons_where_not_all_can() -> None:
    pairs = [pair_now(name, SituationCode.NO_STANDBY) for name in TOWNS[:57]]
    pairs += [pair_now(name, SituationCode.SPLIT_BRAIN) for name in TOWNS[57:60]]
    below = [one for one in shown(pairs) if one["type"] in ("section", "actions")][1:]
    assert [one["type"] for one in below[:4]] == ["section", "actions", "section", "actions"]
    assert "split brain" in plain_blocks(below[:1])


def test_more_than_there_is_room_for_is_named() -> None:
    waits = PendingItems(approve=tuple(request(pair=name, requester=DAVE) for name in TOWNS[:40]))
    text = plain_blocks(shown([pair_now(name) for name in TOWNS[:40]], waits))
    above = text.split("healthy")[0]
    assert [name for name in TOWNS[:40] if name not in above] == []
    assert "26 more wait for you" in text


def test_what_fits_is_not_cut() -> None:
    entries = [(name, [{"type": "section"}] * 2) for name in "abc"]
    assert len(fitted(entries, 6, "more")) == 6
    assert fitted(entries, 5, "more") == [*[{"type": "section"}] * 4, fitted(entries[2:], 1, "more")[0]]
    assert packed(["aa", "bb", "cc"], ", ", 6) == ["aa, bb", "cc"]


def test_what_waits_at_a_pair_is_said_in_words() -> None:
    waits = Text("{action} is {stage}", action="ha-initialise", stage=Stage.WAITING)
    [_, *more] = pair.lines(pair_now("rome", waits=waits), build.ACTIONS, NOW)
    assert more == ["⏳ ha-initialise is waiting for its code"]


def test_of_a_pair_in_trouble_it_is_said_whether_users_are_served() -> None:
    text = "\n".join(pair.lines(pair_now("rome", SituationCode.PRIMARY_SILENT), build.ACTIONS, NOW))
    assert "Users probably can't log in" in text
