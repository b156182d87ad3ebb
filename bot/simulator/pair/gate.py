"""Where `relay.py`, started by another SSH server, reaches a simulated appliance: one Unix socket per pair.

One JSON object per line. From the relay: a hello (`server`, `line`, `pty`), then `in`, `eof`, `hup`.
To the relay: `out`, `err`, and at the end `exit`, `kill` or `cut`.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.simulator.pair.appliance import Appliance
from bot.simulator.pair.terminal import Terminal
from bot.simulator.pair.world import Role


class Gate:
    """Listens for relays and gives each session to its appliance."""

    def __init__(self, path: Path, appliances: Mapping[Role, Appliance]) -> None:
        self.path = path  # at most 107 bytes long, a limit of the kernel
        self.appliances = appliances
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; only this user may connect."""
        self._server = await asyncio.start_unix_server(self._answer, path=str(self.path))
        self.path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        terminal = _Relayed(writer)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            hello = json.loads(await reader.readline())
            terminal.pty = hello["pty"]
            self.appliances[Role(hello["server"])].serve(terminal, hello["line"])
            while line := await reader.readline():
                terminal.take(json.loads(line))
        terminal.hang_up()
        writer.close()


class _Relayed(Terminal):
    """A terminal whose other half is a relay process."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._writer = writer

    def take(self, message: dict[str, Any]) -> None:
        if "in" in message:
            self.feed(message["in"])
        elif "eof" in message:
            self.feed_end()
        elif "hup" in message:
            self.hang_up()

    def write(self, text: str, *, error: bool = False) -> None:
        self._send("err" if error else "out", text)

    def exit(self, code: int) -> None:
        self._send("exit", code)

    def kill(self) -> None:
        self._send("kill", True)

    def cut(self) -> None:
        self._send("cut", True)

    def _send(self, kind: str, value: object) -> None:
        if not self._writer.is_closing():
            self._writer.write(json.dumps({kind: value}).encode() + b"\n")
