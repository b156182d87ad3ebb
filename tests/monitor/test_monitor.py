"""Looks by the clock: two like looks count, doubt is settled fast, and nothing is told twice."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import col, select

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.incident import IncidentGroupView
from bot.domain.pair import Pair, Role
from bot.domain.words import when
from bot.simulator.pair.world import State
from bot.store import MessageKind, incident_timeline, incidents, maintenance, outbox, runs, ticks
from bot.store.tables import OutboxMessage
from bot.views.incident_group import group_message
from tests.monitor.house import START, House
from tests.store.given import FIRST, claimed

MINUTE = timedelta(minutes=1)
ON_CALL = "U0ALICE"


def test_each_pair_is_looked_at_on_its_own_interval(house: House) -> None:
    house.pairs["oslo"] = replace(house.pairs["oslo"], look_seconds=10)
    house.pass_(600)
    # Both servers: ten rounds of three pairs, sixty of the one, and up to a tenth more.
    assert 2 * (3 * 10 + 60) <= house.sky.looks <= 2 * (3 * 12 + 68)
    assert house.all() == []


def test_no_look_comes_later_than_its_interval(house: House) -> None:
    at = {name: house.clock.now() for name in house.pairs}
    longest, shortest = timedelta(0), MINUTE
    for _ in range(500):
        house.pass_(1)
        planned = ticks.planned(house.store)
        for name, pair in house.pairs.items():
            due = planned[f"look:{name}"]
            if due > at[name]:
                apart = due - at[name]
                assert apart <= timedelta(seconds=pair.look_seconds)
                longest, shortest = max(longest, apart), min(shortest, apart) if at[name] > START else shortest
                at[name] = due
    assert timedelta(seconds=54) <= shortest < timedelta(seconds=56) < timedelta(seconds=58) < longest


def test_a_process_that_is_stopping_claims_no_look(house: House) -> None:
    house.only("london")
    house.pass_(70)
    before = ticks.planned(house.store)
    house.off("london")
    house.desk.stopping.set()
    house.pass_(200)
    assert ticks.planned(house.store) == before, "they are for the others"
    house.desk.stopping.clear()
    house.pass_(70)
    assert house.open() == {"london": "no standby"}


def test_what_is_seen_twice_alike_is_told_and_not_before(house: House) -> None:
    house.only("london")
    house.pass_(3)
    house.off("london")
    due = ticks.planned(house.store)["look:london"]
    house.pass_((due - house.clock.now()).total_seconds() + 2)
    assert house.open() == {}
    house.pass_(6)
    assert house.open() == {"london": "no standby"}
    house.on("london")
    house.pass_(80)
    assert house.open() == {}
    assert len(house.all()) == 1


def test_a_hiccup_in_one_look_is_not_told(house: House) -> None:
    house.only("london")
    house.pass_(3)
    due = ticks.planned(house.store)["look:london"]
    house.off("london")
    house.pass_((due - house.clock.now()).total_seconds() + 2)
    house.on("london")
    house.pass_(120)
    assert house.all() == []
    assert len(house.seen("london")) == 3  # it is kept all the same


def test_a_pair_that_goes_to_and_fro_is_named_so(house: House) -> None:
    house.only("london")
    house.pass_(3)
    for turn in range(900):
        if turn % 5 == 0:
            house.sky.power("london", Role.SECONDARY, turn % 10 == 0)
        house.pass_(1)
    assert "flapping" in {one.latest.situation for one in incidents.latest(house.store, "london")}
    assert len([one for one in house.all() if one.closed_at is None]) <= 1


def test_nobody_looks_while_a_command_runs(house: House) -> None:
    house.pass_(3)
    run = claimed(house.store)
    before = house.sky.looks
    house.off("london")
    house.pass_(150)
    assert house.open() == {}
    assert house.sky.looks > before  # the others are looked at
    assert runs.get(house.store, run.id).phase == "intent"


def test_maintenance_is_looked_at_and_not_told(house: House) -> None:
    house.only("london")
    maintenance.begin(house.store, "london", "C0PAMOPS", ON_CALL, "an upgrade", house.clock.now() + 10 * MINUTE)
    house.off("london")
    house.pass_(300)
    assert house.open() == {}
    assert len(house.seen("london")) == 1
    house.pass_(400)  # its time is over, and the standby is still away
    assert house.open() == {"london": "no standby"}


def test_what_maintenance_kept_back_counts_as_seen_from_its_end(house: House) -> None:
    house.only("london")
    house.pass_(70)
    maintenance.begin(house.store, "london", "C0PAMOPS", ON_CALL, "an upgrade", house.clock.now() + 10 * MINUTE)
    house.off("london")
    house.pass_(700)
    (found,) = incidents.all_open(house.store)
    detect = incident_timeline.durations(house.store, found).detect
    assert detect is not None
    assert 0 < detect <= 60


def test_what_began_before_maintenance_goes_on_in_its_incident(house: House) -> None:
    house.only("london")
    house.off("london")
    house.pass_(20)
    maintenance.begin(house.store, "london", "C0PAMOPS", ON_CALL, "an upgrade", house.clock.now() + 60 * MINUTE)
    house.on("london")
    house.pass_(90)
    assert [one.closed_at is not None for one in house.all()] == [True]


def test_a_pair_that_leaves_the_settings_is_forgotten(house: House) -> None:
    house.pass_(3)
    del house.pairs["paris"]
    house.pass_(8)
    assert sorted(ticks.planned(house.store)) == ["look:london", "look:oslo", "look:tokyo"]


def test_a_clock_that_was_set_back_does_not_stop_the_looks(house: House) -> None:
    house.clock.skew = timedelta(days=1)
    house.pass_(3)
    house.clock.skew = timedelta(0)
    before = house.sky.looks
    house.pass_(70)
    assert before + 8 <= house.sky.looks <= before + 8 * 3


def test_when_one_gives_no_answer_the_others_are_looked_at_at_once(house: House) -> None:
    house.pass_(20)
    house.sky.cut = True
    due = min(ticks.planned(house.store).values())
    house.pass_((due - house.clock.now()).total_seconds() + 14)
    assert set(house.open().values()) == {"several pairs not answering"}
    assert sorted(house.open()) == ["london", "oslo", "paris", "tokyo"]


def test_several_at_once_are_one_storm(house: House) -> None:
    house.pass_(3)
    for name in ("london", "paris", "tokyo"):
        house.off(name)
    house.pass_(90)
    storms = {one.group_id for one in house.all()}
    assert len(house.all()) == 3
    assert len(storms) == 1
    assert None not in storms
    house.off("oslo")  # it joins, being so soon after
    house.pass_(80)
    assert {one.group_id for one in house.all()} == storms
    for name in ("london", "paris", "tokyo", "oslo"):
        house.on(name)
    house.pass_(90)
    found = incidents.group(house.store, storms.pop() or 0)
    assert found.closed_at is not None
    assert not found.still
    heads = [one for one in outbox.due(house.store) if one.kind == "storm"]
    assert len(heads) == 1  # one message, and what hangs under it waits for it


def test_two_at_once_are_no_storm(house: House) -> None:
    house.pass_(3)
    house.off("london")
    house.off("paris")
    house.pass_(90)
    assert [one.group_id for one in house.all()] == [None, None]


def alone(house: House) -> list[int | None]:
    """The incidents whose own message stands in the channel and not under a storm's."""
    with house.store.reading() as session:
        rows = session.exec(
            select(OutboxMessage.incident_id).where(
                OutboxMessage.kind == MessageKind.INCIDENT, col(OutboxMessage.under).is_(None)
            )
        )
        return list(rows)


def storms(house: House) -> dict[int, str]:
    """What each storm's message says, by its number."""
    found = sorted({one.group_id for one in house.all() if one.group_id})
    return {one: group_message(incidents.group(house.store, one))[0] for one in found}


def test_a_storm_that_one_pair_keeps_open_does_not_keep_the_next_one_from_being_told_as_one(house: House) -> None:
    house.pass_(3)
    for name in ("london", "paris", "tokyo"):
        house.off(name)
    house.pass_(90)
    house.on("paris")
    house.on("tokyo")
    house.pass_(12 * 60)
    assert house.open() == {"london": "no standby"}
    for name in ("paris", "tokyo", "oslo"):
        house.off(name)
    house.pass_(90)
    assert [one.group_id for one in house.all()] == [1, 1, 1, 2, 2, 2]
    assert alone(house) == []
    first, second = storms(house).values()
    assert first.startswith("🟠 3 pairs got into trouble together")
    assert first.endswith(" 1 still is")
    assert second.endswith(" 3 still are")
    house.on("london")
    house.pass_(90)
    assert storms(house)[1].startswith("🟢 All 3 pairs that got into trouble together are healthy again, after 1")


def test_several_in_as_many_channels_are_one_storm_that_each_channel_hears_of(house: House) -> None:
    for number, (name, pair) in enumerate(house.pairs.items()):
        house.pairs[name] = replace(pair, channel=f"C{number}")
    house.pass_(70)
    for name in house.pairs:
        house.off(name)
    house.pass_(70)
    assert sorted(one.channel for one in house.all()) == ["C0", "C1", "C2", "C3"]
    assert alone(house) == []
    assert [text.split(">")[1] for text in storms(house).values()] == [", 4 still are"] * 4
    assert all(text.startswith("🟠 4 pairs got into trouble together") for text in storms(house).values())
    house.on("paris")
    house.pass_(70)
    told = [group_message(incidents.group(house.store, one)) for one in storms(house)]
    (over,) = [text for text, _ in told if text.startswith("🟢")]
    assert over.startswith("🟢 paris, which got into trouble together with others, is healthy again, after")
    assert sum("… and 3 more, reported in other channels" in str(blocks) for _, blocks in told) == 3
    assert sum(text.endswith(", 3 still are") for text, _ in told) == 3


def test_two_of_a_storm_in_one_channel_and_the_third_in_another(house: House) -> None:
    house.pairs["tokyo"] = replace(house.pairs["tokyo"], channel="C1")
    house.pass_(70)
    for name in ("london", "paris", "tokyo"):
        house.off(name)
    house.pass_(70)
    assert alone(house) == []
    for name in ("london", "paris", "tokyo"):
        house.on(name)
    house.pass_(70)
    here, there = sorted(storms(house).values(), key=len, reverse=True)
    assert here.startswith("🟢 The 2 pairs of this channel that got into trouble together are healthy again, after")
    assert there.startswith("🟢 tokyo, which got into trouble together with others, is healthy again, after")


@pytest.mark.parametrize("wait", [12, 48, *(pytest.param(one, marks=pytest.mark.proof) for one in (0, 24, 36))])
def test_several_that_answer_and_are_unwell_at_once_are_one_message(house: House, wait: int) -> None:
    """However long ago each of them was looked at last."""
    house.pass_(70 + wait)
    for name in house.pairs:
        house.sky.degrade(name, True)
    house.pass_(70)
    assert house.open() == dict.fromkeys(house.pairs, "out of step")
    assert alone(house) == []
    assert [text.split(" pairs")[0] for text in storms(house).values()] == ["🟠 4"]


def test_what_other_pairs_showed_in_one_look_only_makes_no_storm_of_one(house: House) -> None:
    found = IncidentGroupView(1, "C0PAMOPS", START, None, (), doubtful=2)
    house.off("london")
    house.pass_(20)
    (one,) = incidents.all_open(house.store)
    assert group_message(replace(found, incidents=(one,)))[0].startswith("🟠 3 pairs got into trouble together")
    told = group_message(replace(found, incidents=(one,), doubtful=0))[0]
    assert told == f"🟠 london got into trouble at {when(START)}, other pairs only for a moment"


def test_what_nobody_takes_is_told_further_once(house: House) -> None:
    house.only("london")
    house.off("london")
    house.pass_(20)
    after, to = 15 * MINUTE, ("C0BOSSES", "U0BOSS", "S0CALL")
    assert not incidents.escalate(house.store, "london", after, to)
    house.clock.advance(house.clock.true + 16 * MINUTE)
    assert incidents.escalate(house.store, "london", after, to)
    assert not incidents.escalate(house.store, "london", after, to)
    told = sorted(one.to for one in outbox.due(house.store) if one.kind == "escalation")
    assert told == ["C0BOSSES", "U0BOSS"]  # the group is mentioned in the thread, which waits for its head


def test_what_somebody_has_taken_is_not_told_further(house: House) -> None:
    house.only("london")
    house.off("london")
    house.pass_(20)
    incidents.take(house.store, incidents.all_open(house.store)[0].id, ON_CALL, ON_CALL)
    house.clock.advance(house.clock.true + 16 * MINUTE)
    assert not incidents.escalate(house.store, "london", 15 * MINUTE, ("C0BOSSES",))


@pytest.mark.parametrize("quiet", [True, False])
def test_reminders_come_less_often_the_longer_it_lasts(house: House, quiet: bool) -> None:
    house.only("london")
    house.off("london")
    house.pass_(20)
    if quiet:
        maintenance.begin(house.store, "london", "C0PAMOPS", FIRST, "work", house.clock.now() + 1440 * MINUTE)
    at = []
    for minute in range(0, 12 * 60, 5):
        house.clock.advance(house.clock.true + 5 * MINUTE)
        if incidents.nudge(house.store, 30 * MINUTE):
            at.append(minute)
    if quiet:
        assert at == []
    else:
        gaps = [later - earlier for earlier, later in pairwise(at)]
        assert 5 <= len(at) <= 12
        assert gaps == sorted(gaps)


def test_a_split_brain_by_a_returning_primary_is_told_within_two_looks(house: House) -> None:
    house.only("london")
    house.sky.state("london", Role.SECONDARY, State.ACTIVE)
    house.off("london", Role.PRIMARY)
    house.pass_(20)
    assert house.open() == {"london": "Secondary alone"}
    house.on("london", Role.PRIMARY)  # I11: it comes back and takes itself for active
    house.pass_(2 * 66 + 6)
    assert house.open() == {"london": "split brain"}


def test_a_settings_file_that_becomes_wrong_does_not_stop_the_looks(house: House) -> None:
    house.only("london")
    house.pass_(10)
    good = house.desk.pairs

    def broken() -> dict[str, Pair]:
        raise Refusal(RefusalCode.SETTINGS_WRONG, mistake="wrong")

    object.__setattr__(house.desk, "pairs", broken)
    house.off("london")
    house.pass_(90)
    object.__setattr__(house.desk, "pairs", good)
    assert house.open() == {"london": "no standby"}
