"""When one pair gives no answer: what goes out of reach elsewhere at that time says something, nothing else does."""

from datetime import timedelta

import pytest

from bot.domain.pair import Role
from bot.store import maintenance
from tests.monitor.house import House
from tests.store.given import FIRST

REAL, GONE = "Primary not answering", "neither server answering"
DOUBTED = "several Primaries not answering"


def _gone(house: House, name: str) -> None:
    for role in Role:
        house.off(name, role)


@pytest.fixture(autouse=True)
def _seen_healthy(house: House) -> None:
    house.pass_(90)


def test_a_pair_that_has_long_been_dead_casts_no_doubt_on_another(house: House) -> None:
    _gone(house, "paris")
    house.pass_(400)
    house.off("london", Role.PRIMARY)
    house.pass_(90)
    assert house.open() == {"paris": GONE, "london": REAL}
    house.pass_(400)
    house.off("tokyo", Role.PRIMARY)  # nor does the second one on the third
    house.pass_(90)
    assert house.open() == {"paris": GONE, "london": REAL, "tokyo": REAL}


def test_a_pair_in_maintenance_casts_no_doubt_on_another(house: House) -> None:
    ends_at = house.clock.now() + timedelta(hours=8)
    maintenance.begin(house.store, "paris", house.pairs["paris"].channel, FIRST, "new discs", ends_at)
    _gone(house, "paris")
    house.pass_(90)
    house.off("london", Role.PRIMARY)
    house.pass_(90)
    assert house.open() == {"london": REAL}


def test_what_goes_out_of_reach_together_is_doubted_as_long_as_it_lasts(house: House) -> None:
    house.off("oslo")  # without a standby for longer than the network is away
    house.pass_(400)
    house.sky.cut = True
    for _ in range(2):
        house.pass_(400)
        assert set(house.open().values()) == {"several pairs not answering"}
    house.sky.cut = False
    house.pass_(90)
    assert house.open() == {"oslo": "no standby"}


def test_two_that_lose_their_primary_soon_after_each_other_are_doubted_both(house: House) -> None:
    house.off("london", Role.PRIMARY)
    house.pass_(120)
    house.off("paris", Role.PRIMARY)
    house.pass_(120)
    assert house.open() == {"london": DOUBTED, "paris": DOUBTED}
