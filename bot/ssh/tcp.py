"""Opens TCP connections within a deadline, which notice a dead peer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from math import inf
from typing import Any

from bot.domain.transport import Unreachable, UnreachableReason, not_asked

from .deadline import Deadline, bounded

KNOCKS = 3
AT_ONCE = 3  # connections to one jump host that may be opened at the same time


@dataclass(frozen=True)
class Dialer:
    """How to connect: within `reach` seconds or not at all.

    A connection is lost after `patience` seconds without a sign of the peer. With `only_loopback` the bot connects to
    nothing but this machine.
    """

    patience: float
    only_loopback: bool = False
    reach: float = inf
    _gates: dict[tuple[str, int], threading.BoundedSemaphore] = field(default_factory=dict, compare=False)

    @contextmanager
    def gate(self, host: str, port: int, deadline: Deadline) -> Iterator[None]:
        """Hold one of the few places for connections to one jump host. Raises Unreachable if none is free in time."""
        gate = self._gates.setdefault((host, port), threading.BoundedSemaphore(AT_ONCE))
        if not gate.acquire(timeout=deadline.left):
            raise not_asked("too many others were being called through its jump host")
        try:
            yield
        finally:
            gate.release()

    def call(self, host: str, port: int, deadline: Deadline) -> socket.socket:
        """Return a connected socket. Raises Unreachable."""
        return _connect(self.addresses(host, port, deadline), deadline.within(self.reach), self.patience)

    def addresses(self, host: str, port: int, deadline: Deadline) -> list[Any]:
        """Return the addresses that a host has now. Raises Unreachable."""
        return here(host, port) if self.only_loopback else resolve(host, port, deadline)

    def check(self, host: str, port: int) -> None:
        """Raise Unreachable if a jump host must not be asked to connect to this host."""
        if self.only_loopback:
            here(host, port)


def _connect(addresses: list[Any], deadline: Deadline, patience: float) -> socket.socket:
    errors: list[OSError] = []
    for at, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            watchful(sock, patience)
            sock.settimeout(max(0.05, deadline.left / (len(addresses) - at)))
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            errors.append(error)
    raise _silence(errors)


def resolve(host: str, port: int, deadline: Deadline) -> list[Any]:
    """Return the addresses of a name. Raises Unreachable.

    The time limit is needed: the system's own look-up has none.
    """
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        pass
    try:
        return bounded(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), deadline.left)
    except (socket.gaierror, UnicodeError):
        raise Unreachable(UnreachableReason.NO_ADDRESS) from None
    except TimeoutError:
        raise Unreachable(
            UnreachableReason.NO_ADDRESS, f"{UnreachableReason.NO_ADDRESS.value}: the name server is silent"
        ) from None


def here(host: str, port: int) -> list[Any]:
    """Return the addresses of this machine's loopback. Raises Unreachable for any other name, without looking it up."""
    flags = 0 if host == "localhost" else socket.AI_NUMERICHOST
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (socket.gaierror, UnicodeError):
        raise Unreachable(UnreachableReason.ELSEWHERE, ours=True) from None
    if not all(ip_address(address[0]).is_loopback for *_, address in addresses):
        raise Unreachable(UnreachableReason.ELSEWHERE, ours=True)
    return addresses


def watchful(sock: socket.socket, patience: float) -> None:
    """Set the socket options that make the kernel give up a dead peer. SSH's own keepalive noticed nothing in 150 s."""
    pause = max(1, round(patience / (KNOCKS + 2)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {
        "TCP_KEEPIDLE": pause * 2,
        "TCP_KEEPALIVE": pause * 2,  # macOS's name for TCP_KEEPIDLE; macOS has no TCP_USER_TIMEOUT
        "TCP_KEEPINTVL": pause,
        "TCP_KEEPCNT": KNOCKS,
        "TCP_USER_TIMEOUT": round(patience * 1000),
    }
    for name, value in options.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _silence(errors: list[OSError]) -> Unreachable:
    if errors and all(isinstance(error, ConnectionRefusedError) for error in errors):
        return Unreachable(UnreachableReason.REFUSED)
    reasons = [(error.strerror or "timed out").lower() for error in errors]
    return Unreachable(
        UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: {reasons[-1] if reasons else 'no address'}"
    )
