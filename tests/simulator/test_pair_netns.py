"""A real sshd in a network namespace: packets get lost, processes stop and die, and the truth is known."""

import time
from collections.abc import Iterator

import paramiko
import pytest

from tests.support.patience import eventually
from tests.support.ssh_client import Client
from tests.support.sshd import OpenSSH, this_user

pytestmark = pytest.mark.needs("sshd", "netns")


@pytest.fixture
def client() -> Client:
    return Client(this_user())


@pytest.fixture
def servers(client: Client) -> Iterator[OpenSSH]:
    with OpenSSH(netns=True, client_key=client.public_key, seconds=0.8) as servers:
        yield servers


@pytest.fixture
def under_way(servers: OpenSSH, client: Client) -> Iterator[paramiko.Channel]:
    """A failover that has been answered and has not ended."""
    with client.connected(servers.pair.secondary) as connection:
        channel = connection.get_transport().open_session()
        channel.exec_command("ha-failover")
        channel.sendall(b"y\n")
        eventually(lambda: servers.pair.truth()["secondary"]["running"])
        yield channel


def executed(servers: OpenSSH) -> bool:
    eventually(lambda: servers.pair.commands[-1].ended)
    return servers.pair.commands[-1].effect


@pytest.mark.parametrize("lost", [{}, {"requests": False}, {"replies": False}])
def test_a_partition_is_silence_both_ways(servers: OpenSSH, client: Client, lost: dict[str, bool]) -> None:
    servers.partition("primary", **lost)
    with pytest.raises(TimeoutError):
        client.run(servers.pair.primary, "ha-status", timeout=0.5)
    assert client.run(servers.pair.secondary, "ha-status").code == 0
    servers.heal("primary")
    assert client.run(servers.pair.primary, "ha-status").code == 0


def test_partition_midway_executes_unseen(servers: OpenSSH, under_way: paramiko.Channel) -> None:
    servers.partition("secondary")
    assert executed(servers)
    time.sleep(0.2)
    assert not under_way.exit_status_ready(), "the client has been told nothing"
    servers.heal("secondary")
    assert under_way.recv_exit_status() == 0


def test_stopped_sshd_executes_unseen(servers: OpenSSH, under_way: paramiko.Channel) -> None:
    servers.door("secondary").stop()
    assert executed(servers), "the appliance itself is another process"
    assert not under_way.exit_status_ready()
    servers.door("secondary").resume()
    assert under_way.recv_exit_status() == 0


def test_a_killed_session_executes_and_tells_nothing(servers: OpenSSH, under_way: paramiko.Channel) -> None:
    servers.door("secondary").kill_sessions()
    assert under_way.recv_exit_status() == -1
    assert executed(servers)
