"""One line, one reply, whatever happens to it."""

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import asyncssh
import paramiko
import pytest

from bot.domain.pair import Question
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.ssh import Session, SshClient
from bot.ssh.deadline import Deadline
from bot.ssh.transcript import KEEP
from tests.ssh.sshd import Sshd, relayed, within
from tests.support.patience import HANG, eventually

pytestmark = pytest.mark.needs("sshd")


@pytest.fixture(params=[False, True], ids=["no pty", "pty"])
def session(console: SshClient, sshd: Sshd, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session with and without a terminal."""
    with console.open(sshd.server(pty=request.param), 5) as session:
        yield session


def test_several_commands_in_one_session(session: Session) -> None:
    assert session.run("echo one; exit 3", 5) == Reply("one\n", 3, Ending.EXITED)
    assert session.run("true", 5) == Reply("", 0, Ending.EXITED)
    assert session.run("no-such-command", 5).exit == 127


def test_errors_stand_between_the_output(session: Session) -> None:
    line = "for n in 1 2 3; do echo out$n; sleep .05; echo err$n >&2; sleep .05; done"
    assert session.run(line, 5).text == "out1\nerr1\nout2\nerr2\nout3\nerr3\n"


def test_characters_cut_in_their_middle(session: Session) -> None:
    line = "printf '\\342'; sleep .1; printf '\\202'; sleep .1; printf '\\254 \\303\\251\\377!\\303'"
    assert session.run(line, 5).text == "€ é\ufffd!\ufffd"


def test_control_characters(session: Session) -> None:
    assert session.run("printf '\\033[31mred\\033[0m\\000\\007\\n'", 5).text == "red\n"


@pytest.mark.timeout(30)
def test_huge_output(session: Session) -> None:
    with within(15):
        reply = session.run("echo first; head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last", 15)
    assert reply.ending is Ending.EXITED
    assert reply.text.startswith("first\nxxx")
    assert reply.text.endswith("xxx\nlast\n")
    assert "left out" in reply.text
    assert len(reply.text) < 2 * KEEP + 100


def test_a_silent_command_past_its_deadline(session: Session) -> None:
    with within(2):
        reply = session.run("echo begun; sleep 9", 2)
    assert reply == Reply("begun\n", None, Ending.TIMED_OUT)
    with within(1), pytest.raises(Unreachable):
        session.run("echo next", 1)


def test_a_command_that_prints_past_its_deadline(session: Session) -> None:
    with within(2):
        reply = session.run("while :; do echo more; sleep .02; done", 2)
    assert reply.ending is Ending.TIMED_OUT
    assert reply.exit is None
    assert reply.text.startswith("more\nmore\n")


def test_a_command_killed_by_a_signal_is_unknown(session: Session) -> None:
    """Trap: paramiko's exit status is -1 here as it is for a lost link."""
    reply = session.run("echo begun; kill -KILL $$", 5)
    assert reply == Reply("begun\n", None, Ending.CLOSED)


def test_an_exit_after_the_output_was_closed(session: Session) -> None:
    assert session.run("echo a; exec >/dev/null 2>&1 </dev/null; sleep .3; exit 4", 5) == Reply("a\n", 4, Ending.EXITED)


def test_a_child_left_behind_does_not_hide_the_exit(console: SshClient, sshd: Sshd) -> None:
    with console.open(sshd.server(), 5) as session, within(0):
        assert session.run("sleep 6 & echo ok; exit 5", 5) == Reply("ok\n", 5, Ending.EXITED)


def test_the_last_words_after_a_long_silence_are_not_lost(console: SshClient, sshd: Sshd) -> None:
    """Many, as the exit and the words must arrive in the very moment in which a wait for them ends."""

    def one(number: int) -> str:
        with console.open(sshd.server(), 10) as session:
            return session.run(f"sleep 0.{60 + number % 20}; echo last words", 8).text

    with ThreadPoolExecutor(24) as crew:
        assert set(crew.map(one, range(72))) == {"last words\n"}


def test_a_line_that_asks_though_it_should_not(console: SshClient, sshd: Sshd) -> None:
    with within(0.8):
        reply = console.probe(sshd.server(pty=True), "printf 'Password: '; read a; echo x >> $TRUTH", 6)
    assert (reply.ending, reply.question, reply.exit) == (Ending.UNEXPECTED, "Password:", None)


def test_a_step_that_takes_its_time_is_no_question(console: SshClient, sshd: Sshd) -> None:
    line = "printf 'SMB share: '; sleep 1; echo not configured"
    assert console.probe(sshd.server(), line, 6) == Reply("SMB share: not configured\n", 0, Ending.EXITED)


def test_a_label_that_never_goes_on_is_named(console: SshClient, sshd: Sshd) -> None:
    reply = console.probe(sshd.server(), "printf 'SMB share: '; sleep 3", 0.5)
    assert (reply.ending, reply.question) == (Ending.TIMED_OUT, "SMB share:")


@pytest.mark.parametrize("pty", [False, True])
def test_the_session_is_killed_midway(console: SshClient, own: Sshd, pty: bool) -> None:
    with console.open(own.server(pty=pty), 5) as session:
        threading.Timer(0.4, own.kill_sessions).start()
        with within(0.8):
            reply = session.run("echo begun; sleep 4", 5)
        assert reply == Reply("begun\n", None, Ending.LOST)
        with pytest.raises(Unreachable) as told:
            session.run("echo x >> $TRUTH", 5)
        assert told.value.why is UnreachableReason.NO_ANSWER
        assert not own.done


def test_the_session_freezes_midway_and_before(console: SshClient, own: Sshd) -> None:
    with console.open(own.server(), 5) as session:
        threading.Timer(1.0, own.freeze).start()
        with within(2.5):
            assert session.run("echo begun; sleep 9", 2.5) == Reply("begun\n", None, Ending.TIMED_OUT)
    own.resume()
    with console.open(own.server(), 5) as session:
        own.freeze()
        with within(0.5), pytest.raises(Unreachable):
            session.run("echo x >> $TRUTH", 0.5)
    own.resume()
    time.sleep(0.2)
    assert not own.done


def test_a_key_exchange_that_never_ends_holds_up_nothing(console: SshClient, sshd: Sshd) -> None:
    """Trap: closing a channel sends, and paramiko holds what is sent back for 30 s during a key exchange."""
    with console.open(sshd.server(), 5) as session:
        threading.Timer(1.0, session._line.transport.clear_to_send.clear).start()
        with within(2.5):
            assert session.run("echo begun; sleep 9", 2.5) == Reply("begun\n", None, Ending.TIMED_OUT)


def test_a_reset_midway(console: SshClient, sshd: Sshd) -> None:
    with relayed(sshd) as relay, console.open(sshd.server(port=relay.port), 5) as session:
        threading.Timer(1.0, relay.reset).start()
        with within(1):
            assert session.run("echo begun; sleep 9", 9) == Reply("begun\n", None, Ending.LOST)


class Mute(paramiko.ServerInterface):  # type: ignore[misc]
    """Logs anyone on, and is slow to answer an exec request, or denies it, or drops the channel."""

    def __init__(self, manner: str, over: threading.Event) -> None:
        self.manner, self._over = manner, over

    def check_auth_publickey(self, username: str, key: object) -> int:
        return int(paramiko.AUTH_SUCCESSFUL)

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        if self.manner == "hangs":
            self._over.wait(HANG)
        if self.manner == "drops":
            channel.close()
            self._over.wait(HANG)
        return self.manner != "denies"


@pytest.fixture
def odd_server(request: pytest.FixtureRequest, sshd: Sshd) -> Iterator[int]:
    """A port behind which an exec request meets an odd fate."""
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    transports, over = [], threading.Event()

    def serve() -> None:
        transport = paramiko.Transport(listener.accept()[0])
        transport.add_server_key(paramiko.Ed25519Key.from_private_key_file(str(sshd.folder / "host_ed25519")))
        transports.append(transport)
        transport.start_server(server=Mute(request.param, over))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    over.set()
    thread.join(HANG)
    for transport in transports:
        transport.close()
    listener.close()


@pytest.mark.parametrize("odd_server", ["hangs"], indirect=True)
def test_an_exec_request_that_is_never_answered_may_have_run(console: SshClient, sshd: Sshd, odd_server: int) -> None:
    """Trap: nothing in paramiko bounds the wait for this answer."""
    with console.open(sshd.server(port=odd_server), 5) as session, within(0.5):
        assert session.run("true", 0.5) == Reply("", None, Ending.TIMED_OUT)


@pytest.mark.parametrize("odd_server", ["drops"], indirect=True)
def test_a_channel_dropped_for_an_answer_may_have_run(console: SshClient, sshd: Sshd, odd_server: int) -> None:
    with console.open(sshd.server(port=odd_server), 5) as session, within(1):
        assert session.run("true", 5) == Reply("", None, Ending.CLOSED)


@pytest.mark.parametrize("odd_server", ["denies"], indirect=True)
def test_an_exec_request_that_is_denied_did_not_run(console: SshClient, sshd: Sshd, odd_server: int) -> None:
    """Trap: paramiko raises the same error for a denial as for a lost channel."""
    with console.open(sshd.server(port=odd_server), 5) as session, within(1), pytest.raises(Unreachable) as told:
        session.run("true", 5)
    assert told.value.why is UnreachableReason.NO_EXEC


@pytest.fixture
def fates(sshd: Sshd) -> Iterator[tuple[int, list[str]]]:
    """A port whose command asks, asks again once answered, and notes what it met instead of an answer."""
    fates: list[str] = []

    async def command(process: asyncssh.SSHServerProcess[str]) -> None:
        try:
            for prompt in ("Erase it? [Y/n]: ", "Erasing"):
                process.stdout.write(prompt)
                fates.append(repr(await process.stdin.readline()))
        except asyncssh.SignalReceived as signal:
            fates.append(str(signal.signal))
        process.exit(1)

    class Open(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return False

    async def serve() -> None:
        keys = [str(sshd.folder / "host_ed25519")]
        async with asyncssh.listen(
            "127.0.0.1", 0, server_factory=Open, server_host_keys=keys, process_factory=command
        ) as server:
            port.set_result(server.get_port())
            await asyncio.to_thread(over.wait)

    port: Future[int] = Future()
    over = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    yield port.result(5), fates
    over.set()
    thread.join(5)


ERASE = Question(r"Erase it\? \[Y/n\]:\s*$", "y")
NEVER = Question(r"Never asked:\s*$", "y")


@pytest.mark.parametrize(
    ("dialogue", "ending", "met"),
    [
        pytest.param([NEVER], Ending.UNEXPECTED, ["INT"], id="an unknown question"),
        pytest.param([], Ending.LEFT, [], id="a question where none is known: it was at work once sent"),
        pytest.param([ERASE, NEVER], Ending.TIMED_OUT, ["'y\\n'", "INT"], id="the deadline, not all answered"),
        pytest.param([ERASE], Ending.LEFT, ["'y\\n'"], id="nobody waits any more, at work"),
    ],
)
def test_without_a_terminal_an_abort_is_a_signal_before_it_is_an_end_of_input(
    console: SshClient,
    sshd: Sshd,
    fates: tuple[int, list[str]],
    dialogue: list[Question],
    ending: Ending,
    met: list[str],
) -> None:
    """Trap: a prompt that reads the end of its input may take its default. (OpenSSH refuses signals to root.)"""
    with console.open(sshd.server(port=fates[0]), 5) as session, within(1.5):
        until = Deadline(1.2)
        reply = session.converse("ha-x", dialogue, {}, {}, 1.5, lambda _: True, goes_on=lambda: not until.passed)
        assert reply.ending is ending
    eventually(lambda: fates[1] == met, 2)


def test_a_probe_past_its_deadline_leaves_no_process_where_there_is_a_terminal(console: SshClient, sshd: Sshd) -> None:
    reply = console.probe(sshd.server(pty=True), "echo $$; exec sleep 20", 0.8)
    assert reply.ending is Ending.TIMED_OUT
    pid = int(reply.text)
    try:
        eventually(lambda: not _alive(pid), 2)
    finally:
        if _alive(pid):
            os.kill(pid, signal.SIGKILL)


def _alive(pid: int) -> bool:
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(found) and not found.startswith("Z")
