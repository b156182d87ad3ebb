"""An open incident that gets worse is posted anew on the local Slack: an edit of its message would reach nobody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.pair import Role
from bot.domain.statement import StatementKind
from bot.services.monitor import watch
from bot.simulator.pair.world import State
from bot.simulator.slack import LocalSlack
from bot.store import incidents, maintenance, sightings
from tests.monitor.house import House
from tests.monitor.sky import CHANNEL

ALICE, BOB = "U0ALICE", "U0BOB"
WORSE = "🔴 london got worse: split brain. Both servers are active: users may be on either. Nothing replicates."
Told = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def told(delivered: Told) -> Told:
    """Deliver all that is due; the messages that tell of something worse."""
    return lambda: [one for one in delivered() if "got worse" in one["text"]]


def alone(house: House, told: Told) -> None:
    """The Secondary was made active because the Primary was lost, and the channel knows it."""
    house.only("london")
    house.sky.state("london", Role.SECONDARY, State.ACTIVE)
    house.off("london", Role.PRIMARY)
    house.pass_(20)
    assert house.open() == {"london": "Secondary alone"}
    assert told() == []


def test_a_lost_primary_that_comes_back_active_is_posted_anew_and_calls_the_approvers(
    house: House, slack: LocalSlack, told: Told
) -> None:
    alone(house, told)
    (head,) = slack.messages(CHANNEL)
    house.on("london", Role.PRIMARY)
    house.pass_(70)
    (one,) = told()
    assert one["text"].startswith(WORSE)
    assert one["text"].endswith("Nobody is on it yet. Calling <@U0ALICE> and <@U0BOB>.")
    assert one["thread_ts"] == head["ts"] != one["ts"]
    assert one["ts"] in {seen["ts"] for seen in slack.as_person(BOB).sees(CHANNEL)}, "the channel sees it too"
    assert slack.messages(CHANNEL)[0]["text"].startswith("🔴 london: split brain.")


def test_who_is_on_it_is_called(house: House, told: Told) -> None:
    alone(house, told)
    incidents.take(house.store, 1, ALICE, ALICE)
    house.on("london", Role.PRIMARY)
    house.pass_(70)
    (one,) = told()
    assert one["text"].endswith("<@U0ALICE>, you are on it.")


def test_from_at_risk_to_nobody_served_is_posted_anew_and_a_change_among_equals_is_not(
    house: House, told: Told
) -> None:
    house.only("london")
    house.sky.degrade("london", True)
    house.pass_(80)
    house.off("london", Role.SECONDARY)
    house.pass_(80)
    assert house.open() == {"london": "no standby"}
    assert told() == []
    house.on("london", Role.SECONDARY)
    house.off("london", Role.PRIMARY)
    house.pass_(80)
    (one,) = told()
    assert one["text"].startswith("🔴 london got worse: Primary not answering.")


@pytest.mark.parametrize("last", Role)
def test_when_the_last_server_gives_no_answer_either_it_is_posted_anew_and_nobody_is_said_to_be_down(
    house: House, told: Told, last: Role
) -> None:
    if last is Role.SECONDARY:
        alone(house, told)
    else:
        house.only("london")
        house.off("london", Role.SECONDARY)
        house.pass_(80)
        assert house.open() == {"london": "no standby"}
        assert told() == []
    incidents.take(house.store, 1, ALICE, ALICE)
    house.off("london", last)
    house.pass_(80)
    (one,) = told()
    assert one["text"].startswith("🔴 london got worse: neither server answering. Users probably can't log in, unless")
    assert one["text"].endswith("<@U0ALICE>, you are on it.")
    assert told() == [one]
    house.on("london", last)
    house.pass_(80)
    assert told() == [one], "and what gets better is no new message"


def test_when_all_are_out_of_reach_those_that_were_in_trouble_already_are_told_of_as_one(
    house: House, told: Told
) -> None:
    for name in ("london", "paris"):
        house.sky.degrade(name, True)
        house.pass_(80)
    house.sky.cut = True
    house.pass_(80)
    assert house.open() == dict.fromkeys(house.pairs, "several pairs not answering")
    (one,) = told()
    assert " got worse: several pairs not answering. No server that users could be on answers, in" in one["text"]


def test_who_is_served_by_a_server_beside_one_that_i_do_not_understand_is_served(house: House, told: Told) -> None:
    """What I know less of than before is no alarm of its own."""
    house.only("london")
    house.off("london", Role.SECONDARY)
    house.pass_(80)
    house.on("london", Role.SECONDARY)
    house.sky.state("london", Role.SECONDARY, State.STANDALONE)
    house.pass_(80)
    assert house.open() == {"london": "pair dissolved"}
    assert told() == []


def test_to_and_fro_is_told_once_and_what_comes_back_later_again(house: House, told: Told) -> None:
    alone(house, told)
    for _ in range(2):
        house.on("london", Role.PRIMARY)
        house.pass_(5 * 60)
        assert len(told()) == 1
        house.off("london", Role.PRIMARY)
        house.pass_(5 * 60)
    assert house.open() == {"london": "split brain, then the Primary went silent"}
    sightings.state_it(house.store, "london", StatementKind.OFF, ALICE, "I pulled its power cable")
    house.pass_(80)
    assert house.open() == {"london": "Secondary alone"}
    house.clock.advance(house.clock.true + timedelta(minutes=20))
    house.on("london", Role.PRIMARY)
    house.pass_(80)
    assert len(told()) == 2


def test_what_got_better_while_slack_was_away_is_not_posted(house: House, slack: LocalSlack, told: Told) -> None:
    alone(house, told)
    house.on("london", Role.PRIMARY)
    house.pass_(70)
    house.sky.state("london", Role.PRIMARY, State.DEMOTED)
    house.pass_(70)
    assert house.open() == {"london": "failed over after a split brain"}
    assert told() == []


def test_a_split_brain_of_which_one_server_falls_silent_is_no_better_and_no_worse_when_it_is_back(
    house: House, told: Told
) -> None:
    house.only("london")
    house.sky.state("london", Role.SECONDARY, State.ACTIVE)
    house.pass_(80)
    for role in Role:
        house.off("london", role)
        house.pass_(200)
        (found,) = incidents.all_open(house.store)
        assert found.latest.situation == f"split_brain_{role.value}_unreachable"
        house.on("london", role)
        house.pass_(200)
        assert house.open() == {"london": "split brain"}
    assert told() == []


def test_in_maintenance_nobody_is_called(house: House, told: Told) -> None:
    alone(house, told)
    maintenance.begin(house.store, "london", CHANNEL, BOB, "a new Primary", house.clock.now() + timedelta(hours=1))
    house.on("london", Role.PRIMARY)
    house.pass_(70)
    assert house.open() == {"london": "split brain"}
    assert told() == []


def test_of_a_storm_only_two_active_servers_are_posted_anew(house: House, slack: LocalSlack, told: Told) -> None:
    house.sky.cut = True
    house.pass_(80)
    for name in house.pairs:
        house.off(name, Role.PRIMARY)
    house.sky.state("london", Role.PRIMARY, State.ACTIVE)
    house.sky.power("london", Role.PRIMARY, True)
    house.sky.state("london", Role.SECONDARY, State.ACTIVE)
    house.sky.cut = False
    house.pass_(80)
    assert house.open() == {"london": "split brain"} | dict.fromkeys(
        ("paris", "tokyo", "oslo"), "several Primaries not answering"
    )
    assert {one.group_id for one in house.all()} == {1}
    assert [one["text"][: len(WORSE)] for one in told()] == [WORSE]


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_got_worse_in_maintenance_is_told_once_when_it_ends(house: House, told: Told, by_hand: bool) -> None:
    alone(house, told)
    maintenance.begin(house.store, "london", CHANNEL, BOB, "a new Primary", house.clock.now() + timedelta(minutes=9))
    house.on("london", Role.PRIMARY)
    house.pass_(6 * 60)
    assert told() == []
    if by_hand:
        maintenance.end(house.store, "london", BOB)
        assert maintenance.end(house.store, "london", BOB) is None
    else:
        house.clock.advance(house.clock.true + timedelta(minutes=4))
        assert [maintenance.expire(house.store) for _ in range(2)] == [1, 0]
    (one,) = told()
    assert one["text"].startswith(WORSE)
    maintenance.begin(house.store, "london", CHANNEL, BOB, "again", house.clock.now() + timedelta(minutes=9))
    maintenance.end(house.store, "london", BOB)
    assert told() == [one], "what is known when maintenance begins is no news when it ends"


def test_maintenance_that_another_one_follows_ends_with_that_one(house: House, told: Told) -> None:
    alone(house, told)
    for minutes in (9, 60):
        maintenance.begin(
            house.store, "london", CHANNEL, BOB, "a new Primary", house.clock.now() + timedelta(minutes=minutes)
        )
        house.on("london", Role.PRIMARY)
        house.pass_(80)
    house.clock.advance(house.clock.true + timedelta(minutes=12))
    maintenance.expire(house.store)
    assert told() == []
    maintenance.end(house.store, "london", BOB)
    assert len(told()) == 1


def test_what_got_better_before_maintenance_ends_is_not_told(house: House, told: Told) -> None:
    alone(house, told)
    maintenance.begin(house.store, "london", CHANNEL, BOB, "a new Primary", house.clock.now() + timedelta(hours=1))
    house.on("london", Role.PRIMARY)
    house.pass_(80)
    house.sky.state("london", Role.PRIMARY, State.DEMOTED)
    house.pass_(80)
    maintenance.end(house.store, "london", BOB)
    assert told() == []


@pytest.mark.parametrize("later", [1, 11])
def test_what_gets_worse_when_a_storm_is_an_old_story_is_posted_anew(house: House, told: Told, later: int) -> None:
    for name in house.pairs:
        house.sky.degrade(name, True)
    house.pass_(80)
    assert {one.group_id for one in house.all()} == {1}
    house.pass_(later * 60)
    house.off("london", Role.PRIMARY)
    house.pass_(80)
    assert house.open()["london"] == "Primary not answering"
    assert len(told()) == (1 if later > 10 else 0), "as long as it takes more in, its own message has just been read"


def test_one_in_trouble_whose_channel_has_just_heard_of_a_storm_is_no_message_beside_it(
    house: House, told: Told
) -> None:
    house.sky.degrade("london", True)
    house.pass_(200)
    house.sky.cut = True
    for name in ("paris", "tokyo", "oslo"):  # before the other is looked at again
        watch(house.desk, house.desk.pair(name), lambda: False)
    house.pass_(80)
    assert house.open() == dict.fromkeys(house.pairs, "several pairs not answering")
    assert [one.group_id for one in house.all()] == [None, 1, 1, 1]
    assert told() == []


def test_who_cannot_be_named_is_called_by_office(house: House, told: Told) -> None:
    """The pair has left the settings file, or the file is wrong."""
    paris = house.pairs["paris"]
    alone(house, told)
    house.on("london", Role.PRIMARY)
    house.pass_(70)
    house.pairs = {"paris": paris}
    assert told()[0]["text"].endswith("Nobody is on it yet. Calling the approvers.")
