"""Outages are red: doubt about my own network is a sentence, and no pair turns white because another one fails."""

from bot.domain.pair import Role
from bot.domain.policy import verdict
from bot.domain.situation import Severity
from bot.domain.statement import StatementKind
from bot.services.observation import observe, shown
from bot.store import incidents, sightings
from bot.views.incident_group import group_message
from bot.views.status import headline
from tests.monitor.house import NAMES, House

THREE = NAMES[:3]
DOUBT = "This may be my network: can users log in?"


def severities(house: House) -> dict[str, Severity]:
    """How bad each open incident is, as it is told now."""
    return {one.pair: one.latest.about.severity for one in incidents.all_open(house.store)}


def test_three_primaries_out_of_reach_at_once_are_three_red_pairs_with_a_doubt(house: House) -> None:
    house.pass_(70)
    for name in THREE:
        house.off(name, Role.PRIMARY)
    house.pass_(130)
    assert severities(house) == dict.fromkeys(THREE, Severity.CRITICAL)
    for one in incidents.all_open(house.store):
        assert DOUBT in headline(one.latest)
    text, blocks = group_message(incidents.group(house.store, 1))
    assert text.startswith("🔴 3 pairs got into trouble together")
    assert DOUBT in str(blocks)


def test_each_of_them_needs_a_statement_of_its_own_before_a_failover(house: House) -> None:
    house.pass_(70)
    for name in THREE:
        house.off(name, Role.PRIMARY)
    house.pass_(130)
    failover = house.desk.action("ha-failover")

    def allowed() -> list[str]:
        return [name for name in THREE if verdict(failover, observe(house.desk, house.pairs[name])).allowed]

    assert allowed() == []
    sightings.state_it(house.store, "paris", StatementKind.OFF, "U0BOB", "I pulled its power cable")
    assert allowed() == ["paris"]


def test_a_pair_that_is_red_stays_red_whatever_else_fails(house: House) -> None:
    house.pass_(70)
    seen = set()
    for name in NAMES:
        house.off(name, Role.PRIMARY)
        for _ in range(13):
            house.pass_(10)
            seen.add(severities(house).get("london"))
    house.off("london", Role.SECONDARY)
    for _ in range(13):
        house.pass_(10)
        seen.add(severities(house).get("london"))
    assert seen <= {None, Severity.CRITICAL}  # None until the first alert
    assert severities(house) == dict.fromkeys(NAMES, Severity.CRITICAL)
    assert shown(house.desk, observe(house.desk, house.pairs["london"])).grave
