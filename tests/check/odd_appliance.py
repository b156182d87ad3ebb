"""An SSH server that gives no commands, in one of the ways in which an appliance may refuse them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh

MENU = "Management Interface\r\n 1) Status\r\n 2) Network\r\nSelect an option: "


class _Session(asyncssh.SSHServerSession[str]):
    def __init__(self, manner: str) -> None:
        self._manner = manner
        self._channel: Any = None

    def connection_made(self, chan: Any) -> None:
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        return self._manner != "no pty"

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        return self._manner != "no exec"

    def session_started(self) -> None:
        if self._manner.startswith(("says ", "ends ")):
            self._channel.write(self._manner[5:])
            if self._manner.startswith("ends "):
                self._channel.write_eof()
            self._channel.close()
            return
        self._channel.write({"menu": MENU, "prompt": "Welcome\r\npam-a> "}.get(self._manner, ""))


class _Anybody(asyncssh.SSHServer):
    def __init__(self, manner: str) -> None:
        self._manner = manner

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return True

    def session_requested(self) -> _Session:
        return _Session(self._manner)


@contextmanager
def odd_appliance(manner: str) -> Iterator[tuple[int, str]]:
    """Its port and its host key; `manner` is no exec, no pty, menu, prompt, or mute (it hangs without a word).

    With "says …" it answers so and closes the channel without an exit status; with "ends …" it marks the end before.
    """
    key = asyncssh.generate_private_key("ssh-ed25519")

    async def serve() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(lambda: _Anybody(manner), "127.0.0.1", 0, server_host_keys=[key])

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    yield server.get_port(), " ".join(key.export_public_key().decode().split()[:2])
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
