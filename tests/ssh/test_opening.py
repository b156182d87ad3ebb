"""Why a server could not be asked at all, and that it is known in time."""

import contextlib
import logging
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import paramiko
import pytest

from bot.domain.pair import Server
from bot.domain.transport import Unreachable, UnreachableReason
from bot.simulator.stage import free_port
from bot.ssh import SshClient
from tests.ssh.sshd import Sshd, make_key, running, within
from tests.support.patience import HANG, eventually

pytestmark = pytest.mark.needs("sshd")


def silence(console: SshClient, server: Server, seconds: float = 3.0) -> Unreachable:
    """What both ways in tell; they must agree."""

    def told_by(enter: Callable[[], object]) -> Unreachable:
        with within(seconds), pytest.raises(Unreachable) as caught:
            enter()
        return caught.value

    ways = (lambda: console.probe(server, "true", seconds), lambda: _open(console, server, seconds))
    with ThreadPoolExecutor(2) as crew:
        one, other = crew.map(told_by, ways)
    assert one.why is other.why
    return one


def _open(console: SshClient, server: Server, seconds: float) -> None:
    with console.open(server, seconds):
        raise AssertionError("it opened")


@contextlib.contextmanager
def listening(greeting: bytes | None = None, close: bool = False) -> Iterator[int]:
    """A port that takes connections and says this, or nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                taken.append(sock)
                if greeting:
                    sock.sendall(greeting)
                if close:
                    sock.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts, where close does not
    for sock in [listener, *taken]:
        sock.close()
    thread.join(1)


def test_refused(console: SshClient, sshd: Sshd) -> None:
    assert silence(console, sshd.server(port=free_port())).why is UnreachableReason.REFUSED


@pytest.mark.parametrize("host", ["no-such-server.invalid", "a" * 64 + ".invalid", "two words", "pam@a", "a:22"])
def test_a_name_that_does_not_resolve(console: SshClient, sshd: Sshd, host: str) -> None:
    assert silence(console, sshd.server(host=host), 10).why is UnreachableReason.NO_ADDRESS


@pytest.mark.parametrize("greeting", [None, b"SSH-2.0-OpenSSH_9.2\r\n", b"hello\r\n"], ids=["mute", "ssh", "text"])
def test_a_port_that_takes_us_and_says_no_more(console: SshClient, sshd: Sshd, greeting: bytes | None) -> None:
    with listening(greeting) as port:
        assert silence(console, sshd.server(port=port), 0.25).why is UnreachableReason.NO_ANSWER
        with within(0.25), pytest.raises(Unreachable) as told:
            console.offered_key(sshd.server(port=port), 0.25)
        assert told.value.why is UnreachableReason.NO_ANSWER


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-1.5-old\r\n", b"\xff\x00" * 50])
def test_a_port_that_is_no_ssh_server(console: SshClient, sshd: Sshd, greeting: bytes) -> None:
    with listening(greeting, close=True) as port:
        assert silence(console, sshd.server(port=port)).why is UnreachableReason.NO_ANSWER


def test_a_server_that_is_frozen(console: SshClient, own: Sshd) -> None:
    own.freeze()
    assert silence(console, own.server(), 0.4).why is UnreachableReason.NO_ANSWER


def test_the_login_is_refused(console: SshClient, sshd: Sshd, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    for server in (
        sshd.server(key=str(tmp_path / "stranger")),
        sshd.server(user="stranger"),
        sshd.server(key=None),
    ):
        assert silence(console, server).why is UnreachableReason.LOGIN


def test_a_line_that_breaks_during_the_login_is_no_refusal(console: SshClient, sshd: Sshd) -> None:
    class Quitter(paramiko.ServerInterface):  # type: ignore[misc]
        def check_auth_publickey(self, username: str, key: object) -> int:
            transports[0].close()
            return int(paramiko.AUTH_FAILED)

    transports: list[paramiko.Transport] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            transports.append(paramiko.Transport(listener.accept()[0]))
            transports[0].add_server_key(paramiko.Ed25519Key.from_private_key_file(str(sshd.folder / "host_ed25519")))
            transports[0].start_server(server=Quitter())

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(Unreachable) as told:
            console.probe(sshd.server(port=listener.getsockname()[1]), "true", 5)
    assert told.value.why is UnreachableReason.NO_ANSWER
    assert "closed the connection" in told.value.words


def test_a_key_file_that_cannot_be_used_is_told_apart(console: SshClient, sshd: Sshd, tmp_path: Path) -> None:
    for kind in ("ed25519", "rsa"):
        make_key(tmp_path / f"locked_{kind}", kind, "a passphrase")
    (tmp_path / "text").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n")
    for name, word in (
        ("absent", "cannot be read"),
        ("locked_ed25519", "encrypted"),
        ("locked_rsa", "encrypted"),
        ("text", "no private key"),
        ("locked_rsa.pub", "no private key"),
        (".", "cannot be read"),
    ):
        told = silence(console, sshd.server(key=str(tmp_path / name)))
        assert told.why is UnreachableReason.NOT_ASKED
        assert told.ours
        assert word in told.words
        assert str(tmp_path / name) in told.words


@pytest.mark.parametrize(("kind", "times"), [("rsa", 1), ("ecdsa", 4)])
def test_other_kinds_of_login_key(console: SshClient, own: Sshd, tmp_path: Path, kind: str, times: int) -> None:
    """Trap: paramiko cannot read every second ECDSA key that has no comment."""
    for number in range(times):
        line = make_key(tmp_path / f"key{number}", kind)
        (own.folder / "admitted").write_text(line + "\n")
        assert console.probe(own.server(key=str(tmp_path / f"key{number}")), "echo here", 5).text == "here\n"


def test_a_server_that_wants_a_password_too(console: SshClient, capsys: pytest.CaptureFixture[str]) -> None:
    """Trap: after a key that was only half of it, paramiko's own login asks the bot's terminal."""
    config = "PasswordAuthentication yes\nAuthenticationMethods publickey,password\n"
    with running(config=config) as sshd:
        told = silence(console, sshd.server())
    assert told.why is UnreachableReason.LOGIN
    assert "password" in told.words
    assert not capsys.readouterr().out


def test_a_server_that_opens_no_session(console: SshClient) -> None:
    with running(config="MaxSessions 0\n") as sshd, pytest.raises(Unreachable) as told:
        console.probe(sshd.server(), "echo x >> $TRUTH", 5)
    assert told.value.why is UnreachableReason.NO_EXEC


def test_a_server_that_gives_no_terminal(console: SshClient) -> None:
    with running(config="PermitTTY no\n") as sshd:
        with pytest.raises(Unreachable) as told:
            console.probe(sshd.server(pty=True), "echo x >> $TRUTH", 5)
        assert told.value.why is UnreachableReason.NO_PTY
        assert "terminal" in told.value.words
        assert console.probe(sshd.server(), "echo here", 5).text == "here\n"
        assert not sshd.done


@pytest.fixture
def hostile_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sshd: Sshd) -> Path:
    """A home and an environment that would lead elsewhere."""
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text(
        f'Match exec "touch {tmp_path}/ran"\n  User nobody\n'
        f"Host *\n  Hostname 127.0.0.9\n  Port 1\n  User nobody\n  ProxyCommand touch {tmp_path}/ran\n"
    )
    (tmp_path / ".fabric.yml").write_text("user: nobody\nport: 1\ngateway: nobody@127.0.0.9\n")
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.9:1")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("INVOKE_USER", "nobody")
    monkeypatch.setenv("INVOKE_TIMEOUTS_CONNECT", "0")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    return tmp_path


def test_proxies_and_settings_of_the_account_have_no_say(console: SshClient, sshd: Sshd, hostile_home: Path) -> None:
    """Trap: `Match exec` in ~/.ssh/config runs local commands; its ProxyJump is not pinned."""
    assert console.probe(sshd.server(), "echo here", 5).text == "here\n"
    assert console.probe(sshd.server(jump=sshd.login()), "echo here", 5).text == "here\n"
    assert console.offered_key(sshd.server(), 5) == sshd.host_keys["ed25519"]
    assert not (hostile_home / "ran").exists()


def test_keys_lying_about_are_not_offered(console: SshClient, sshd: Sshd, hostile_home: Path) -> None:
    (hostile_home / ".ssh" / "id_ed25519").write_bytes(sshd.key.read_bytes())
    assert silence(console, sshd.server(key=None)).why is UnreachableReason.LOGIN


def test_the_agent_is_asked_only_where_the_settings_say_so(console: SshClient, sshd: Sshd, hostile_home: Path) -> None:
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", os.environ["SSH_AUTH_SOCK"]], stdout=subprocess.DEVNULL)
    try:
        while subprocess.run(["ssh-add", "-q", str(sshd.key)], stderr=subprocess.DEVNULL, timeout=10).returncode == 2:
            time.sleep(0.01)  # it does not listen yet
        assert silence(console, sshd.server(key=None)).why is UnreachableReason.LOGIN
        assert console.probe(sshd.server(key=None, agent=True), "echo here", 5).text == "here\n"
    finally:
        agent.kill()
        agent.wait()


def test_a_frozen_agent(console: SshClient, sshd: Sshd, hostile_home: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(hostile_home / "agent"))
        mute.listen()
        assert silence(console, sshd.server(key=None, agent=True), 3).why is UnreachableReason.NOT_ASKED


def test_nothing_of_a_key_is_in_a_log_or_an_error(
    console: SshClient, sshd: Sshd, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    make_key(tmp_path / "stranger")
    secret = "".join(sshd.key.read_text().split()[5:-5])
    console.probe(sshd.server(), "true", 5)
    told = silence(console, sshd.server(key=str(tmp_path / "stranger")))
    assert not [record for record in caplog.records if record.name.startswith("paramiko")]
    for piece in range(0, len(secret) - 20, 10):
        assert secret[piece : piece + 20] not in caplog.text + repr(told) + str(told)


def leftovers(server: Server, stranger: Server, unreachable: Server, through_a_jump: Server) -> list[str]:
    """What a console leaves in a process of its own, once all sorts of connections are over."""
    console = SshClient()
    before, sockets = set(threading.enumerate()), len(list(Path("/dev/fd").iterdir()))
    with listening(b"SSH-2.0-x\r\n") as port, pytest.raises(Unreachable):
        console.probe(replace(server, port=port), "true", 0.3)
    for one in (stranger, replace(server, key=None), unreachable):
        with pytest.raises(Unreachable):
            console.probe(one, "true", 3)
    with console.open(through_a_jump, 5) as session:
        session.run("true", 5)
        session.run("sleep 5", 0.2)
    console.probe(server, "true", 5)
    console.offered_key(server, 5)
    console.close()

    def left() -> list[str]:
        threads = [thread.name for thread in threading.enumerate() if thread not in before]
        return threads + ["a socket"] * (len(list(Path("/dev/fd").iterdir())) - sockets)

    with contextlib.suppress(AssertionError):
        eventually(lambda: not left())
    return left()


def test_no_thread_and_no_socket_is_left(own: Sshd) -> None:
    """Trap: paramiko's handshake timer is no daemon and held the process for 15 s."""
    servers = own.server(), own.server(user="stranger"), own.server(port=free_port()), own.server(jump=own.login())
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        assert alone.submit(leftovers, *servers).result(2 * HANG) == []


@pytest.mark.parametrize(
    "only", ["Ciphers 3des-cbc", "MACs hmac-sha1,hmac-md5", "KexAlgorithms diffie-hellman-group14-sha1"]
)
def test_a_server_with_weak_algorithms_only_is_not_spoken_to(console: SshClient, only: str) -> None:
    # A cipher that brings a MAC of its own would make the MACs irrelevant.
    with running(config=f"{only}\n" + ("Ciphers aes256-ctr\n" if "MACs" in only else "")) as sshd:
        told = silence(console, sshd.server())
        assert told.why is UnreachableReason.NO_ANSWER, told.words
