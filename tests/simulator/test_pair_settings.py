"""What a simulated pair looks like in the bot's pairs file."""

import re
from pathlib import Path

import pytest

from bot.simulator.pair import SimulatedPair
from bot.simulator.pair.layouts import LAYOUTS


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_table_of_the_pairs_file(layout: str) -> None:
    pair = SimulatedPair("london", layout=layout, floating_ip="10.0.0.10", needs_pty=True)
    table = pair.settings(key=Path("/keys/id"), channel="C1", requesters=["U1"], approvers=["U2", "U3"])
    pair.stop()
    assert {name: table[name] for name in ("channel", "requesters", "approvers", "approvals", "floating_ip")} == {
        "channel": "C1",
        "requesters": ["U1"],
        "approvers": ["U2", "U3"],
        "approvals": 1,
        "floating_ip": "10.0.0.10",
    }
    assert table["peer_row"] == "unproven"
    for name in ("primary", "secondary"):
        server = pair.server(name)
        assert table[name] == {
            "host": "127.0.0.1",
            "port": server.port,
            "address": server.state.address,
            "user": "pairkeeper",
            "key": "/keys/id",
            "host_key": server.host_key,
            "pty": True,
        }


def test_only_other_questions_are_spelled_out() -> None:
    pair = SimulatedPair("london", layout="b")
    commands = pair.settings(key=Path("k"))["commands"]
    pair.stop()
    assert set(commands) == {"ha-failover", "ha-failback", "ha-demote-primary", "ha-initialise"}
    asked = [step["prompt"] for step in commands["ha-initialise"]["dialogue"]]
    asks = LAYOUTS["b"]
    assert all(re.search(p, q) for p, q in zip(asked, (asks.address, asks.joining_code, asks.consent), strict=True))
    assert [step["answer"] for step in commands["ha-initialise"]["dialogue"]] == ["{address}", "{joining_code}", "yes"]


def test_the_same_pair_twice_and_a_stop_without_a_start() -> None:
    with SimulatedPair("london") as one, SimulatedPair("london") as two:
        ports = {one.primary.port, one.secondary.port, two.primary.port, two.secondary.port}
        assert len(ports) == 4
    one.stop()
    SimulatedPair("london").stop()
