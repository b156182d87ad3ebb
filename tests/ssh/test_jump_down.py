"""A jump host that stays down: of the servers behind it that says nothing, and people hear which jump host it is."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.pair import Login
from bot.domain.transport import Ending, Unreachable, UnreachableReason
from bot.simulator.stage import free_port
from bot.ssh import SshClient
from tests.ssh.sshd import Sshd, running

pytestmark = pytest.mark.needs("sshd")


def silences(console: SshClient, sshd: Sshd, jump: Login, seconds: float = 20) -> list[Unreachable]:
    """What each way to a server behind this jump host raises."""
    server = sshd.server(jump=jump)

    def open_session() -> None:
        with console.open(server, seconds):
            pass

    ways: list[Callable[[], Any]] = [
        lambda: console.probe(server, "true", seconds),
        lambda: console.offered_key(server, seconds, jump),
        open_session,
    ]
    found = []
    for way in ways:
        with pytest.raises(Unreachable) as told:
            way()
        found.append(told.value)
    return found


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"port": free_port()}, "connection refused"),
        ({"host": "no-such-jump.invalid"}, "its name does not resolve"),
        ({"user": "stranger"}, "it refused the login"),
        ({"host_key": "garbage"}, "the pinned host key cannot be read"),
        ({"key": "/nowhere/key"}, "its key file /nowhere/key"),
    ],
)
def test_servers_behind_a_jump_host_that_cannot_be_passed_were_not_asked(
    console: SshClient, sshd: Sshd, changes: dict[str, Any], reason: str
) -> None:
    jump = sshd.login(**changes)
    for told in silences(console, sshd, jump):
        assert told.ours
        assert told.why is UnreachableReason.JUMP
        assert told.words.startswith(f"not asked: the jump host {jump.host} could not be passed: {reason}")
        assert told.words.count("not asked") == 1
    assert not sshd.done


def test_so_were_those_behind_one_that_passes_nothing_on(console: SshClient, sshd: Sshd) -> None:
    with running(config="AllowTcpForwarding no\n") as closed:
        told = silences(console, sshd, closed.login())
    assert {(one.ours, one.why) for one in told} == {(True, UnreachableReason.JUMP)}
    assert "it does not pass connections on" in told[0].words


def test_a_jump_host_that_freezes_under_a_kept_line_is_told_as_such(console: SshClient, own: Sshd, sshd: Sshd) -> None:
    server = sshd.server(jump=own.login())
    assert console.probe(server, "true", 20).ending is Ending.EXITED
    own.freeze()
    with pytest.raises(Unreachable) as told:
        console.probe(server, "true", 1.5)
    assert told.value.ours
    assert told.value.words.startswith(f"not asked: the jump host {own.login().host} could not be passed: no answer")


def test_a_jump_host_that_dies_under_a_kept_line_is_told_as_such(console: SshClient, sshd: Sshd) -> None:
    with running() as jump:
        server = sshd.server(jump=jump.login())
        assert console.probe(server, "true", 20).ending is Ending.EXITED
    with pytest.raises(Unreachable) as told:
        console.probe(server, "true", 20)
    assert told.value.ours
    assert "the jump host" in told.value.words


def test_a_server_that_the_jump_host_cannot_reach_is_silent_itself(console: SshClient, sshd: Sshd) -> None:
    with pytest.raises(Unreachable) as told:
        console.probe(sshd.server(jump=sshd.login(), port=free_port()), "true", 20)
    assert not told.value.ours
    assert told.value.why is UnreachableReason.NO_ANSWER
