"""What `ha-status` prints, byte for byte; the layouts are invented, so that they may change here only."""

from dataclasses import replace

import pytest

from bot.simulator.pair.layouts import LAYOUTS, PeerRow, rows
from bot.simulator.pair.starts import STARTS, healthy
from bot.simulator.pair.world import Pair, Role, Server, Sickness, State

LIVE, STATIC = PeerRow.LIVE, PeerRow.STATIC


def start(state: str, floating_ip: str | None = "10.0.0.10") -> Pair:
    return STARTS[state](healthy("10.0.0.11", "10.0.0.12", floating_ip))


def test_layout_a() -> None:
    assert LAYOUTS["a"].status(start("bau"), Role.PRIMARY, LIVE) == (
        "Primary PAM Server        Active\n"
        "  10.0.0.11               - this host\n"
        "Floating IP address       10.0.0.10\n"
        "Secondary PAM Server      Standby\n"
        "  10.0.0.12\n"
        "High Availability status  OK\n"
        "SMB share                 not configured (recommended)\n"
    )


def test_layout_b() -> None:
    assert LAYOUTS["b"].status(start("failed-over"), Role.SECONDARY, LIVE) == (
        "\x1b[1mPrimary PAM Server:\x1b[0m \x1b[33mDemoted\x1b[0m 10.0.0.11\r\n"
        "\x1b[1mFloating IP address:\x1b[0m 10.0.0.10\r\n"
        "\x1b[1mSecondary PAM Server:\x1b[0m \x1b[33mPromoted Active\x1b[0m 10.0.0.12 - this host\r\n"
        "\x1b[1mHigh Availability status:\x1b[0m \x1b[33mDegraded\x1b[0m\r\n"
        "\x1b[1mSMB share:\x1b[0m //nas/pam, 41% full\r\n"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_floating_ip_no_row(layout: str) -> None:
    assert "Floating" not in LAYOUTS[layout].status(start("bau", None), Role.PRIMARY, LIVE)


@pytest.mark.parametrize(
    ("state", "here", "live", "static"),
    [
        ("bau", Role.PRIMARY, "Standby", "Standby"),
        ("bau", Role.SECONDARY, "Active", "Active"),
        ("failed-primary", Role.SECONDARY, "Unreachable", "Active"),
        ("failed-secondary", Role.PRIMARY, "Unreachable", "Standby"),
        ("split-brain", Role.PRIMARY, "Promoted Active", "Standby"),
        ("split-brain", Role.SECONDARY, "Active", "Demoted"),
        ("failed-over", Role.PRIMARY, "Promoted Active", "Promoted Active"),
        ("failed-over", Role.SECONDARY, "Demoted", "Demoted"),
    ],
)
def test_a_static_peer_row_does_not_follow_the_truth(state: str, here: Role, live: str, static: str) -> None:
    peer = list(Role).index(here.other)
    assert rows(start(state), here, LIVE)[peer].state == live
    assert rows(start(state), here, STATIC)[peer].state == static


def test_sick_and_unpaired_and_standalone() -> None:
    pair = start("bau")
    sick = pair.with_server(replace(pair.primary, sick=Sickness.FAILED))
    assert rows(sick, Role.PRIMARY, LIVE)[0].state == "Failed"
    alone = pair.with_server(replace(pair.primary, state=State.STANDALONE))
    assert rows(alone, Role.PRIMARY, LIVE)[0].state == "Standalone"
    fresh = pair.with_server(Server(Role.PRIMARY, "10.0.0.11", State.UNPAIRED))
    assert "not part of a High Availability pair" in LAYOUTS["a"].status(fresh, Role.PRIMARY, LIVE)
    assert LAYOUTS["b"].status(fresh, Role.PRIMARY, LIVE).count("\r\n") == 1
