"""The second look at something new comes when it is due, however long the first took, and nothing delays it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.pair import Role, Server
from bot.domain.transport import Reply
from bot.services import Monitor
from bot.services.monitor import CONFIRM
from tests.monitor.house import House
from tests.monitor.sky import SkyWire


class SlowWire(SkyWire):
    """A wire on which each look at a Primary takes some seconds of a clock that the test reads."""

    def __init__(self, house: House, takes: float) -> None:
        super().__init__(house.sky)
        self.takes, self.at = takes, 0.0

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        if server.host.endswith("primary"):
            self.at += self.takes
        return super().probe(server, line, seconds)


@pytest.mark.parametrize(("takes", "waits"), [(0.0, CONFIRM), (3.0, CONFIRM - 3.0), (7.0, 0.0)])
def test_the_wait_counts_from_the_beginning_of_the_first_look(house: House, takes: float, waits: float) -> None:
    wire, pauses = SlowWire(house, takes), []
    watch = Monitor(
        replace(house.desk, wire=wire),
        lambda work: work(),
        lambda seconds: pauses.append(seconds),
        steady=lambda: wire.at,
    )
    house.pairs = {"london": house.pairs["london"]}
    house.off("london", Role.PRIMARY)
    watch.beat()
    watch.beat()
    assert pauses == [waits]
    assert house.open() == {"london": "Primary not answering"}


def test_a_pair_is_looked_at_once_at_a_time_by_one_process(house: House) -> None:
    jobs: list[Callable[[], None]] = []
    house.watch.submit = jobs.append
    house.pairs = {"london": house.pairs["london"]}

    def later() -> None:
        house.clock.advance(house.clock.true + timedelta(minutes=2))
        house.watch.beat()

    house.watch.beat()
    later()
    assert len(jobs) == 1
    later()
    assert len(jobs) == 1, "a second turn would stand before the look that confirms"
    jobs[0]()
    later()
    assert len(jobs) == 2
