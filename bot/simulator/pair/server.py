"""One simulated server as a person in the machine room has it: its power, its cables, its faults."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import asyncssh

from bot.simulator.pair.appliance import Appliance
from bot.simulator.pair.background import Background
from bot.simulator.pair.door import Door, Site
from bot.simulator.pair.questions import UNKNOWN_QUESTION, Place
from bot.simulator.pair.tricks import Cut, Tricks
from bot.simulator.pair.wire import Mode, Wire
from bot.simulator.pair.world import Role, Server, Sickness, State, World

_LEGIBLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_joining_code() -> str:
    """A secret such as a fresh Secondary shows on its console; its shape is invented."""
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(3))


class SimulatedServer:
    """Methods may be called from any thread, before and after the start; each returns once it is so."""

    def __init__(
        self, appliance: Appliance, door: Door, background: Background, user: str, keys: Sequence[str], relay: Path
    ) -> None:
        self.role: Role = appliance.role
        self._appliance, self._door, self._background = appliance, door, background
        self._user, self._keys, self._relay = user, tuple(keys), relay
        self._world: World = appliance.world
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._wire = Wire()
        self._refusing = False
        self._lock = asyncio.Lock()

    @property
    def host(self) -> str:
        """Where clients reach its SSH server: loopback, unless its door is a direct one."""
        return self._place()[0]

    @property
    def port(self) -> int:
        """The port of its SSH server; it stays the same for good."""
        return self._place()[1]

    def _place(self) -> tuple[str, int]:
        wired = ("127.0.0.1", self._wire.port)
        return self._wire.target or wired if self._door.direct else wired

    @property
    def host_key(self) -> str:
        """Its public host key, `ssh-ed25519 AAAA…`."""
        return " ".join(self._key.export_public_key().decode().split()[:2])

    @property
    def state(self) -> Server:
        """Its truth at this moment."""
        return self._world.pair.server(self.role)

    @property
    def logins(self) -> int:
        """How often somebody began to log on, at the door that is in this process."""
        return self._appliance.logins

    def power_off(self, *, silently: bool = True) -> None:
        """Off in an instant: what runs on it never has its effect.

        A dead machine answers nothing, so connecting times out; with `silently=False` its connections
        are reset and new ones refused, as by a machine whose SSH service stopped.
        """
        self._refusing = not silently
        self._alter(lambda server: replace(server, powered=False))

    def power_on(self) -> None:
        """On again with the state it had; connections from before are reset. Nothing, if it is on."""
        if self.state.powered:
            return
        if self._background.running:
            self._background.call(self._forget_connections())
        self._alter(lambda server: replace(server, powered=True, frozen=False))

    def make_sick(self, kind: Sickness | str = Sickness.FAILED) -> None:
        """It still answers, but see Sickness for what its `ha-status` does."""
        sickness = Sickness(kind)
        self._alter(lambda server: replace(server, sick=sickness))

    def heal(self) -> None:
        """No longer sick."""
        self._alter(lambda server: replace(server, sick=None))

    def freeze(self) -> None:
        """TCP stays alive, nothing answers and nothing on it goes on, until thawed."""
        self._alter(lambda server: replace(server, frozen=True))

    def thaw(self) -> None:
        """It goes on where it was."""
        self._alter(lambda server: replace(server, frozen=False))

    def cut_from_bot(self) -> None:
        """No byte passes between bot and server; what runs on it goes on."""
        self._alter(lambda server: replace(server, reachable=False))

    def join_bot(self) -> None:
        """Bytes pass again, those sent meanwhile included."""
        self._alter(lambda server: replace(server, reachable=True))

    def change_host_key(self) -> None:
        """Another host key, the same server; open connections drop."""
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        if self._background.running:
            self._background.call(self._reopen())

    def redeploy(self, *, restored: bool = False, account: bool = True, address: str | None = None) -> None:
        """A new server in its place: in no pair, with a new host key; a Secondary shows a joining code.

        `restored` brings the data of the backup; without `account` the bot's key is not admitted. The
        faults that waited for the old one are gone with it.
        """
        code = new_joining_code() if self.role is Role.SECONDARY else None
        old, data = self.state, self._world.pair.backup if restored else ()
        fresh = Server(self.role, address or old.address, State.UNPAIRED, data, account=account, joining_code=code)
        fresh = replace(fresh, reachable=old.reachable)
        if self._background.running:
            self._background.call(self._scrap())
        self._appliance.tricks = Tricks()
        self._world.alter(self.role, lambda _: fresh)
        self.change_host_key()
        self._alter(lambda server: server)

    def ask_unknown_question(self, text: str = UNKNOWN_QUESTION, *, place: Place | str = Place.FIRST) -> None:
        """The next changing command asks this too; anything but y or yes ends it with nothing done."""
        self._appliance.tricks.question = (text, Place(place))

    def cut_line(self, when: Cut | str) -> None:
        """The next changing command loses its connection; see Cut for its effect."""
        self._appliance.tricks.cut = Cut(when)

    def answer_slowly(self, seconds: float) -> None:
        """Every command stays silent for so long first; 0 ends it."""
        self._appliance.tricks.slow = seconds

    def print_raw(self, text: str | None) -> None:
        """`ha-status` prints exactly this, until None."""
        self._appliance.tricks.raw = text

    def forget_faults(self) -> None:
        """No fault waits for its next commands any more."""
        self._appliance.tricks = Tricks()

    @property
    def waiting(self) -> list[str]:
        """The faults that wait for its next commands, in words."""
        tricks = self._appliance.tricks
        said = [tricks.question and "asks an unknown question", tricks.cut and f"cuts the line {tricks.cut}"]
        return [words for words in said if words]

    async def open(self) -> None:
        """Start its SSH server; only the pair calls this, on its loop."""
        await self._reopen()
        await self._settle()

    async def close(self) -> None:
        """Stop its SSH server; only the pair calls this, on its loop."""
        self._appliance.stop()
        await self._wire.set(Mode.REFUSED)
        await self._door.close()

    def release(self) -> None:
        """Give its port back; only the pair calls this, at the end."""
        self._wire.release()

    def _alter(self, change: Callable[[Server], Server]) -> None:
        self._world.alter(self.role, change)
        if self._background.running:
            self._background.call(self._settle())

    async def _settle(self) -> None:
        """Make the wire what the truth says it is."""
        async with self._lock:
            match self.state:
                case Server(powered=False):
                    self._appliance.stop()
                    self._wire.forsake()
                    await self._wire.set(Mode.REFUSED if self._refusing else Mode.DARK)
                case Server(reachable=False):
                    await self._wire.set(Mode.DARK)
                case Server(frozen=True):
                    await self._wire.set(Mode.HELD)
                case _:
                    await self._wire.set(Mode.OPEN)

    async def _forget_connections(self) -> None:
        self._wire.reset()

    async def _scrap(self) -> None:
        async with self._lock:
            self._appliance.stop()
            self._wire.reset()
            await self._door.close()

    async def _reopen(self) -> None:
        async with self._lock:
            await self._door.close()
            key = self._key.export_private_key().decode()
            keys = self._keys if self.state.account else ()
            site = Site(self._appliance, self._user, key, keys, self._relay)
            self._wire.target = await self._door.open(site)
