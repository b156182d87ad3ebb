"""The SSH server of a simulated appliance, on asyncssh: in this process, on loopback only."""

# ruff: noqa: ARG002  (asyncssh decides which arguments its callbacks have)
from collections.abc import Mapping
from typing import Any

import asyncssh

from bot.simulator.pair.door import Site
from bot.simulator.pair.terminal import Terminal


class AsyncsshDoor:
    """The default door: quick to start, no other process."""

    direct = False

    def __init__(self) -> None:
        self._server: asyncssh.SSHAcceptor | None = None
        self._guests: set[asyncssh.SSHServerConnection] = set()

    async def open(self, site: Site) -> tuple[str, int]:
        """Listen on a free loopback port with the site's host key."""
        self._server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Guest(site, self._guests),
            server_host_keys=[asyncssh.import_private_key(site.host_key)],
            allow_scp=False,
            agent_forwarding=False,
            compression_algs=["none"],
            line_editor=False,
        )
        return "127.0.0.1", self._server.get_port()

    async def close(self) -> None:
        """Stop listening and drop every session."""
        for guest in list(self._guests):
            guest.abort()
        if self._server is not None:
            self._server.close()
            self._server = None


class _Guest(asyncssh.SSHServer):
    """One connection: one user, public keys only."""

    def __init__(self, site: Site, guests: set[asyncssh.SSHServerConnection]) -> None:
        self._site, self._guests = site, guests
        self._keys = [asyncssh.import_public_key(line) for line in site.authorised]
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._guests.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._guests.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        self._site.appliance.logins += 1
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._site.user and key in self._keys

    def session_requested(self) -> "_Session":
        return _Session(self._site, self._connection)


class _Session(Terminal, asyncssh.SSHServerSession[str]):
    """One channel; it is the terminal of its command."""

    def __init__(self, site: Site, connection: asyncssh.SSHServerConnection | None) -> None:
        super().__init__()
        self._site, self._connection = site, connection
        self._channel: asyncssh.SSHServerChannel[str] | None = None
        self._line: str | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[str]) -> None:
        self._channel = chan

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Mapping[int, int]
    ) -> bool:
        self.pty = True
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._line = command
        return True

    def session_started(self) -> None:
        self._site.appliance.serve(self, self._line)

    def data_received(self, data: str, datatype: Any) -> None:
        if self.pty:
            self.write(data.replace("\r", "\n"))  # a terminal shows what is typed, also a joining code
        self.feed(data)

    def eof_received(self) -> bool:
        self.feed_end()
        return True  # the client still reads: keep our half open

    def connection_lost(self, exc: Exception | None) -> None:
        self.hang_up()

    def write(self, text: str, *, error: bool = False) -> None:
        if self._channel is None or self._channel.is_closing():
            return
        if self.pty:
            self._channel.write(text.replace("\n", "\r\n"))
        elif error:
            self._channel.write_stderr(text)
        else:
            self._channel.write(text)

    def exit(self, code: int) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.exit(code)

    def kill(self) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.exit_with_signal("KILL")

    def cut(self) -> None:
        if self._connection is not None:
            self._connection.abort()
