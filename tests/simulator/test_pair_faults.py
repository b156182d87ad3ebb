"""The faults of machines and networks: what the client is told, held against what really happened."""

import time

import paramiko
import pytest

from tests.simulator.conftest import MakePair
from tests.simulator.told import YES, last, state
from tests.support.patience import eventually
from tests.support.ssh_client import Client, converse

NO_ANSWER = (OSError, EOFError, paramiko.SSHException)


def test_power_off_silently_answers_nothing(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    with client.connected(pair.primary) as connection:
        pair.primary.power_off()
        with pytest.raises(TimeoutError):
            client.run(pair.primary, "ha-status", timeout=0.5)
        with pytest.raises(NO_ANSWER):
            converse(connection, "ha-status", timeout=0.5)
        pair.primary.power_on()
        eventually(lambda: not connection.get_transport().is_active())
    assert client.run(pair.primary, "ha-status").code == 0


def test_power_off_refusing(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    with client.connected(pair.primary) as connection:
        pair.primary.power_off(silently=False)
        eventually(lambda: not connection.get_transport().is_active())
    with pytest.raises(ConnectionRefusedError):
        client.run(pair.primary, "ha-status", timeout=0.5)
    pair.primary.power_on()
    assert client.run(pair.primary, "ha-status").code == 0


def test_power_lost_midway_leaves_no_effect(make_pair: MakePair, client: Client) -> None:
    pair = make_pair(seconds=0.8)
    with client.connected(pair.secondary) as connection:
        channel = connection.get_transport().open_session()
        channel.exec_command("ha-failover")
        channel.sendall(b"y\n")
        eventually(lambda: pair.truth()["secondary"]["running"] == ["ha-failover"])
        pair.secondary.power_off()
        assert not last(pair).effect
        eventually(lambda: not pair.truth()["secondary"]["running"])
    assert state(pair) == "standby"


def test_frozen_keeps_tcp_alive_and_goes_on_when_thawed(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    with client.connected(pair.primary) as connection:
        pair.primary.freeze()
        with pytest.raises(NO_ANSWER) as caught:
            client.run(pair.primary, "ha-status", timeout=0.5)
        assert "banner" in str(caught.value) or "session" in str(caught.value), "TCP answered, SSH did not"
        pair.primary.thaw()
        assert converse(connection, "ha-status").code == 0


@pytest.mark.proof
def test_frozen_midway_has_its_effect_after_the_thaw(make_pair: MakePair, client: Client) -> None:
    pair = make_pair(seconds=0.6)
    with client.connected(pair.secondary) as connection:
        channel = connection.get_transport().open_session()
        channel.exec_command("ha-failover")
        channel.sendall(b"y\n")
        eventually(lambda: pair.truth()["secondary"]["running"])
        pair.secondary.freeze()
        time.sleep(0.8)
        assert state(pair) == "standby"
        pair.secondary.thaw()
        assert channel.recv_exit_status() == 0
    assert state(pair) == "active"


def test_a_cut_network_delivers_late_what_was_sent_meanwhile(make_pair: MakePair, client: Client) -> None:
    pair = make_pair(seconds=0.6)
    with client.connected(pair.secondary) as connection:
        channel = connection.get_transport().open_session()
        channel.exec_command("ha-failover")
        channel.sendall(b"y\n")
        eventually(lambda: pair.truth()["secondary"]["running"])
        pair.secondary.cut_from_bot()
        with pytest.raises(TimeoutError):
            client.run(pair.secondary, "ha-status", timeout=0.5)
        assert last(pair).effect, "the server goes on behind the cut"
        assert not channel.exit_status_ready()
        pair.secondary.join_bot()
        assert channel.recv_exit_status() == 0
    assert client.run(pair.secondary, "ha-status").code == 0


def test_another_host_key_is_noticed(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    old, port = pair.primary.host_key, pair.primary.port
    with client.connected(pair.primary) as connection:
        pair.primary.change_host_key()
        eventually(lambda: not connection.get_transport().is_active())
    assert (pair.primary.host_key != old, pair.primary.port) == (True, port)
    assert client.run(pair.primary, "ha-status").code == 0

    pinned = paramiko.SSHClient()
    entry = paramiko.hostkeys.HostKeyEntry.from_line(f"x {old}")
    assert entry is not None
    assert entry.key is not None
    pinned.get_host_keys().add(f"[{pair.primary.host}]:{port}", "ssh-ed25519", entry.key)
    with pinned, pytest.raises(paramiko.BadHostKeyException):
        pinned.connect(pair.primary.host, port, client.user, look_for_keys=False, allow_agent=False)


def test_a_replacement_may_have_no_account(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    old = pair.primary.host_key
    pair.primary.redeploy(account=False)
    assert pair.primary.host_key != old
    with pytest.raises(paramiko.AuthenticationException):
        client.run(pair.primary, "ha-status")
    pair.primary.redeploy()
    assert "not part of a High Availability pair" in client.run(pair.primary, "ha-status").out


@pytest.mark.parametrize(
    ("kind", "code", "told"), [("failed", 0, "Failed"), ("garbage", 0, "core"), ("status-fails", 1, "17")]
)
def test_sick(make_pair: MakePair, client: Client, kind: str, code: int, told: str) -> None:
    pair = make_pair()
    pair.primary.make_sick(kind)
    reply = client.run(pair.primary, "ha-status")
    assert reply.code == code
    assert told in reply.out + reply.err
    assert client.run(pair.secondary, "ha-failover", YES).code == 0
    assert state(pair, "primary") == "demoted", "a sick Primary that can be contacted obeys"
    pair.primary.heal()
    assert "Demoted" in client.run(pair.primary, "ha-status").out


def test_the_link_between_the_servers_is_not_the_bots_way(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    pair.cut_link()
    assert "Unreachable" in client.run(pair.secondary, "ha-status").out
    assert client.run(pair.primary, "ha-status").code == 0
    pair.join_link()
    assert "OK" in client.run(pair.secondary, "ha-status").out


def test_degraded_until_mended(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    pair.degrade("half upgraded")
    behind = pair.change()
    assert "Degraded" in client.run(pair.primary, "ha-status").out
    assert behind not in pair.truth()["secondary"]["changes"]
    pair.mend()
    assert behind in pair.truth()["secondary"]["changes"]


def test_both_servers_at_once_and_truth_from_other_threads(make_pair: MakePair, client: Client) -> None:
    pair = make_pair(state="both-failed")
    assert pair.truth()["serving"] == []
    for server in (pair.primary, pair.secondary):
        server.power_on()
    assert [client.run(server, "ha-status").code for server in (pair.primary, pair.secondary)] == [0, 0]
    assert pair.truth()["replicating"]
