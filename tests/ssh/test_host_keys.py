"""The pinned host key, or nothing."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.pair import Login
from bot.domain.plan import fingerprint
from bot.domain.transport import Unreachable, UnreachableReason
from bot.ssh import SshClient
from tests.ssh.sshd import Sshd, make_key, running, within

pytestmark = pytest.mark.needs("sshd")


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_server_with_several_host_keys_shows_the_pinned_one(console: SshClient, sshd: Sshd, kind: str) -> None:
    server = sshd.server(host_key=sshd.host_keys[kind])
    with console.open(server, 5) as session:
        assert session.run("echo here", 5).text == "here\n"
    assert console.offered_key(server, 5) == sshd.host_keys[kind]


def test_a_comment_after_the_pin_is_no_matter(console: SshClient, sshd: Sshd) -> None:
    server = sshd.server(host_key=sshd.host_keys["ed25519"] + "  root@pam-a (built 2026)\n")
    assert console.probe(server, "echo here", 5).text == "here\n"


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_wrong_key_ends_before_the_login(console: SshClient, tmp_path: Path, kind: str) -> None:
    """Trap: Fabric accepts any key, and ran the command on the wrong box."""
    pinned = make_key(tmp_path / "other", kind)
    with running(config="LogLevel VERBOSE\n") as sshd:
        server = sshd.server(host_key=pinned)
        for call in (lambda: console.probe(server, "echo x >> $TRUTH", 5), lambda: _open(console, server)):
            with within(1), pytest.raises(Unreachable) as told:
                call()
            assert told.value.why is UnreachableReason.WRONG_KEY
            assert told.value.words.count("SHA256:") == 2
            assert pinned.split()[1] not in told.value.words
            ends = [fingerprint(key)[-6:] for key in (console.offered_key(server, 5), pinned)]
            assert not any(end in told.value.words for end in ends), "these are read on the console only"
        assert "Accepted" not in sshd.log
        assert not sshd.done


def _open(console: SshClient, server: object) -> None:
    with console.open(server, 5):  # type: ignore[arg-type]
        raise AssertionError("it opened")


ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIDa53hQHI7OTFr5sQ6dB3k4RWz0A3Z4jJ8ZtsAslrTAE"
GARBAGE = [
    "",
    "garbage",
    "ssh-ed25519",
    "ssh-ed25519 AAAA",
    f"ssh-ed25519 {ED25519[:-4]}",
    f"ssh-rsa {ED25519}",
    f"@revoked * ssh-ed25519 {ED25519}",
    f"@cert-authority * ssh-ed25519 {ED25519}",
    f"pam-a ssh-ed25519 {ED25519}",
    f"ssh-ed25519-cert-v01@openssh.com {ED25519}",
    f"ssh-ed25519 {ED25519}\nssh-ed25519 {ED25519}",
    "ssh-dss AAAAB3NzaC1kc3MAAACBAP",
]


@pytest.mark.parametrize("pin", GARBAGE)
def test_a_pin_that_cannot_be_read_sends_nothing(console: SshClient, pin: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server = Login("127.0.0.1", "pam", pin, listener.getsockname()[1])
        with pytest.raises(Unreachable) as told:
            _open(console, _server(server))
        assert told.value.why is UnreachableReason.BAD_PIN
        with pytest.raises(TimeoutError):
            listener.accept()


def _server(login: Login) -> object:
    from bot.domain.pair import Server

    return Server(login.host, login.user, login.host_key, login.port)


def test_the_offered_key_needs_no_login_and_no_pin(console: SshClient, sshd: Sshd) -> None:
    login = Login(sshd.host, "nobody-we-know", "", sshd.port, key="/nowhere")
    assert console.offered_key(login, 5) == sshd.host_keys["ed25519"]


def test_a_rebuilt_server_shows_its_new_key_and_is_not_entered(console: SshClient, own: Sshd) -> None:
    """Trap of the fault table: with the old key in known_hosts, plain Fabric ran the command."""
    server = own.server()
    assert console.probe(server, "echo here", 5).exit == 0
    fresh = own.new_host_key()
    with pytest.raises(Unreachable) as told:
        console.probe(server, "echo x >> $TRUTH", 5)
    assert told.value.why is UnreachableReason.WRONG_KEY
    assert not own.done
    assert console.offered_key(server, 5) == fresh
    assert console.probe(replace(server, host_key=fresh), "echo here", 5).text == "here\n"
