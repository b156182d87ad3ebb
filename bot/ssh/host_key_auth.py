"""Checks who is at both ends: the server's pinned host key and the bot's login key, on a Fabric connection."""

import base64
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import fabric
import paramiko
from paramiko.common import MSG_CHANNEL_FAILURE

from bot.domain.pair import Login
from bot.domain.transport import Unreachable, UnreachableReason, not_asked

from .deadline import Deadline, bounded
from .keys import read_key

_KINDS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
WEAK = ("3des", "md5", "sha1")  # in the name of an algorithm that is never offered


def read_pin(line: str) -> Any:
    """Return the public key of an OpenSSH line ("ssh-ed25519 AAAA… [comment]"). Raises Unreachable(BAD_PIN)."""
    kind, _, rest = line.strip().partition(" ")
    try:
        if kind not in _KINDS or "\n" in rest:
            raise ValueError
        blob = base64.b64decode(rest.split()[0], validate=True)
        key = paramiko.PKey.from_type_string(kind, blob)
        if key.asbytes() != blob:
            raise ValueError
    except Exception:
        words = f"{UnreachableReason.BAD_PIN.value}: it must be one line such as “ssh-ed25519 AAAA…”"
        raise Unreachable(UnreachableReason.BAD_PIN, words, ours=True) from None
    return key


class KeyLogin:
    """Logs in with keys only. paramiko's own way asks at the bot's terminal when a server wants more than a key."""

    def __init__(self, login: Login, keys: Iterable[Any], deadline: Deadline) -> None:
        self._login, self._keys, self._deadline = login, list(keys), deadline

    def authenticate(self, transport: Any) -> None:
        """Log in. Raises AuthenticationException if no key is accepted, or a key alone is not enough."""
        refused: Exception | None = None
        agent = self._agent() if self._login.agent else None
        try:
            for key in [*self._keys, *(agent.get_keys() if agent else ())]:
                try:
                    more = transport.auth_publickey(self._login.user, key)
                except paramiko.AuthenticationException as error:
                    if refused is None and not transport.is_active():
                        raise EOFError from None  # the connection broke, which is not a refusal
                    refused = error
                    continue
                if transport.is_authenticated():
                    return
                refused = paramiko.AuthenticationException(f"it wants more than a key: {', '.join(more)}")
        finally:
            if agent:
                agent.close()
        raise refused or paramiko.AuthenticationException("there is no key to offer")

    def _agent(self) -> Any:
        try:
            return bounded(paramiko.Agent, self._deadline.left)
        except TimeoutError:
            raise not_asked("the SSH agent that I use does not answer") from None


def _denied(channel: Any, message: Any) -> None:
    channel.denied = True
    channel._request_failed(message)


class Transport(paramiko.Transport):  # type: ignore[misc]
    """paramiko's Transport, changed so that a denied request differs from a request with a lost answer."""

    _channel_handler_table = {  # noqa: RUF012
        **paramiko.Transport._channel_handler_table,
        MSG_CHANNEL_FAILURE: _denied,
    }

    def run(self) -> None:
        """Run the reading thread. Over a lost jump host even closing fails, which needs no traceback."""
        with suppress(EOFError, OSError, paramiko.SSHException):
            super().run()

    def prefer(self, kind: str) -> None:
        """Ask for this kind of host key first. A server with several keys offers the kind that is asked for first."""
        options = self.get_security_options()
        first = _KINDS.get(kind, ())
        options.key_types = [*first, *(other for other in options.key_types if other not in first)]

    def offer_strong_only(self) -> None:
        """Offer no algorithm that is known to be weak. A server that has no other cannot be reached."""
        options = self.get_security_options()
        for what in ("ciphers", "digests", "kex"):
            offered = getattr(options, what)
            setattr(options, what, [name for name in offered if not any(weak in name for weak in WEAK)])


class KeyShown(Exception):
    """The key exchange is done and the server has shown its host key. `line` holds the key in OpenSSH's form."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class _OnlyLook(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:  # noqa: ARG002
        raise KeyShown(f"{key.get_name()} {key.get_base64()}")


class PinnedConnection(fabric.Connection):  # type: ignore[misc]
    """A Fabric connection that accepts the pinned host key and no other. Fabric itself accepts any key.

    With `only_look` it needs no pin, and stops at the key that is shown by raising KeyShown.
    """

    def __init__(self, login: Login, deadline: Deadline, only_look: bool = False) -> None:
        pin = None if only_look else read_pin(login.host_key)
        keys = [] if only_look or not login.key else [read_key(login.key)]
        waits = ("timeout", "banner_timeout", "auth_timeout", "channel_timeout")
        options = {
            "transport_factory": partial(_transport, login.host_key.strip().partition(" ")[0]),
            "auth_strategy": KeyLogin(login, keys, deadline),
            **dict.fromkeys(waits, deadline.left),
        }
        config = _own_config()
        try:
            super().__init__(login.host, user=login.user, port=login.port, config=config, connect_kwargs=options)
        except ValueError:  # Fabric tries to read user@host:port from the host
            raise Unreachable(UnreachableReason.NO_ADDRESS) from None
        self.client = _client(login, pin)


def _transport(kind: str, sock: Any, **options: Any) -> Transport:
    transport = Transport(sock, **options)
    transport.prefer(kind)
    transport.offer_strong_only()
    return transport


def _client(login: Login, pin: Any) -> Any:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy() if pin else _OnlyLook())
    if pin:
        name = login.host if login.port == 22 else f"[{login.host}]:{login.port}"
        client.get_host_keys().add(name, pin.get_name(), pin)
    return client


def _own_config() -> fabric.Config:
    # One for each connection: threads cannot share a Config. Lazy, and without an SSH configuration: ~/.fabric.yml and
    # ~/.ssh/config must not count (a `Match exec` there runs commands, and a ProxyJump is not pinned).
    return fabric.Config(lazy=True, ssh_config=paramiko.SSHConfig(), overrides={"load_ssh_configs": False})
