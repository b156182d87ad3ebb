"""What a simulated pair really is: immutable values, and the one place that holds the current one.

Nothing here is visible to the bot. The words follow the vendor's page; whatever it does not say is invented.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Role(StrEnum):
    """The role that a server was deployed with; no command moves it."""

    PRIMARY = "primary"
    SECONDARY = "secondary"

    @property
    def other(self) -> "Role":
        """The role of the peer."""
        return Role.SECONDARY if self is Role.PRIMARY else Role.PRIMARY


class State(StrEnum):
    """What a server takes itself for."""

    ACTIVE = "active"
    STANDBY = "standby"
    DEMOTED = "demoted"
    UNPAIRED = "unpaired"
    STANDALONE = "standalone"


class Sickness(StrEnum):
    """How a server that still answers is ill: what its `ha-status` does."""

    FAILED = "failed"  # its own row says Failed
    GARBAGE = "garbage"  # it prints what nobody can read
    MUTE = "status-fails"  # it exits with 1


class Degradation(StrEnum):
    """The vendor's three causes of `Degraded`; each of them stops replication here."""

    CONFIGURATION = "configuration differs"
    REPLICATION = "replication fault"
    UPGRADE = "half upgraded"


@dataclass(frozen=True, slots=True)
class Server:
    """One server; `changes` are the ids of what it has stored, oldest first."""

    role: Role
    address: str
    state: State
    changes: tuple[str, ...] = ()
    powered: bool = True
    frozen: bool = False
    sick: Sickness | None = None
    reachable: bool = True  # from the bot; the pair's own link is another matter
    account: bool = True  # a fresh server may have none for the bot
    joining_code: str | None = None

    @property
    def up(self) -> bool:
        """Powered and not frozen; a sick server is up."""
        return self.powered and not self.frozen


@dataclass(frozen=True, slots=True)
class Pair:
    """Both servers and what lies between them."""

    primary: Server
    secondary: Server
    linked: bool = True
    floating_ip: str | None = None
    degraded: Degradation | None = None
    backup: tuple[str, ...] = ()
    made: tuple[str, ...] = ()  # every change any user ever made, to tell what is lost

    def server(self, role: Role) -> Server:
        """The server of this role."""
        return self.primary if role is Role.PRIMARY else self.secondary

    def with_server(self, server: Server) -> "Pair":
        """The same pair with this server in its role."""
        if server.role is Role.PRIMARY:
            return replace(self, primary=server)
        return replace(self, secondary=server)

    def contact(self, asking: Role) -> bool:
        """Whether the server of this role can talk to its peer."""
        return self.linked and self.server(asking.other).up

    @property
    def replicating(self) -> bool:
        """Whether what the active server stores reaches the standby."""
        states = {self.primary.state, self.secondary.state}
        both_up = self.primary.up and self.secondary.up
        return self.linked and both_up and self.degraded is None and states == {State.ACTIVE, State.STANDBY}


@dataclass(slots=True)
class Execution:
    """What really became of one command line, for tests that hold what was told against it.

    `at` and `ended` are seconds since the epoch; `effect` is whether the pair was changed by it.
    """

    at: float
    server: Role
    line: str
    changing: bool = False
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    started: bool = False
    effect: bool = False
    exit: int | None = None
    ended: float | None = None


class World:
    """The current truth of one pair; every method may be called from any thread."""

    def __init__(self, pair: Pair) -> None:
        self._lock = threading.RLock()
        self._pair = pair
        self._executions: list[Execution] = []

    @property
    def pair(self) -> Pair:
        """The truth of this moment."""
        with self._lock:
            return self._pair

    def update(self, change: Callable[[Pair], Pair], execution: Execution | None = None) -> Pair:
        """Apply one change, let replication catch up, and give the new truth.

        The execution that caused it is marked in the same breath. What `change` raises passes through.
        """
        with self._lock:
            self._pair = replicated(change(self._pair))
            if execution is not None:
                execution.effect = True
            return self._pair

    def alter(self, role: Role, change: Callable[[Server], Server]) -> Pair:
        """Apply a change to one server."""
        return self.update(lambda pair: pair.with_server(change(pair.server(role))))

    def begin(self, role: Role, line: str) -> Execution:
        """Open the record of a command line that arrived."""
        with self._lock:
            self._executions.append(Execution(at=time.time(), server=role, line=line))
            return self._executions[-1]

    @property
    def executions(self) -> list[Execution]:
        """Copies of all records, oldest first."""
        with self._lock:
            return [replace(each, asked=list(each.asked), answered=list(each.answered)) for each in self._executions]


def replicated(pair: Pair) -> Pair:
    """The pair once the standby has what the active server has, if anything replicates at all."""
    if not pair.replicating:
        return pair
    active, standby = pair.primary, pair.secondary
    if standby.state is State.ACTIVE:
        active, standby = standby, active
    return pair.with_server(replace(standby, changes=active.changes))
