"""Simulated pairs that answer `ha-status` as the lab's do, without a network: what a bot sees from afar."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from bot.domain.pair import Login, Pair, Role, Server
from bot.domain.transport import Ending, Reply, Session, Unreachable, UnreachableReason
from bot.simulator.pair import world
from bot.simulator.pair.layouts import LAYOUTS, PeerRow

CHANNEL = "C0PAMOPS"
PEOPLE = ("U0ALICE", "U0BOB")


def pair_of(name: str, number: int, **more: object) -> Pair:
    """The settings of a pair; the host tells which server it is."""
    servers = {
        role.value: Server(
            host=f"{name}-{role}", user="bot", host_key="ssh-ed25519 AAAA", address=f"10.0.{number}.{n}", key="k"
        )
        for n, role in enumerate(Role, 1)
    }
    known = {"channel": CHANNEL, "requesters": PEOPLE, "approvers": PEOPLE}
    return Pair(name=name, **(servers | known | more))  # type: ignore[arg-type]


def world_of(pair: Pair) -> world.World:
    """A pair in BAU."""
    return world.World(
        world.Pair(
            world.Server(world.Role.PRIMARY, pair.primary.address, world.State.ACTIVE),
            world.Server(world.Role.SECONDARY, pair.secondary.address, world.State.STANDBY),
        )
    )


class Sky:
    """All the pairs; `cut` is the bot's own network gone."""

    def __init__(self, pairs: Mapping[str, Pair]) -> None:
        self.worlds = {name: world_of(pair) for name, pair in pairs.items()}
        self.hosts = {pair.server(role).host: (name, role) for name, pair in pairs.items() for role in Role}
        self.cut = False
        self.looks = 0

    def power(self, name: str, role: Role, on: bool) -> None:
        """Switch a server on or off."""
        self.worlds[name].alter(world.Role(role.value), lambda one: replace(one, powered=on))

    def state(self, name: str, role: Role, state: world.State) -> None:
        """Have a server take itself for something else."""
        self.worlds[name].alter(world.Role(role.value), lambda one: replace(one, state=state))

    def degrade(self, name: str, on: bool) -> None:
        """Have replication fail, or go on."""
        why = world.Degradation.REPLICATION if on else None
        self.worlds[name].update(lambda pair: replace(pair, degraded=why))


class SkyWire:
    """The way to them, for one bot; it only looks."""

    def __init__(self, sky: Sky) -> None:
        self.sky = sky

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        self.sky.looks += 1
        name, role = self.sky.hosts[server.host]
        here = world.Role(role.value)
        pair = self.sky.worlds[name].pair
        if self.sky.cut or not pair.server(here).up:
            raise Unreachable(UnreachableReason.NO_ANSWER)
        return Reply(LAYOUTS["a"].status(pair, here, PeerRow.LIVE), 0, Ending.EXITED)

    def open(self, server: Server, seconds: float) -> AbstractContextManager[Session]:
        raise Unreachable(UnreachableReason.NO_ANSWER, "no command is given here")

    def offered_key(self, login: Login, seconds: float, jump: Login | None = None) -> str:
        raise Unreachable(UnreachableReason.NO_ANSWER, "no command is given here")
