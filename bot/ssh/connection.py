"""One open connection to one server, perhaps through a jump host. Any thread may hang it up."""

import errno
import socket
import threading
import time
from contextlib import suppress
from random import uniform
from typing import Any

import paramiko

from bot.domain.pair import Login
from bot.domain.plan import veiled
from bot.domain.transport import Unreachable, UnreachableReason, fault, not_asked

from .deadline import Deadline
from .host_key_auth import KeyShown, PinnedConnection
from .tcp import Dialer
from .transcript import clean

LEAVE = 0.5  # seconds at most to wait for paramiko's thread to end
PAUSE = 0.3  # seconds, about, before another attempt at a jump host that turned a connection away
NO_GREETING = "Error reading SSH protocol banner"
THEIRS = (paramiko.SSHException, EOFError, OSError)  # errors that the server, or the network before it, can cause
OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)  # errors that say what this machine has run out of


class ClosedBeforeLogin(Unreachable):
    """The other side accepted the connection and closed it before the login."""


class Connection:
    """The socket, the transport over it and the connection to the jump host.

    `used` is true once a session was requested.
    """

    def __init__(self, connection: PinnedConnection) -> None:
        self._connection = connection
        self._sock: socket.socket | None = None
        self._via: Connection | None = None
        self._hanging_up = threading.Lock()
        self.used = False

    @property
    def transport(self) -> Any:
        """paramiko's transport under the Fabric connection. None before it is open and after it has ended."""
        return self._connection.client.get_transport()

    @property
    def alive(self) -> bool:
        return bool(self.transport and self.transport.is_active())

    @property
    def jump_lost(self) -> bool:
        return self._via is not None and not self._via.alive

    def call(self, login: Login, jump: Login | None, deadline: Deadline, dialer: Dialer) -> None:
        """Connect, check the pinned host key and log in. Raises Unreachable, or whatever Fabric and paramiko raise."""
        if jump:
            dialer.check(login.host, login.port)
            self._via = open_jump(jump, deadline, dialer)
            self._connection.connect_kwargs["sock"] = self._via.tunnel(login, deadline.within(dialer.reach))
        else:
            self._sock = dialer.call(login.host, login.port, deadline)
            self._connection.connect_kwargs["sock"] = self._sock
        self._connection.open()

    def tunnel(self, login: Login, deadline: Deadline) -> Any:
        """Open a connection from the host at the other end to `login`, to be used in place of a socket.

        Raises what paramiko raises, or Unreachable if the jump host got no answer in time.
        """
        try:
            return self.transport.open_channel("direct-tcpip", (login.host, login.port), ("", 0), timeout=deadline.left)
        except paramiko.ChannelException:
            raise
        except paramiko.SSHException:
            if not (self.alive and deadline.passed):
                raise
            raise Unreachable(
                UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: the jump host gets none from it"
            ) from None

    def hang_up(self) -> None:
        """Close the connection without waiting for the peer. It waits at most LEAVE for each of paramiko's threads.

        Calling it twice does no harm.
        """
        with self._hanging_up:
            if self._via:
                self._via.hang_up()
            if self._sock:
                # The socket comes first: closing a transport politely may wait for a frozen peer.
                with suppress(OSError):
                    self._sock.shutdown(socket.SHUT_RDWR)
            if self.transport:
                _leave(self.transport)
            self._connection.client.close()
            if self._sock:
                self._sock.close()


def _leave(transport: Any) -> None:
    # paramiko's handshake timer is not a daemon thread: without this it keeps the process from ending for 15 s.
    transport.packetizer.complete_handshake()
    # The transport's thread must have left the socket before that is closed: a moment later the descriptor may belong
    # to something else.
    if transport.is_alive() and transport is not threading.current_thread():
        transport.join(LEAVE)


def open_line(login: Login, jump: Login | None, deadline: Deadline, dialer: Dialer) -> Connection:
    """Open a connection and log in. Raises Unreachable, also when the deadline passes first."""
    return _open(PinnedConnection(login, deadline), login, jump, deadline, dialer)


def open_jump(jump: Login, deadline: Deadline, dialer: Dialer) -> Connection:
    """Open a connection to the jump host, which is pinned like any server.

    Only a few connections to one jump host are opened at a time. One that is closed before the login is tried again:
    sshd closes some when too many clients are logging in at once (MaxStartups). If all fails, this raises Unreachable,
    which says that the server behind the jump host was not asked, and why.
    """
    with dialer.gate(jump.host, jump.port, deadline):
        while True:
            try:
                return open_line(jump, None, deadline, dialer)
            except Unreachable as failure:
                if not isinstance(failure, ClosedBeforeLogin) or deadline.left < 2 * PAUSE:
                    raise _not_passed(jump, failure.reason) from None
            time.sleep(PAUSE * uniform(0.5, 1.5))


def offered_key(login: Login, jump: Login | None, deadline: Deadline, dialer: Dialer) -> str:
    """Return the host key that the server shows in the key exchange, without a login. Raises Unreachable."""
    try:
        _open(PinnedConnection(login, deadline, only_look=True), login, jump, deadline, dialer)
    except KeyShown as shown:
        return shown.line
    raise AssertionError("a connection that only looks never opens")


def _open(
    connection: PinnedConnection, login: Login, jump: Login | None, deadline: Deadline, dialer: Dialer
) -> Connection:
    line = Connection(connection)
    with deadline.guard(line.hang_up):
        try:
            line.call(login, jump, deadline, dialer)
        except KeyShown:
            line.hang_up()
            raise
        except Exception as error:
            jump_lost = line.jump_lost
            line.hang_up()
            raise _unreachable(error, deadline, jump, jump_lost) from None
    return line


def _not_passed(jump: Login, reason: str) -> Unreachable:
    """Return the Unreachable of a server that was not asked, because the jump host before it could not be passed."""
    return not_asked(f"the jump host {jump.host} could not be passed: {reason}", UnreachableReason.JUMP)


def _unreachable(error: Exception, deadline: Deadline, jump: Login | None, jump_lost: bool) -> Unreachable:
    """Return the Unreachable for an error before or during the login. Its words hold no whole key and no secret."""
    if isinstance(error, Unreachable):
        return error
    if isinstance(error, paramiko.BadHostKeyException):
        # These words are shown wherever an Unreachable is. Only a part of each key is shown: to approve a key, a person
        # must read the rest on the server's console and nowhere else.
        shown, pinned = veiled(error.key.fingerprint), veiled(error.expected_key.fingerprint)
        return Unreachable(
            UnreachableReason.WRONG_KEY, f"{UnreachableReason.WRONG_KEY.value}: it showed {shown}, pinned is {pinned}"
        )
    if jump and isinstance(error, paramiko.ChannelException):
        return _beyond_the_jump(jump, error)
    if deadline.passed:
        return Unreachable(
            UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: it took the connection, then was silent"
        )
    if jump and jump_lost:
        return _not_passed(jump, "the line to it broke")
    if isinstance(error, paramiko.AuthenticationException):
        return Unreachable(UnreachableReason.LOGIN, f"{UnreachableReason.LOGIN.value}: {_said(error)}")
    if isinstance(error, EOFError | ConnectionResetError) or NO_GREETING in str(error):
        return ClosedBeforeLogin(UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: {_said(error)}")
    if not isinstance(error, THEIRS) or getattr(error, "errno", None) in OURS:
        return fault(error)
    return Unreachable(UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: {_said(error)}")


def _beyond_the_jump(jump: Login, error: paramiko.ChannelException) -> Unreachable:
    # paramiko drops the jump host's own words, so “refused”, “no answer” and “unknown host” look the same here.
    if error.code == paramiko.common.OPEN_FAILED_CONNECT_FAILED:
        return Unreachable(
            UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: the jump host cannot reach it"
        )
    return _not_passed(jump, f"it does not pass connections on ({_said(error.text)})")


def _said(error: object) -> str:
    """Return the error in words: one line of at most 200 characters."""
    if isinstance(error, EOFError):
        return "it closed the connection"
    if NO_GREETING in str(error):
        return "it closed the connection without an SSH greeting"
    return clean(" ".join(str(error).split()))[:200].rstrip(".") or type(error).__name__
