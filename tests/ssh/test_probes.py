"""Connections that are kept open for looks."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain.transport import Ending, Unreachable, UnreachableReason
from bot.ssh import SshClient
from bot.ssh import pool as pools
from tests.ssh.sshd import Relay, Sshd, relayed, running, within
from tests.support.patience import eventually

pytestmark = pytest.mark.needs("sshd")


@pytest.fixture
def relay(sshd: Sshd) -> Iterator[Relay]:
    """What stands between, and counts the connections."""
    with relayed(sshd) as relay:
        yield relay


def test_one_connection_serves_many_looks(console: SshClient, sshd: Sshd, relay: Relay) -> None:
    server = sshd.server(port=relay.port)
    for _ in range(5):
        assert console.probe(server, "echo here; exit 1", 5).exit == 1
    assert relay.connections == 1


def test_an_action_never_uses_the_kept_connection(console: SshClient, sshd: Sshd, relay: Relay) -> None:
    """Invariant: a fresh connection for every changing command."""
    server = sshd.server(port=relay.port)
    console.probe(server, "true", 5)
    for expected in (2, 3):
        with console.open(server, 5) as session:
            session.run("true", 5)
        assert relay.connections == expected


def test_other_settings_get_another_connection(console: SshClient, sshd: Sshd, relay: Relay) -> None:
    server = sshd.server(port=relay.port)
    console.probe(server, "true", 5)
    console.probe(sshd.server(port=relay.port, host_key=sshd.host_keys["rsa"]), "true", 5)
    assert relay.connections == 2
    with pytest.raises(Unreachable):
        console.probe(sshd.server(port=relay.port, user="stranger"), "true", 5)


def test_a_connection_that_broke_is_opened_again(console: SshClient, own: Sshd) -> None:
    server = own.server()
    for _ in range(3):
        assert console.probe(server, "echo here", 5).text == "here\n"
        own.kill_sessions()
    own.stop()
    with pytest.raises(Unreachable) as told:
        console.probe(server, "true", 5)
    assert told.value.why is UnreachableReason.REFUSED
    own.start()
    assert console.probe(server, "echo here", 5).text == "here\n"


def test_a_dead_connection_that_looks_alive_leaves_time_for_a_fresh_one(
    console: SshClient, sshd: Sshd, relay: Relay
) -> None:
    """Trap: opening a channel on an idle connection behind a partition hung for over 45 s."""
    server = sshd.server(port=relay.port)
    console.probe(server, "true", 5)
    relay.hold()
    with within(0.5):
        assert console.probe(server, "echo here", 1.5).text == "here\n"
    assert relay.connections == 2


def test_a_look_is_repeated_once_only(console: SshClient, sshd: Sshd, relay: Relay) -> None:
    server = sshd.server(port=relay.port)
    console.probe(server, "true", 5)
    console.probe(server, "echo x >> $TRUTH; kill -9 $PPID", 5)
    assert len(sshd.done) == 2
    assert relay.connections == 2


def test_a_look_past_its_deadline_is_not_repeated(console: SshClient, sshd: Sshd) -> None:
    server = sshd.server()
    console.probe(server, "true", 5)
    with within(2):
        assert console.probe(server, "echo x >> $TRUTH; sleep 9", 2).ending is Ending.TIMED_OUT
    assert sshd.done == ["x"]
    assert console.probe(server, "echo here", 5).text == "here\n"


def test_long_unused_connections_are_closed(console: SshClient, own: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "IDLE", 0.0)
    console.probe(own.server(), "true", 5)
    assert len(own.sessions()) == 1
    console.probe(own.server(pty=True), "true", 5)  # other settings are another server
    eventually(lambda: len(own.sessions()) == 1)


def test_many_threads_and_servers(console: SshClient) -> None:
    """Trap: an unopened connection used by 20 threads leaked 39 transports; a shared Config failed 328 of 2000."""
    with running() as one, running() as two, relayed(one) as first, relayed(two) as second:
        servers = [one.server(port=first.port), two.server(port=second.port)]
        servers += [one.server(), two.server(), one.server(jump=two.login()), two.server(jump=one.login())]
        servers += [one.server(pty=True), two.server(pty=True)]

        def look(number: int) -> str:
            return console.probe(servers[number % len(servers)], f"echo {number}", 20).text

        with ThreadPoolExecutor(32) as crew:
            assert list(crew.map(look, range(320))) == [f"{number}\n" for number in range(320)]
        assert first.connections == second.connections == 1


def test_a_hung_server_holds_nobody_else_up(console: SshClient, sshd: Sshd, own: Sshd) -> None:
    own.freeze()

    def look(number: int) -> object:
        server = own.server() if number % 2 else sshd.server()
        try:
            with within(4):
                return console.probe(server, "echo here", 1).text
        except Unreachable as silence:
            return silence.why

    with ThreadPoolExecutor(32) as crew:
        told = Counter(crew.map(look, range(32)))
    assert told == {"here\n": 16, UnreachableReason.NO_ANSWER: 16}
