"""One open transport to one server, perhaps through a jump host; it can be hung up from any thread."""

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

LEAVE = 0.5
PAUSE = 0.3  # seconds, about, until a jump host that turned a connection away is called again
NO_GREETING = "Error reading SSH protocol banner"
THEIRS = (paramiko.SSHException, EOFError, OSError)  # what a server, or the network before it, can make of a call
OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)  # what this machine lacks


class ClosedBeforeLogin(Unreachable):
    """The other side took the connection and closed it before the login."""


class Connection:
    """Owns the socket, the transport over it and the line to the jump host; `used` once a session was asked for."""

    def __init__(self, connection: PinnedConnection) -> None:
        self._connection = connection
        self._sock: socket.socket | None = None
        self._via: Connection | None = None
        self._hanging_up = threading.Lock()
        self.used = False

    @property
    def transport(self) -> Any:
        """paramiko's transport under the Fabric connection; None before it is open and after the end."""
        return self._connection.client.get_transport()

    @property
    def alive(self) -> bool:
        return bool(self.transport and self.transport.is_active())

    @property
    def jump_lost(self) -> bool:
        return self._via is not None and not self._via.alive

    def call(self, login: Login, jump: Login | None, deadline: Deadline, dialer: Dialer) -> None:
        """Connect, meet the pinned key and log on; raises whatever Fabric and paramiko raise."""
        if jump:
            dialer.check(login.host, login.port)
            self._via = open_jump(jump, deadline, dialer)
            self._connection.connect_kwargs["sock"] = self._via.tunnel(login, deadline.within(dialer.reach))
        else:
            self._sock = dialer.call(login.host, login.port, deadline)
            self._connection.connect_kwargs["sock"] = self._sock
        self._connection.open()

    def tunnel(self, login: Login, deadline: Deadline) -> Any:
        """A connection from there to another host, in place of a socket; raises what paramiko does, or Unreachable."""
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
        """End it at once, whatever state the peer is in; harmless when done twice."""
        with self._hanging_up:
            if self._via:
                self._via.hang_up()
            if self._sock:
                # First the socket: a transport closed politely may wait for a peer that is frozen.
                with suppress(OSError):
                    self._sock.shutdown(socket.SHUT_RDWR)
            if self.transport:
                _leave(self.transport)
            self._connection.client.close()
            if self._sock:
                self._sock.close()


def _leave(transport: Any) -> None:
    # paramiko's handshake timer is no daemon: left alone it keeps the process from ending for 15 s.
    transport.packetizer.complete_handshake()
    # Its thread must be off the socket before that is closed: the number may be another's a moment later.
    if transport.is_alive() and transport is not threading.current_thread():
        transport.join(LEAVE)


def open_line(login: Login, jump: Login | None, deadline: Deadline, dialer: Dialer) -> Connection:
    """A line that is logged on; raises Unreachable, also when the deadline comes first."""
    return _open(PinnedConnection(login, deadline), login, jump, deadline, dialer)


def open_jump(jump: Login, deadline: Deadline, dialer: Dialer) -> Connection:
    """A line to the jump host, pinned like any other; raises the Unreachable of a server that was not asked, with why.

    A few at a time are opened to one host, and one that it turns away is tried again: sshd does so where many who
    have not logged on yet come at once (MaxStartups).
    """
    with dialer.gate(jump.host, jump.port, deadline):
        while True:
            try:
                return open_line(jump, None, deadline, dialer)
            except Unreachable as silence:
                if not isinstance(silence, ClosedBeforeLogin) or deadline.left < 2 * PAUSE:
                    raise _not_passed(jump, silence.reason) from None
            time.sleep(PAUSE * uniform(0.5, 1.5))


def offered_key(login: Login, jump: Login | None, deadline: Deadline, dialer: Dialer) -> str:
    """The host key that a key exchange shows, without a login; raises Unreachable."""
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
            raise _silence(error, deadline, jump, jump_lost) from None
    return line


def _not_passed(jump: Login, reason: str) -> Unreachable:
    """The Unreachable of a server behind a jump host that could not be passed: of the server that says nothing."""
    return not_asked(f"the jump host {jump.host} could not be passed: {reason}", UnreachableReason.JUMP)


def _silence(error: Exception, deadline: Deadline, jump: Login | None, jump_lost: bool) -> Unreachable:
    """What an error before the exec request means, in words that hold no key and no secret."""
    if isinstance(error, Unreachable):
        return error
    if isinstance(error, paramiko.BadHostKeyException):
        # Said wherever a silence is told: who compares a key must read its end on the console, and nowhere else.
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
    # paramiko drops the jump host's own words, so refused, silent and unknown there are one to us.
    if error.code == paramiko.common.OPEN_FAILED_CONNECT_FAILED:
        return Unreachable(
            UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: the jump host cannot reach it"
        )
    return _not_passed(jump, f"it does not pass connections on ({_said(error.text)})")


def _said(error: object) -> str:
    if isinstance(error, EOFError):
        return "it closed the connection"
    if NO_GREETING in str(error):
        return "it closed the connection without an SSH greeting"
    return clean(" ".join(str(error).split()))[:200].rstrip(".") or type(error).__name__
