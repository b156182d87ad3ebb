"""Defects found in a review of the wire: each fails on the code of 23 November and passes on the right one."""

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from bot.domain.pair import Role, Server
from bot.services import approve
from bot.services.observation import look_once
from bot.ssh import SshClient
from bot.store import runs, sightings
from tests.domain.build import KEY
from tests.support.stage import ADDRESS, BOB, Stage_, pair, says

EXEC = 10  # seconds: I2


def test_our_own_queue_is_no_silence_of_the_server(tmp_path: Path) -> None:
    """24 people typed /ha-status, the Primary took 6 s for each: "probably nobody is served", while it served all."""
    s = Stage_(tmp_path)
    console = SshClient()
    desk = replace(s.desk, wire=console)
    server = Server("127.0.0.1", "bot", KEY, address=ADDRESS[Role.PRIMARY], agent=True)
    one = pair(primary=server)
    slot = console._pool.slot(server)
    slot._turn.acquire()  # another one's look is under way
    status = replace(one.status, time_limit=0.2)
    found = look_once(desk, replace(one, commands={"ha-status": status}), Role.PRIMARY)
    assert not found.asked
    assert found.silent_looks == 0, f"counted as the server's silence: {found.words}"


class Appliances:
    """Two SSH servers that say split brain, each behind a line that can be held up; `ran` has what was executed."""

    def __init__(self, folder: Path) -> None:
        self.ran: list[tuple[float, str]] = []
        self.held_until = 0.0
        self.ports: dict[Role, int] = {}
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        asyncssh.generate_private_key("ssh-rsa", comment="bot").write_private_key(str(folder / "key"))
        (folder / "key").chmod(0o600)
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        while len(self.ports) < 2:
            time.sleep(0.05)

    async def _serve(self) -> None:
        for role in Role:
            server = await asyncssh.create_server(
                Anybody, "127.0.0.1", 0, server_host_keys=[self.key], process_factory=self._process(role)
            )
            front = await asyncio.start_server(self._line(server.get_port()), "127.0.0.1", 0)
            self.ports[role] = front.sockets[0].getsockname()[1]
        await asyncio.Event().wait()

    def _line(self, port: int) -> Any:
        async def line(reader: Any, writer: Any) -> None:
            back, out = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(self._pipe(reader, out, True), self._pipe(back, writer, False))

        return line

    async def _pipe(self, reader: Any, writer: Any, held: bool) -> None:
        while data := await reader.read(65536):
            while held and time.time() < self.held_until:
                await asyncio.sleep(0.05)
            writer.write(data)
            await writer.drain()
        writer.close()

    def _process(self, role: Role) -> Any:
        async def process(process: Any) -> None:
            self.ran.append((time.time(), process.command))
            if process.command == "ha-status":
                process.stdout.write(says(role, "Active", "Promoted Active") + "\n")
            else:
                process.stdout.write("Are you sure you want to continue? [y/N]: ")
                await process.stdin.readline()
            process.exit(0)

        return process

    def server(self, role: Role, folder: Path) -> Server:
        pin = " ".join(self.key.export_public_key().decode().split()[:2])
        key = str(folder / "key")
        return Server("127.0.0.1", "bot", pin, port=self.ports[role], key=key, address=ADDRESS[role])


class Anybody(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: Any) -> bool:
        return True


@pytest.fixture
def there(tmp_path: Path) -> Appliances:
    return Appliances(tmp_path)


def test_a_line_that_stalls_after_the_look_does_not_send_on_an_old_look(
    there: Appliances, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = Stage_(tmp_path)
    servers: dict[str, Any] = {role.value: there.server(role, tmp_path) for role in Role}
    s.settings["london"] = pair(verify_seconds=1.0, **servers)
    sightings.arm(s.store, s.settings["london"])
    object.__setattr__(s.desk, "wire", SshClient())
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    sending = runs.sending

    def stall(*given: Any, **more: Any) -> bool:
        there.held_until = time.time() + EXEC + 3  # the look is done, and the line stops for a while
        return sending(*given, **more)

    monkeypatch.setattr(runs, "sending", stall)
    s.drain()
    looked = max((at for at, line in there.ran if line == "ha-status" and at < there.held_until - EXEC), default=0.0)
    old = [at - looked for at, line in there.ran if line == "ha-demote-primary"]
    assert all(age <= EXEC for age in old), f"executed {old[0]:.1f} s after the look that it was allowed on"
