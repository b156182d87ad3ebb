"""A pair, its two servers, and the ways in: what the settings say, frozen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    """The fixed part a server has in its pair; a failover moves the state, never the role."""

    PRIMARY = "primary"
    SECONDARY = "secondary"

    @property
    def peer(self) -> "Role":
        return Role.SECONDARY if self is Role.PRIMARY else Role.PRIMARY

    @property
    def word(self) -> str:
        return self.value.capitalize()


class PeerRow(StrEnum):
    """How far a server's row about its peer may be believed."""

    LIVE = "live"
    STATIC = "static"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Login:
    """Where and as whom to log on by SSH; `key` is a file's path, `host_key` an OpenSSH public key line."""

    host: str
    user: str
    host_key: str
    port: int = 22
    key: str | None = None
    agent: bool = False

    def __post_init__(self) -> None:
        if self.host.startswith("[") and self.host.endswith("]"):  # as an IPv6 address stands in a URL
            object.__setattr__(self, "host", self.host[1:-1])


@dataclass(frozen=True)
class Server(Login):
    """One PAM Server: the way in, and the address that `ha-status` prints for it."""

    address: str = ""
    jump: Login | None = None
    pty: bool = False
    prefix: str = ""
    mode: str = "exec"


@dataclass(frozen=True)
class Question:
    """A known prompt (a regular expression) and its answer, with `{slots}` filled when it is asked."""

    prompt: str
    answer: str


LONGEST = 900.0  # seconds for which a command may still be at work, where the settings do not say otherwise
CONTINUE = Question(r"Are you sure you want to continue\? \[y/N\]:?\s*$", "y")


@dataclass(frozen=True)
class CommandLine:
    """How one command is typed: its line, the questions it asks in order; seconds it usually takes at most, and for
    which it may be at work at the longest.
    """

    line: str
    dialogue: tuple[Question, ...] = (CONTINUE,)
    time_limit: float = 120.0
    runs_on: Role | None = None
    longest: float = LONGEST


STATUS = CommandLine("ha-status", (), 10.0)


@dataclass(frozen=True)
class Labels:
    """Regular expressions for what `ha-status` prints; documented words are the defaults."""

    primary: str = r"primary pam server"
    secondary: str = r"secondary pam server"
    floating_ip: str = r"floating ip address"
    health: str = r"high availability status"
    share: str = r"smb share"
    this_host: str = r"-\s*this host"
    unpaired: str = ""


@dataclass(frozen=True)
class Pair:
    """An HA Pair as the settings describe it; times are minutes."""

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
        """The server that has this role."""
        return self.primary if role is Role.PRIMARY else self.secondary

    @property
    def gap(self) -> timedelta:
        """The longest time between two looks that still counts as seen."""
        return timedelta(seconds=3 * (self.look_seconds or 60.0) + 10)

    @property
    def status(self) -> CommandLine:
        """How this pair's servers are asked what they are."""
        return self.commands.get("ha-status", STATUS)

    def typed(self, line: CommandLine, role: Role) -> str:
        """The line as it is sent to (or typed on) a server."""
        return f"{self.server(role).prefix} {line.line}".strip()

    def access_digest(self) -> str:
        """What a passed check was for: changes with anything on the way in, and with nothing else."""
        way_in = [asdict(self.primary), asdict(self.secondary), asdict(self.labels)]
        lines = {name: asdict(line) for name, line in sorted(self.commands.items())}
        for line in lines.values():
            line.pop("longest")
        text = json.dumps([way_in, lines], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()
