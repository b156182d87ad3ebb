"""A slash command as data, and the action that a changing one asks for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.pair import CommandLine, Role
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import State

Ways = tuple[tuple[StatementKind, ...], ...]
FREELY: Ways = ((),)  # allowed, and nothing needs to be stated


class ReadingCommand(StrEnum):
    """What a reading command shows."""

    STATUS = "status"
    HISTORY = "history"
    HELP = "help"
    RECOVER = "recover"
    INCIDENT = "incident"
    PLAN = "plan"
    MAINTENANCE = "maintenance"
    SUMMARY = "summary"


@dataclass(frozen=True)
class ExpectedStates:
    """The own states that both servers must show afterwards; `lost` ones are reached but flagged."""

    primary: frozenset[State]
    secondary: frozenset[State]
    healthy: bool = False
    lost: frozenset[State] = frozenset()


@dataclass(frozen=True)
class Detail:
    """Something the requester gives with the request; it fills the `{slot}` of an answer."""

    slot: str
    label: str
    hint: str


@dataclass(frozen=True)
class Secret:
    """Something asked for last, given in a modal, used once and stored nowhere."""

    slot: str
    label: str
    hint: str


@dataclass(frozen=True)
class Wording:
    """What an action is called, does, costs and asks for, and what to mind, in a situation in which that is something
    else; empty where it is as usual.

    `details` and `secrets` have the same slots as the action's own.
    """

    verb: str = ""
    does: str = ""
    loses: str = ""
    careful: str = ""
    details: tuple[Detail, ...] = ()
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True)
class Action:
    """A changing command: where it runs, in which situations, what it costs and how its success is seen.

    `allowed` maps a situation to alternatives of statements, any one of which is enough; `why_not` gives the
    words for a situation in which it is refused, where those of the situation itself are not enough, and `called`
    the other words for one in which it does something else than usual.
    """

    name: str
    line: CommandLine
    runs_on: Role
    verb: str
    does: str
    loses: str
    allowed: Mapping[SituationCode, Ways]
    aim: ExpectedStates
    expects: str
    why_not: Mapping[SituationCode, str] = field(default_factory=dict)
    careful: str = ""
    details: tuple[Detail, ...] = ()
    secrets: tuple[Secret, ...] = ()
    unproven_in: frozenset[SituationCode] = frozenset()
    after_split: bool = False
    called: Mapping[SituationCode, Wording] = field(default_factory=dict)

    def worded(self, name: SituationCode) -> "Action":
        """The same, in the words for this situation."""
        other = self.called.get(name)
        return replace(self, **{what: words for what, words in vars(other).items() if words}) if other else self


@dataclass(frozen=True)
class Command:
    """One slash command: `name` without the slash, as the user types it; either reads or asks for an action.

    `more` is what its full help adds, line by line.
    """

    name: str
    summary: str
    reads: ReadingCommand | None = None
    action: Action | None = None
    refuses: str = ""
    example: str = ""
    words: str = ""
    more: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """What follows the command's name."""
        if self.words:
            return self.words
        if self.reads is ReadingCommand.HELP:
            return "[command]"
        return "[pair]" if self.reads else "<pair> <reason>"


def in_full(name: str, known: Collection[str]) -> str:
    """The name of the command that somebody means by `failover`, `/ha-failover` and the like."""
    name = name.lstrip("/").lower()
    return name if name in known or name.startswith("ha-") else f"ha-{name}"
