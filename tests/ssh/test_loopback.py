"""A console that calls this machine only, as the demo's does."""

import socket
from collections.abc import Iterator

import pytest

from bot.domain.transport import Unreachable, UnreachableReason
from bot.ssh import SshClient
from tests.ssh.sshd import Sshd

pytestmark = pytest.mark.needs("sshd")


@pytest.fixture
def bound() -> Iterator[SshClient]:
    console = SshClient(only_loopback=True)
    yield console
    console.close()


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """Hears whoever calls this machine, at whichever of its addresses."""
    with socket.create_server(("", 0)) as found:
        found.settimeout(0.3)
        yield found


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_called(bound: SshClient, sshd: Sshd, host: str) -> None:
    server = sshd.server(host=host)
    with bound.open(server, 5) as session:
        assert session.run("echo here", 5).text == "here\n"
    assert bound.probe(server, "echo here", 5).text == "here\n"
    assert bound.offered_key(server, 5) == sshd.host_keys["ed25519"]
    assert bound.probe(sshd.server(jump=sshd.login()), "echo here", 5).text == "here\n"


@pytest.mark.parametrize(
    "host",
    ["real.example.com", "10.1.2.3", "0x0a010203", "0.0.0.0", "::ffff:10.1.2.3", "fe80::1%lo", "localhost.example", ""],
)
def test_nobody_else_is_called(bound: SshClient, sshd: Sshd, host: str) -> None:
    away = sshd.server(host=host)
    behind = sshd.server(host=host, jump=sshd.login())
    by_way_of = sshd.server(jump=sshd.login(host=host))
    for server in (away, behind, by_way_of):
        for call in (
            lambda one=server: bound.probe(one, "true", 3),
            lambda one=server: bound.offered_key(one, 3, one.jump),
            lambda one=server: bound.open(one, 3).__enter__(),
        ):
            with pytest.raises(Unreachable) as told:
                call()
            assert told.value.why is (UnreachableReason.JUMP if server is by_way_of else UnreachableReason.ELSEWHERE)
            assert told.value.words.endswith(UnreachableReason.ELSEWHERE.value)


def test_not_a_packet_leaves_for_an_address_or_a_name_that_would_be_heard(
    console: SshClient, bound: SshClient, sshd: Sshd, ear: socket.socket
) -> None:
    heard = "0.0.0.0"  # whoever calls it comes out at this machine, by no loopback address
    for host in (heard, socket.gethostname()):
        with pytest.raises(Unreachable) as told:
            bound.offered_key(sshd.server(host=host, port=ear.getsockname()[1]), 1)
        assert told.value.why is UnreachableReason.ELSEWHERE
    with pytest.raises(TimeoutError):
        ear.accept()
    with pytest.raises(Unreachable):
        console.offered_key(sshd.server(host=heard, port=ear.getsockname()[1]), 0.3)
    ear.accept()[0].close()
