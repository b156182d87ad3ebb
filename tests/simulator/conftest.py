"""The contract of a simulated pair: the same tests on asyncssh and on a real sshd."""

from collections.abc import Callable, Iterator

import pytest

from bot.simulator.pair import SimulatedPair
from tests.support.ssh_client import Client
from tests.support.sshd import OpenSSH, this_user

MakePair = Callable[..., SimulatedPair]


@pytest.fixture(params=["asyncssh", pytest.param("sshd", marks=pytest.mark.needs("sshd"))])
def way(request: pytest.FixtureRequest) -> str:
    """Which SSH server stands before the appliance."""
    way: str = request.param
    return way


@pytest.fixture
def client(way: str) -> Client:
    """A client whose key the pairs of this test admit."""
    return Client(this_user() if way == "sshd" else "pairkeeper")


@pytest.fixture
def make_pair(way: str, client: Client) -> Iterator[MakePair]:
    """Starts pairs, and stops them at the end."""
    started: list[SimulatedPair | OpenSSH] = []

    def make(**options: object) -> SimulatedPair:
        options = {"client_key": client.public_key, "seconds": 0.05, **options}
        one = OpenSSH("london", **options) if way == "sshd" else SimulatedPair("london", **options)  # type: ignore[arg-type]
        started.append(one.start())
        return one.pair if isinstance(one, OpenSSH) else one

    yield make
    for one in started:
        one.stop()
