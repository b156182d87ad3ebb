"""The vendor's four scenarios, played by hand over plain SSH, and what becomes of the data."""

import pytest

from bot.simulator.pair import SimulatedPair
from bot.simulator.pair.layouts import LAYOUTS
from tests.simulator.conftest import MakePair
from tests.support.ssh_client import Client, Reply

HEALTHY = ("active", "standby")


@pytest.fixture(params=["a", "b"])
def layout(request: pytest.FixtureRequest) -> str:
    layout: str = request.param
    return layout


def states(pair: SimulatedPair) -> tuple[str, str]:
    truth = pair.truth()
    return truth["primary"]["state"], truth["secondary"]["state"]


def consent(layout: str) -> tuple[str, str]:
    return LAYOUTS[layout].consent, LAYOUTS[layout].yes


def initialise(client: Client, pair: SimulatedPair, layout: str, code: str | None = None) -> Reply:
    asks = LAYOUTS[layout]
    address = (asks.address, pair.truth()["secondary"]["address"])
    joining = (asks.joining_code, code or pair.joining_code or "")
    return client.run(pair.primary, "ha-initialise", address, joining, consent(layout))


def test_scenario_1_failed_active_primary(make_pair: MakePair, client: Client, layout: str) -> None:
    pair = make_pair(layout=layout)
    pair.cut_link()
    unreplicated = pair.change(on="primary")
    pair.primary.power_off()
    assert pair.truth()["serving"] == []

    assert client.run(pair.secondary, "ha-failover", consent(layout)).code == 0
    assert states(pair) == ("active", "active"), "a Primary without power cannot be demoted"
    assert pair.truth()["serving"] == ["secondary"]
    assert pair.truth()["at_risk"] == [unreplicated]

    made_meanwhile = pair.change()
    pair.primary.redeploy()
    pair.join_link()
    assert states(pair) == ("unpaired", "active")
    assert pair.truth()["lost"] == [unreplicated]

    assert client.run(pair.secondary, "ha-failback", consent(layout)).code == 0
    assert states(pair) == HEALTHY
    assert made_meanwhile in pair.truth()["primary"]["changes"]
    assert pair.truth()["replicating"]


def test_scenario_2_split_brain(make_pair: MakePair, client: Client, layout: str) -> None:
    pair = make_pair(state="split-brain", layout=layout)
    only_primary, only_secondary = pair.change(on="primary"), pair.change(on="secondary")

    assert client.run(pair.primary, "ha-demote-primary", consent(layout)).code == 0
    assert states(pair) == ("demoted", "active")
    assert only_primary in pair.truth()["at_risk"]

    assert client.run(pair.secondary, "ha-failback", consent(layout)).code == 0
    assert states(pair) == HEALTHY
    assert only_primary in pair.truth()["lost"], "the vendor's note: changes made on the Primary are lost"
    assert only_secondary in pair.truth()["primary"]["changes"]


def test_scenario_3_failed_standby(make_pair: MakePair, client: Client, layout: str) -> None:
    pair = make_pair(state="failed-secondary", layout=layout)
    change = pair.change()
    pair.secondary.redeploy(address="10.0.0.13")
    assert states(pair) == ("active", "unpaired")

    assert initialise(client, pair, layout).code == 0
    assert states(pair) == HEALTHY
    assert change in pair.truth()["secondary"]["changes"]
    assert pair.joining_code is None, "a code is good for once"


def test_scenario_4_both_failed(make_pair: MakePair, client: Client, layout: str) -> None:
    pair = make_pair(layout=layout)
    kept = pair.change()
    pair.back_up()
    after_the_backup = pair.change()
    for server in (pair.primary, pair.secondary):
        server.power_off()
    pair.primary.redeploy(restored=True)
    pair.secondary.redeploy()
    assert states(pair) == ("unpaired", "unpaired")

    assert initialise(client, pair, layout).code == 0
    assert states(pair) == HEALTHY
    assert kept in pair.truth()["secondary"]["changes"]
    assert pair.truth()["lost"] == [after_the_backup]


def test_a_wrong_joining_code_is_refused(make_pair: MakePair, client: Client, layout: str) -> None:
    pair = make_pair(state="failed-secondary", layout=layout)
    pair.secondary.redeploy()
    reply = initialise(client, pair, layout, code="NONE-SUCH-CODE")
    assert reply.code == 3
    assert "joining code is not correct" in reply.err
    assert states(pair) == ("active", "unpaired")
    assert not pair.commands[-1].effect


def test_a_primary_out_of_contact_comes_back_active(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    pair.primary.power_off()
    assert client.run(pair.secondary, "ha-failover", consent("a")).code == 0
    pair.primary.power_on()
    assert states(pair) == ("active", "active")
    assert pair.truth()["serving"] == ["primary", "secondary"], "two at once: split brain"


def test_a_planned_hand_over_and_back(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    assert client.run(pair.primary, "ha-failover", consent("a")).code == 0
    assert states(pair) == ("demoted", "active")
    assert client.run(pair.secondary, "ha-failback", consent("a")).code == 0
    assert states(pair) == HEALTHY
    assert [(each.line, each.effect) for each in pair.commands] == [("ha-failover", True), ("ha-failback", True)]
