"""A slash command as data, and the action that a changing command requests."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.pair import CommandLine, Role
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import State

Ways = tuple[tuple[StatementKind, ...], ...]
FREELY: Ways = ((),)  # allowed, and no statement is needed


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
    """The states that both servers must report of themselves after a command.

    With `healthy`, both must also say OK. A Primary in one of the `lost` states counts as reached too, but is flagged.
    """

    primary: frozenset[State]
    secondary: frozenset[State]
    healthy: bool = False
    lost: frozenset[State] = frozenset()


@dataclass(frozen=True)
class Detail:
    """Something that the requester gives with the request. It fills the `{slot}` of an answer."""

    slot: str
    label: str
    hint: str


@dataclass(frozen=True)
class Secret:
    """Something that is asked for last, in a modal. It is used once and never stored."""

    slot: str
    label: str
    hint: str


@dataclass(frozen=True)
class Wording:
    """The words of an action in a situation where it means something else than usual.

    A field is empty where the usual words hold.

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

    `allowed` maps a situation to alternative sets of statements; one set is enough. `why_not` has the words of a
    refusal for situations whose own words are not enough. `called` has other words for situations in which the action
    does something else than usual.

    `line` is what is typed, and `aim` the states that must be reached. In a situation of `unproven_in`, the server need
    not say who it is. `after_split` is set where the action leads out of a split brain.
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
        """Return the same action in the words for this situation."""
        other = self.called.get(name)
        return replace(self, **{what: words for what, words in vars(other).items() if words}) if other else self


@dataclass(frozen=True)
class Command:
    """One slash command, which either reads something, requests an action, or is refused.

    `name` has no slash. `refuses` has the words of a command that is never offered. `words` is what follows the name,
    and `more` has the lines that its full help adds.
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
        """Return what follows the command's name."""
        if self.words:
            return self.words
        if self.reads is ReadingCommand.HELP:
            return "[command]"
        return "[pair]" if self.reads else "<pair> <reason>"


def in_full(name: str, known: Collection[str]) -> str:
    """Return the full name of a command that somebody typed as `failover`, `/ha-failover` or the like."""
    name = name.lstrip("/").lower()
    return name if name in known or name.startswith("ha-") else f"ha-{name}"
