"""Both servers as they really are: the lab's pure model, without sockets or threads, on a clock that a test moves.

What a command does takes its time: its effect is *pending* until it is due, and comes even when nobody listens.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.domain.pair import Role
from bot.simulator.pair import effects, layouts
from bot.simulator.pair import world as truth
from bot.simulator.pair.effects import Command, Refused
from bot.simulator.pair.layouts import LAYOUTS, PeerRow
from bot.simulator.pair.questions import Surprise
from bot.simulator.pair.world import Execution, Sickness, World

TAKES = 4.0  # seconds until a command has its effect
KEYS = {  # another server at the same address has another key
    Role.PRIMARY: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKPTEhBEfP0sZ2WZWcqd1HPAGQvFhDQ4oqkBjTkbRkE5",
    Role.SECONDARY: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0cBq8oGQ5Yv0bUO0mT2V2cD8zq3m7X2b7f3oTt4a1c",
}


def lab(role: Role) -> truth.Role:
    """The same role as the lab names it."""
    return truth.Role(role.value)


@dataclass
class Work:
    """A command that was told to go on: `due` (true seconds) is when it has its effect, unless it dies before."""

    box: Role
    command: Command
    answers: dict[str, str]
    due: float
    boot: int
    execution: Execution
    delivered: bool = True  # an answer that was cut off may still arrive when the network is back
    exit: int | None = None
    text: str = ""
    alive: bool = True

    @property
    def pending(self) -> bool:
        return self.alive and self.exit is None


@dataclass
class FarEnd:
    """The truth; `way` is which box answers for a role, `boot` counts the lives of each box."""

    world: World
    layout: str = "a"
    peer_row: PeerRow = PeerRow.LIVE
    pty: bool = False
    surprise: Surprise | None = None
    keys: dict[Role, str] = field(default_factory=lambda: dict(KEYS))
    way: dict[Role, Role] = field(default_factory=lambda: {role: role for role in Role})
    boot: dict[Role, int] = field(default_factory=lambda: dict.fromkeys(Role, 0))
    liar: dict[Role, str] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)
    takes: float = TAKES
    effects: list[float] = field(default_factory=lambda: [0.0])  # true seconds at which commands took effect

    def box(self, role: Role) -> truth.Server:
        return self.world.pair.server(lab(role))

    def alter(self, role: Role, change: Callable[[truth.Server], truth.Server]) -> None:
        self.world.alter(lab(role), change)

    def hears(self, role: Role) -> bool:
        """Whether what is sent to this box arrives and is worked on now."""
        box = self.box(role)
        return box.reachable and box.up

    def power(self, role: Role, on: bool) -> bool:
        if self.box(role).powered is on:
            return False
        self.alter(role, lambda server: replace(server, powered=on))
        self.boot[role] += 1
        self.kill(role)
        return True

    def kill(self, role: Role) -> bool:
        """Every command at work on this box dies without an effect."""
        found = [work for work in self.works if work.pending and work.box is role]
        for work in found:
            work.alive = False
        return bool(found)

    def rebuilt(self, role: Role) -> None:
        """Another server stands at this address: another key, and no session lives on."""
        self.keys[role] = KEYS[role].replace("IKPT", "IZZZ").replace("IJ0c", "IYYY")
        self.boot[role] += 1
        self.kill(role)

    def status(self, role: Role) -> tuple[str, int]:
        """What `ha-status` prints on this box, and its exit status."""
        match self.box(role).sick:
            case _ if role in self.liar:
                return self.liar[role], 0
            case Sickness.GARBAGE:
                return layouts.GARBAGE, 0
            case Sickness.MUTE:
                return layouts.MUTE, 1
            case _:
                return LAYOUTS[self.layout].status(self.world.pair, lab(role), self.peer_row), 0

    def outside(self, role: Role, command: Command) -> bool:
        """Somebody types it at this server; whether the pair is another one now."""
        before = self.world.pair
        if not before.server(lab(role)).up:
            return False
        try:
            self.world.update(lambda pair: effects.carried_out(pair, lab(role), command, {}))
        except Refused:
            return False
        return self.world.pair != before

    def begin(self, box: Role, command: Command, answers: dict[str, str], now: float, execution: Execution) -> Work:
        work = Work(box, command, answers, now + self.takes, self.boot[box], execution, self.hears(box))
        self.works.append(work)
        return work

    def settle(self, now: float) -> None:
        """Let everything have its effect that is due by now."""
        for work in self.works:
            if not work.delivered and self.hears(work.box):
                work.delivered = True
            if work.pending and work.delivered and work.due <= now and self.box(work.box).up:
                self._carry_out(work)
                self.effects.append(now)

    def _carry_out(self, work: Work) -> None:
        try:
            self.world.update(
                lambda pair: effects.carried_out(pair, lab(work.box), work.command, work.answers), work.execution
            )
        except Refused as refused:
            work.exit, work.text = 3, f"{refused}\n"
        else:
            work.exit, work.text = 0, f"{work.command}: completed.\n"

    def heal(self) -> None:
        """What was cut or frozen goes on, so that whatever can still happen does."""
        for role in Role:
            if self.box(role).frozen or not self.box(role).reachable:
                self.alter(role, lambda server: replace(server, frozen=False, reachable=True))
