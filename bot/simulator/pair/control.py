"""A simulated pair: two SSH servers on loopback that behave as the vendor's page says, and their faults."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from bot.simulator.pair import settings as tables
from bot.simulator.pair.appliance import Appliance
from bot.simulator.pair.background import Background
from bot.simulator.pair.door import Door
from bot.simulator.pair.gate import Gate
from bot.simulator.pair.layouts import PeerRow
from bot.simulator.pair.server import SimulatedServer
from bot.simulator.pair.sshd import AsyncsshDoor
from bot.simulator.pair.starts import STARTS, changed, healthy
from bot.simulator.pair.tricks import Manner
from bot.simulator.pair.truth import truth
from bot.simulator.pair.world import Degradation, Execution, Pair, Role, State, World


class SimulatedPair:
    """Two simulated servers and the link between them; every method may be called from any thread.

    `state` is one of STARTS, `layout` one of LAYOUTS, `seconds` the time an effect takes, `client_key`
    one public key line or several. A pair starts once: after `stop` make another.
    """

    def __init__(
        self,
        name: str,
        *,
        state: str = "bau",
        layout: str = "a",
        peer_row: PeerRow | str = PeerRow.LIVE,
        floating_ip: str | None = None,
        seconds: float = 0.2,
        needs_pty: bool = False,
        shell_only: bool = False,
        user: str = "pairkeeper",
        client_key: str | Sequence[str] = (),
        primary_address: str = "10.0.0.11",
        secondary_address: str = "10.0.0.12",
        door: Callable[[], Door] = AsyncsshDoor,
    ) -> None:
        self.name = name
        self._manner = Manner(layout, PeerRow(peer_row), seconds, needs_pty, shell_only)
        self._user = user
        keys = [client_key] if isinstance(client_key, str) else list(client_key)
        self._world = World(STARTS[state](healthy(primary_address, secondary_address, floating_ip)))
        self._background = Background(f"simulated pair {name}")
        self._folder = Path(tempfile.mkdtemp(prefix="pair-"))
        self._gate = Gate(self._folder / "gate", {role: self._appliance(role) for role in Role})
        self.primary, self.secondary = (
            SimulatedServer(appliance, door(), self._background, user, keys, self._gate.path)
            for appliance in self._gate.appliances.values()
        )

    def _appliance(self, role: Role) -> Appliance:
        return Appliance(self._world, role, self._manner)

    def start(self) -> Self:
        """Listen; after this both servers answer, unless their state forbids it."""
        self._background.start()
        try:
            self._background.call(self._open())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close everything; may be called twice."""
        if self._background.running:
            self._background.call(self._close())
            self._background.stop()
        for server in (self.primary, self.secondary):
            server.release()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def server(self, role: Role | str) -> SimulatedServer:
        """The server of this role."""
        return self.primary if Role(role) is Role.PRIMARY else self.secondary

    def cut_link(self) -> None:
        """The servers no longer reach each other; the bot still reaches both."""
        self._world.update(lambda pair: replace(pair, linked=False))

    def join_link(self) -> None:
        """They reach each other again; what can replicate does."""
        self._world.update(lambda pair: replace(pair, linked=True))

    def degrade(self, cause: Degradation | str = Degradation.CONFIGURATION) -> None:
        """`ha-status` says Degraded and nothing replicates, until mended."""
        degradation = Degradation(cause)
        self._world.update(lambda pair: replace(pair, degraded=degradation))

    def mend(self) -> None:
        """In step again."""
        self._world.update(lambda pair: replace(pair, degraded=None))

    def change(self, on: Role | str | None = None) -> str:
        """A user changes something on this server (default: the one that serves); gives the change's id.

        Raises ValueError when that server serves nobody.
        """
        role = Role(on) if on is not None else self._serving()
        return self._world.update(lambda pair: changed(pair, role)).made[-1]

    def back_up(self) -> None:
        """Take the backup that `redeploy(restored=True)` restores, from the server that serves."""
        role = self._serving()
        self._world.update(lambda pair: replace(pair, backup=pair.server(role).changes))

    def _serving(self) -> Role:
        pair = self._world.pair
        primary_serves = pair.primary.up and pair.primary.state is State.ACTIVE
        return Role.PRIMARY if primary_serves else Role.SECONDARY

    def alter(self, change: Callable[[Pair], Pair]) -> None:
        """Put the truth into any state, also one that no command leads to."""
        self._world.update(change)

    def truth(self) -> dict[str, Any]:
        """What the pair really is; see the function of that name."""
        return {"name": self.name, **truth(self._world.pair, self._world.executions)}

    @property
    def commands(self) -> list[Execution]:
        """What really ran on both servers, oldest first."""
        return self._world.executions

    @property
    def joining_code(self) -> str | None:
        """What a fresh Secondary's console shows; None when there is no fresh Secondary."""
        return self._world.pair.secondary.joining_code

    def settings(
        self,
        *,
        key: Path,
        channel: str = "C0LONDON",
        requesters: Sequence[str] = ("U0ALICE",),
        approvers: Sequence[str] = ("U0BOB",),
        peer_row: str = "unproven",
    ) -> dict[str, Any]:
        """The table `[pairs.NAME]` of a pairs file, as Python has it; `key` is the client's private key."""
        pair = self._world.pair
        table = {**tables.people(channel, requesters, approvers), "peer_row": peer_row}
        if pair.floating_ip:
            table["floating_ip"] = pair.floating_ip
        for server in (self.primary, self.secondary):
            table[str(server.role)] = tables.server_table(server, self._user, key, self._manner.needs_pty)
        commands = tables.command_tables(self._manner.layout)
        return {**table, "commands": commands} if commands else table

    async def _open(self) -> None:
        await self._gate.open()
        for server in (self.primary, self.secondary):
            await server.open()

    async def _close(self) -> None:
        for server in (self.primary, self.secondary):
            await server.close()
        await self._gate.close()
