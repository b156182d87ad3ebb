"""Stretches of time: joined, clipped, counted; what is not known counts for nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.situation import SITUATIONS, SituationCode
from bot.domain.status import State
from bot.domain.timeline import Availability, Serving, Stretch, joined, serving, share, without

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GAP = 3 * MINUTE


def stretch(start: int, end: int, name: SituationCode = SituationCode.HEALTHY) -> Stretch:
    return Stretch(START + start * MINUTE, START + end * MINUTE, name, State.ACTIVE, State.STANDBY)


def minutes(found: list[Stretch]) -> list[tuple[float, float]]:
    return [((one.start - START) / MINUTE, (one.end - START) / MINUTE) for one in found]


def test_a_stretch_lasts_until_the_next_look() -> None:
    seen = [stretch(0, 10), stretch(11, 11, SituationCode.NO_STANDBY), stretch(12, 20)]
    assert minutes(joined(seen, GAP, START + 21 * MINUTE)) == [(0, 11), (11, 12), (12, 21)]


def test_a_time_without_looks_is_a_hole() -> None:
    found = joined([stretch(0, 10), stretch(60, 70)], GAP, START + 200 * MINUTE)
    assert minutes(found) == [(0, 13), (60, 73)]


def test_a_pair_that_nobody_ever_looked_at_has_no_stretches() -> None:
    assert joined([], GAP, START) == []


def test_parts_in_maintenance_are_left_out() -> None:
    spans = [(START + 2 * MINUTE, START + 3 * MINUTE), (START + 8 * MINUTE, START + 30 * MINUTE)]
    assert minutes(without(stretch(0, 10), spans)) == [(0, 2), (3, 8)]
    assert without(stretch(9, 10), spans) == []


@pytest.mark.parametrize("name", [SituationCode.BOTH_GONE, SituationCode.PRIMARIES_SILENT, SituationCode.MY_NETWORK])
def test_a_doubt_about_my_network_makes_no_outage_vanish_from_a_lower_bound(name: SituationCode) -> None:
    found = share([stretch(0, 15), stretch(15, 30, name)], START, START + 30 * MINUTE)
    assert found == Availability(30 * MINUTE, 15 * MINUTE, 15 * MINUTE)


def test_what_is_not_known_counts_for_nothing() -> None:
    seen = [
        stretch(0, 10),
        stretch(10, 20, SituationCode.UNSEEN),
        stretch(20, 25, SituationCode.NO_ACTIVE),
        stretch(25, 30),
    ]
    found = share(seen, START, START + 30 * MINUTE)
    assert found == Availability(20 * MINUTE, 15 * MINUTE, 15 * MINUTE)
    assert found.availability == 0.75
    assert share([], START, START + MINUTE).availability is None


def test_time_without_a_standby_is_served_time() -> None:
    found = share([stretch(0, 10, SituationCode.SPLIT_BRAIN), stretch(10, 20)], START, START + 20 * MINUTE)
    assert (found.availability, found.alone) == (1.0, 10 * MINUTE)


def test_every_situation_says_what_users_have() -> None:
    assert {serving(name) for name in SITUATIONS} == set(Serving)
    assert [name for name in SITUATIONS if serving(name) is Serving.FULL] == [SituationCode.HEALTHY]


def test_an_outage_counts_from_the_last_look_before_it() -> None:
    looks = [stretch(0, 10), stretch(40, 50, SituationCode.PRIMARY_FAILED), stretch(60, 70)]
    found = joined(looks, 60 * MINUTE, START + 70 * MINUTE)
    assert minutes(found) == [(0, 10), (10, 60), (60, 70)]
    assert share(found, START, START + 70 * MINUTE).availability == 20 / 70


def test_an_outage_after_a_time_without_looks_counts_from_when_it_was_seen() -> None:
    looks = [stretch(0, 10), stretch(40, 50, SituationCode.PRIMARY_FAILED)]
    found = joined(looks, 15 * MINUTE, START + 50 * MINUTE)
    assert minutes(found) == [(0, 25), (40, 50)]
