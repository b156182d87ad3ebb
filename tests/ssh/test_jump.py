"""Through a jump host, which is pinned like any other."""

from pathlib import Path

import pytest

from bot.domain.transport import Unreachable, UnreachableReason
from bot.simulator.stage import free_port
from bot.ssh import SshClient
from tests.ssh.sshd import Sshd, make_key, running, within

pytestmark = pytest.mark.needs("sshd")


def test_a_command_and_the_offered_key_pass(console: SshClient, sshd: Sshd) -> None:
    with running() as target:
        server = target.server(jump=sshd.login())
        with console.open(server, 5) as session:
            assert session.run("echo $TRUTH", 5).text == f"{target.truth}\n"
        assert console.probe(server, "echo here", 5).text == "here\n"
        assert console.probe(server, "echo here", 5).text == "here\n"
        assert console.offered_key(server, 5, sshd.login()) == target.host_keys["ed25519"]


def test_a_wrong_key_of_the_jump_host(console: SshClient, sshd: Sshd, tmp_path: Path) -> None:
    """Trap: a hop that Fabric builds by itself is not pinned."""
    server = sshd.server(jump=sshd.login(host_key=make_key(tmp_path / "other")))
    for call in (
        lambda: console.probe(server, "true", 5),
        lambda: console.offered_key(server, 5, server.jump),
    ):
        with pytest.raises(Unreachable) as told:
            call()
        assert told.value.why is UnreachableReason.JUMP
        assert "host key" in told.value.words
        assert told.value.words.count("SHA256:") == 2


def test_a_wrong_key_behind_the_jump_host(console: SshClient, sshd: Sshd, tmp_path: Path) -> None:
    server = sshd.server(host_key=make_key(tmp_path / "other"), jump=sshd.login())
    with pytest.raises(Unreachable) as told:
        console.probe(server, "echo x >> $TRUTH", 5)
    assert told.value.why is UnreachableReason.WRONG_KEY
    assert not sshd.done


@pytest.mark.parametrize("changes", [{"port": free_port()}, {"host": "no-such-server.invalid"}])
def test_the_jump_host_cannot_reach_the_server(console: SshClient, sshd: Sshd, changes: dict[str, object]) -> None:
    with within(10), pytest.raises(Unreachable) as told:
        console.probe(sshd.server(jump=sshd.login(), **changes), "true", 10)
    assert told.value.why is UnreachableReason.NO_ANSWER
    assert "jump host" in told.value.words


def test_a_jump_host_that_is_not_there_refuses_us_or_passes_nothing_on(console: SshClient, sshd: Sshd) -> None:
    for changes, word in (
        ({"port": free_port()}, "refused"),
        ({"host": "no-such-jump.invalid"}, "resolve"),
        ({"user": "stranger"}, "login"),
        ({"host_key": "garbage"}, "pinned"),
        ({"key": "/nowhere/key"}, "/nowhere/key"),
    ):
        with within(10), pytest.raises(Unreachable) as told:
            console.probe(sshd.server(jump=sshd.login(**changes)), "true", 10)
        assert told.value.why is UnreachableReason.JUMP
        assert word in told.value.words
    with running(config="AllowTcpForwarding no\n") as closed, pytest.raises(Unreachable) as told:
        console.probe(sshd.server(jump=closed.login()), "true", 5)
    assert told.value.why is UnreachableReason.JUMP


def test_a_frozen_jump_host(console: SshClient, own: Sshd, sshd: Sshd) -> None:
    server = sshd.server(jump=own.login())
    with console.open(server, 5) as session:
        own.freeze()
        with within(0.5), pytest.raises(Unreachable) as silence:
            session.run("echo x >> $TRUTH", 0.5)
        assert silence.value.why is UnreachableReason.NO_ANSWER
    assert not sshd.done
    with within(0.5), pytest.raises(Unreachable) as silence:
        console.probe(server, "true", 0.5)
    assert silence.value.why is UnreachableReason.JUMP
