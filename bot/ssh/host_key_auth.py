"""Who is met and as whom: the pinned host key, the login's key, and a Fabric connection held to both."""

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


def read_pin(line: str) -> Any:
    """The public key of an OpenSSH line ("ssh-ed25519 AAAA… [comment]"); raises Unreachable(BAD_PIN)."""
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
    """Logs on with keys only: paramiko's own way asks the bot's terminal when a server wants more."""

    def __init__(self, login: Login, keys: Iterable[Any], deadline: Deadline) -> None:
        self._login, self._keys, self._deadline = login, list(keys), deadline

    def authenticate(self, transport: Any) -> None:
        """Raises AuthenticationException when no key lets us in, or a key alone is not enough."""
        refused: Exception | None = None
        agent = self._agent() if self._login.agent else None
        try:
            for key in [*self._keys, *(agent.get_keys() if agent else ())]:
                try:
                    more = transport.auth_publickey(self._login.user, key)
                except paramiko.AuthenticationException as error:
                    if refused is None and not transport.is_active():
                        raise EOFError from None  # the line broke, which is no refusal
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
    """paramiko's, but a request that was denied can be told from one whose answer was lost."""

    _channel_handler_table = {  # noqa: RUF012
        **paramiko.Transport._channel_handler_table,
        MSG_CHANNEL_FAILURE: _denied,
    }

    def run(self) -> None:
        """The reading thread; over a jump host that is gone even closing fails, which is no news."""
        with suppress(EOFError, OSError, paramiko.SSHException):
            super().run()

    def prefer(self, kind: str) -> None:
        """Ask for this kind of host key first: a server with several offers what is asked for first."""
        options = self.get_security_options()
        first = _KINDS.get(kind, ())
        options.key_types = [*first, *(other for other in options.key_types if other not in first)]


class KeyShown(Exception):
    """The key exchange is done and the server showed its host key; `line` has it in OpenSSH's form."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class _OnlyLook(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:  # noqa: ARG002
        raise KeyShown(f"{key.get_name()} {key.get_base64()}")


class PinnedConnection(fabric.Connection):  # type: ignore[misc]
    """A Fabric connection that meets the pinned host key or nothing; Fabric itself takes any key.

    With `only_look` it stops at the key that is shown, by raising KeyShown, and needs no pin.
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
        except ValueError:  # Fabric reads user@host:port into a host
            raise Unreachable(UnreachableReason.NO_ADDRESS) from None
        self.client = _client(login, pin)


def _transport(kind: str, sock: Any, **options: Any) -> Transport:
    transport = Transport(sock, **options)
    transport.prefer(kind)
    return transport


def _client(login: Login, pin: Any) -> Any:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy() if pin else _OnlyLook())
    if pin:
        name = login.host if login.port == 22 else f"[{login.host}]:{login.port}"
        client.get_host_keys().add(name, pin.get_name(), pin)
    return client


def _own_config() -> fabric.Config:
    # One each: a Config shared by threads fails. Lazy: ~/.fabric.yml and ~/.ssh/config (whose `Match exec`
    # runs commands, and whose ProxyJump is not pinned) have no say.
    return fabric.Config(lazy=True, ssh_config=paramiko.SSHConfig(), overrides={"load_ssh_configs": False})
