"""A pair, its two servers and how they are reached, as the settings say. All values are frozen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    """The fixed role of a server in its pair. A failover moves the state, never the role."""

    PRIMARY = "primary"
    SECONDARY = "secondary"

    @property
    def peer(self) -> "Role":
        return Role.SECONDARY if self is Role.PRIMARY else Role.PRIMARY

    @property
    def word(self) -> str:
        return self.value.capitalize()


class PeerRow(StrEnum):
    """How far a server's row about its peer may be trusted."""

    LIVE = "live"
    STATIC = "static"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Login:
    """Where and as whom to log in by SSH. `key` is a file's path, and `host_key` an OpenSSH public key line."""

    host: str
    user: str
    host_key: str
    port: int = 22
    key: str | None = None
    agent: bool = False

    def __post_init__(self) -> None:
        if self.host.startswith("[") and self.host.endswith("]"):  # an IPv6 address is written in brackets in a URL
            object.__setattr__(self, "host", self.host[1:-1])


@dataclass(frozen=True)
class Server(Login):
    """One PAM Server: how it is reached, and the `address` that `ha-status` prints for it."""

    address: str = ""
    jump: Login | None = None
    pty: bool = False
    prefix: str = ""
    mode: str = "exec"


@dataclass(frozen=True)
class Question:
    """A known prompt (a regular expression) and its answer, whose `{slots}` are filled when the question is asked."""

    prompt: str
    answer: str


LONGEST = 900.0  # seconds for which a command may still be at work, unless the settings say otherwise
CONTINUE = Question(r"Are you sure you want to continue\? \[y/N\]:?\s*$", "y")


@dataclass(frozen=True)
class CommandLine:
    """How one command is typed: its line, and the questions that it asks, in order.

    `time_limit` is how many seconds it usually takes at most, and `longest` for how many it may be at work. `runs_on`
    is set where the settings name another server than the action does.
    """

    line: str
    dialogue: tuple[Question, ...] = (CONTINUE,)
    time_limit: float = 120.0
    runs_on: Role | None = None
    longest: float = LONGEST


STATUS = CommandLine("ha-status", (), 10.0)


@dataclass(frozen=True)
class Labels:
    """Regular expressions for what `ha-status` prints. The defaults are the documented words."""

    primary: str = r"primary pam server"
    secondary: str = r"secondary pam server"
    floating_ip: str = r"floating ip address"
    health: str = r"high availability status"
    share: str = r"smb share"
    this_host: str = r"-\s*this host"
    unpaired: str = ""


@dataclass(frozen=True)
class Pair:
    """An HA Pair as the settings describe it.

    `look_seconds` is the interval between observations by the clock; 0 means none. `verify_seconds` is how long a run
    waits for the expected states. The other times are in minutes, as their names say.
    """

    name: str
    channel: str
    requesters: tuple[str, ...]
    approvers: tuple[str, ...]
    primary: Server
    secondary: Server
    approvals: int = 1
    approval_minutes: float = 15.0
    cool_down_minutes: float = 30.0
    verify_seconds: float = 60.0
    look_seconds: float = 60.0
    escalate_minutes: float = 15.0
    escalate_to: tuple[str, ...] = ()
    peer_row: PeerRow = PeerRow.UNPROVEN
    floating_ip: str | None = None
    commands: Mapping[str, CommandLine] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)

    def server(self, role: Role) -> Server:
        """Return the server that has this role."""
        return self.primary if role is Role.PRIMARY else self.secondary

    @property
    def gap(self) -> timedelta:
        """Return the longest time between two observations for which the pair still counts as seen."""
        return timedelta(seconds=3 * (self.look_seconds or 60.0) + 10)

    @property
    def status(self) -> CommandLine:
        """Return the command line that asks this pair's servers for their state."""
        return self.commands.get("ha-status", STATUS)

    def typed(self, line: CommandLine, role: Role) -> str:
        """Return the line as it is sent to a server, or typed on it."""
        return f"{self.server(role).prefix} {line.line}".strip()

    def access_digest(self) -> str:
        """Return the digest of the access settings for which a check has passed.

        It changes with anything about how the servers are reached and what is typed there, and with nothing else.
        """
        way_in = [asdict(self.primary), asdict(self.secondary), asdict(self.labels)]
        lines = {name: asdict(line) for name, line in sorted(self.commands.items())}
        for line in lines.values():
            line.pop("longest")
        text = json.dumps([way_in, lines], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()
