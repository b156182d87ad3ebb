"""A storm after its beginning: who is told further, who is reminded, who takes it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from slack_sdk import WebClient
from sqlmodel import select

from bot.domain.approval import Person
from bot.domain.words import when
from bot.scheduler import NUDGE, escalate
from bot.services.incident_handling import take_group
from bot.simulator.slack import LocalSlack
from bot.slack.outbox import Deliverer
from bot.store import MessageKind, incidents, maintenance, outbox
from bot.store.tables import OutboxMessage
from bot.views.incident_group import group_message
from tests.monitor.house import House
from tests.monitor.sky import CHANNEL
from tests.support.refusals import refused

ALICE, BOB = Person("U0ALICE", "alice"), Person("U0BOB", "bob")
MINUTE = timedelta(minutes=1)


def begun(house: House) -> None:
    """Four pairs are in trouble, of each of which the bosses are to be told."""
    for name, pair in house.pairs.items():
        house.pairs[name] = replace(pair, escalate_to=("C0BOSSES",))
    for name in house.pairs:
        house.sky.degrade(name, True)
    house.pass_(80)
    assert [one.group_id for one in incidents.all_open(house.store)] == [1] * 4


def later(house: House, minutes: int = 16) -> None:
    house.clock.advance(house.clock.true + minutes * MINUTE)


def first(house: House) -> str:
    return incidents.all_open(house.store)[0].pair


def work_on(house: House, name: str) -> None:
    ends = house.clock.now() + timedelta(days=1)
    maintenance.begin(house.store, name, "C0PAMOPS", BOB.id, "an upgrade", ends)


def further(house: House) -> list[str]:
    """The pairs of which the bosses are told."""
    escalate(house.desk)
    found = [one.incident_id for one in outbox.due(house.store) if one.kind is MessageKind.ESCALATION]
    return [incidents.get(house.store, one).pair for one in found]


def test_of_a_storm_one_is_told_further(house: House) -> None:
    begun(house)
    assert further(house) == []
    later(house)
    assert further(house) == further(house) == [first(house)]
    incidents.take(house.store, incidents.all_open(house.store)[0].id, ALICE.id, ALICE.id)
    later(house)
    assert further(house) == [incidents.all_open(house.store)[0].pair], "the bosses know of the storm"


@pytest.mark.parametrize("why", ["nobody to tell", "taken", "worked on", "over"])
def test_a_storm_is_told_further_though_its_first_pair_cannot_be(house: House, why: str) -> None:
    begun(house)
    one, second, *_ = incidents.all_open(house.store)
    match why:
        case "nobody to tell":
            house.pairs[one.pair] = replace(house.pairs[one.pair], escalate_to=())
        case "taken":
            incidents.take(house.store, one.id, ALICE.id, ALICE.id)
        case "worked on":
            work_on(house, one.pair)
        case _:
            house.sky.degrade(one.pair, False)
            house.pass_(80)
    later(house)
    assert further(house) == further(house) == [second.pair]


def told(house: House) -> list[tuple[str, str]]:
    """Who is told further of which pair."""
    escalate(house.desk)
    due = [one for one in outbox.due(house.store) if one.kind is MessageKind.ESCALATION]
    return [(one.to, incidents.get(house.store, one.incident_id).pair) for one in due]


def test_of_a_storm_each_is_told_further_once(house: House) -> None:
    begun(house)
    one, _, third, fourth = (found.pair for found in incidents.all_open(house.store))
    house.pairs[third] = replace(house.pairs[third], escalate_to=("C0BOSSES", "U0CAROL"))
    house.pairs[fourth] = replace(house.pairs[fourth], escalate_to=("U0CAROL",))
    later(house)
    assert told(house) == told(house) == [("C0BOSSES", one), ("U0CAROL", third)]


def test_whoever_was_told_of_a_pair_that_is_well_again_is_told_of_another(house: House) -> None:
    begun(house)
    later(house)
    assert further(house) == [first(house)]
    house.sky.degrade(first(house), False)
    house.pass_(80)
    later(house)
    well, *left = [incidents.get(house.store, number) for number in range(1, 5)]
    assert (well.open, [one.open for one in left]) == (False, [True] * 3)
    assert sorted(further(house)) == sorted(further(house)) == sorted([well.pair, left[0].pair])


def test_what_is_taken_or_worked_on_is_not_told_further(house: House) -> None:
    begun(house)
    for number, one in enumerate(incidents.all_open(house.store)):
        if number % 2:
            work_on(house, one.pair)
        else:
            incidents.take(house.store, one.id, ALICE.id, ALICE.id)
    later(house)
    assert further(house) == []


def reminded(house: House) -> set[int | None]:
    """The incidents that people are reminded of."""
    with house.store.reading() as session:
        return set(session.exec(select(OutboxMessage.incident_id).where(OutboxMessage.kind == MessageKind.NUDGE)))


def test_a_storm_is_reminded_of_though_its_first_pair_is_worked_on(house: House) -> None:
    begun(house)
    one, second, *_ = incidents.all_open(house.store)
    work_on(house, one.pair)
    later(house, 40)
    assert [incidents.nudge(house.store, NUDGE) for _ in range(2)] == [1, 0]
    assert reminded(house) == {second.id}
    house.sky.degrade(second.pair, False)
    house.pass_(80)
    assert incidents.nudge(house.store, NUDGE) == 0, "people have just been reminded of the storm"


def test_a_storm_can_be_taken_until_somebody_is_on_each_pair(house: House) -> None:
    begun(house)
    one, *others = incidents.all_open(house.store)

    def offered() -> bool:
        return "own_storm" in str(group_message(incidents.group(house.store, 1))[1])

    incidents.take(house.store, one.id, ALICE.id, ALICE.id)
    assert offered()
    assert sorted(take_group(house.desk, BOB, 1)) == sorted(other.pair for other in others)
    assert [found.owner for found in incidents.all_open(house.store)] == [ALICE.id, BOB.id, BOB.id, BOB.id]
    assert not offered()
    with refused("is closed, or somebody has taken it"):
        take_group(house.desk, ALICE, 1)
    assert incidents.all_open(house.store)[1].owner == BOB.id


def test_what_a_storm_says_stays_true_when_the_doubt_about_others_comes_to_nothing(
    house: House, slack: LocalSlack, delivered: Callable[[], object]
) -> None:
    house.pass_(70)
    for name in house.pairs:
        house.off(name)
    while not house.open():
        house.pass_(1)
    (one,) = incidents.all_open(house.store)
    client = WebClient(slack.bot_token, base_url=slack.api_url, timeout=10)
    Deliverer(house.desk, client, pictures=False).round()
    began = f"got into trouble together at {when(one.opened_at)}, 4 still are"
    assert began in slack.messages(CHANNEL)[0]["text"]
    assert "… and 3 more, seen so only once: I look again" in str(slack.messages(CHANNEL)[0])
    for name in set(house.pairs) - {one.pair}:
        house.on(name)
    house.pass_(30)
    delivered()
    assert list(house.open()) == [one.pair]
    head = slack.messages(CHANNEL)[0]
    assert head["text"] == f"🟠 {one.pair} got into trouble at {when(one.opened_at)}, other pairs only for a moment"
    assert "in one look" not in str(head)
