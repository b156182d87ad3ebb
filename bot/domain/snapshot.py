"""An observation as it is stored and shown: what each server said, when, and what that meant."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.domain.code import stored
from bot.domain.observation import Observation, Probe
from bot.domain.pair import Role
from bot.domain.policy import pending
from bot.domain.runbook import Step
from bot.domain.situation import SITUATIONS, Severity, Situation, SituationCode, assess
from bot.domain.statement import StatementKind, sentence
from bot.domain.status import Health, State
from bot.domain.transport import UnreachableReason

TEXT_KEPT = 8000  # characters of raw output that are kept: more is noise, and it must fit into a row


@dataclass(frozen=True)
class ServerSnapshot:
    """One server as it was seen.

    `own` is what it reports of itself, `state` is the state that counts, and `sees` is what it reports of its peer.
    """

    role: Role
    own: State
    state: State
    sees: State
    health: Health
    address: str
    at: datetime
    words: str
    text: str
    share: str | None


@dataclass(frozen=True)
class StatementShown:
    """A statement as it is shown."""

    id: int
    kind: StatementKind
    sentence: str
    by: str
    at: datetime
    words: str


@dataclass(frozen=True)
class Snapshot:
    """A pair as it was seen, and its one situation.

    It stopped being healthy between `healthy_until`, when it was last seen healthy, and `otherwise_since`. The servers
    in `rekeyed` showed another host key than the pinned one.
    """

    pair: str
    situation: SituationCode
    primary: ServerSnapshot
    secondary: ServerSnapshot
    statements: tuple[StatementShown, ...] = ()
    healthy_until: datetime | None = None
    otherwise_since: datetime | None = None
    new_primary: bool = False
    rekeyed: tuple[Role, ...] = ()

    def seen(self, role: Role) -> ServerSnapshot:
        """Return what was seen of the server that has this role."""
        return self.primary if role is Role.PRIMARY else self.secondary

    def own(self, role: Role) -> State:
        """Return what the server reports of itself."""
        return self.seen(role).own

    @property
    def healthy_words(self) -> bool:
        """Whether both servers answer and both say OK."""
        return all(self.seen(role).health is Health.OK for role in Role)

    @property
    def about(self) -> Situation:
        return SITUATIONS[self.situation]

    @property
    def grave(self) -> bool:
        """Whether the situation is critical: nobody is served, or both servers are active."""
        return self.about.severity is Severity.CRITICAL

    @property
    def served(self) -> bool:
        """Whether users are known to be served as they should be, by one active server."""
        return not self.grave and State.ACTIVE in (self.primary.state, self.secondary.state)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps from here to a healthy pair. The first is what is next."""
        own = {role: self.seen(role).own for role in Role}
        return pending(self.situation, {statement.kind for statement in self.statements}, own, self.rekeyed)

    @property
    def key(self) -> str:
        """Return a key that two snapshots share if they show the same thing."""
        parts = [(s.state, s.health.stored) for s in (self.primary, self.secondary)]
        return json.dumps([self.situation.stored, parts, [statement.kind.stored for statement in self.statements]])

    @property
    def reasons(self) -> tuple[str, str]:
        """Return why each server gives no answer, in words. These may change while the situation does not."""
        return self.primary.words, self.secondary.words

    @property
    def at(self) -> datetime:
        """Return when the later of the two probes ended."""
        return max(self.primary.at, self.secondary.at)

    @property
    def as_of(self) -> datetime:
        """Return when the earlier of the two probes ended: what both show together is no newer than that."""
        return min(self.primary.at, self.secondary.at)

    @property
    def point(self) -> str:
        """Return a key that two snapshots share if people need not be told again.

        Flapping is told once, not at each change.
        """
        return self.situation.stored if self.situation is SituationCode.FLAPPING else self.key

    def as_json(self) -> str:
        """Return the snapshot for the store, with times in ISO 8601, in UTC."""
        data = asdict(self, dict_factory=_spelled)
        return json.dumps(data, default=lambda value: value.isoformat(), ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "Snapshot":
        """Return the snapshot as it was stored."""
        data = json.loads(text)
        return Snapshot(
            pair=data["pair"],
            situation=SituationCode(data["situation"]),
            primary=_seen(data["primary"]),
            secondary=_seen(data["secondary"]),
            statements=tuple(
                _said(statement) for statement in data["statements"] if StatementKind.knows(statement["kind"])
            ),
            healthy_until=_time(data["healthy_until"]),
            otherwise_since=_time(data["otherwise_since"]),
            new_primary=data.get("new_primary", False),
            rekeyed=_rekeyed(data),
        )


def _spelled(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: stored(value) for name, value in items}


def _rekeyed(data: Mapping[str, Any]) -> tuple[Role, ...]:
    """The servers with another host key; an older release said so in the words only."""
    if "rekeyed" in data:
        return tuple(Role(role) for role in data["rekeyed"])
    return tuple(role for role in Role if data[role.value]["words"].startswith(UnreachableReason.WRONG_KEY.value))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _said(data: Mapping[str, Any]) -> StatementShown:
    at = datetime.fromisoformat(data["at"])
    return StatementShown(data["id"], StatementKind(data["kind"]), data["sentence"], data["by"], at, data["words"])


def _seen(data: Mapping[str, Any]) -> ServerSnapshot:
    kinds: dict[str, Callable[[Any], Any]] = {
        "role": Role,
        "own": State,
        "state": State,
        "sees": State,
        "health": Health,
        "at": datetime.fromisoformat,
    }
    return ServerSnapshot(**{name: kinds[name](value) if name in kinds else value for name, value in data.items()})


def snapshot(
    seen: Observation, healthy_until: datetime | None = None, otherwise_since: datetime | None = None
) -> Snapshot:
    """Return what is stored and shown of an observation."""
    return Snapshot(
        pair=seen.pair.name,
        situation=assess(seen).name,
        primary=_look(seen, seen.primary),
        secondary=_look(seen, seen.secondary),
        statements=tuple(
            StatementShown(s.id, s.kind, s.sentence or sentence(s.kind, seen.pair), s.by, s.at, s.words)
            for s in seen.statements
        ),
        healthy_until=healthy_until,
        otherwise_since=otherwise_since,
        new_primary=seen.new_primary,
        rekeyed=tuple(role for role in Role if role in seen.rekeyed),
    )


def _look(seen: Observation, look: Probe) -> ServerSnapshot:
    report = look.report
    return ServerSnapshot(
        role=look.role,
        own=seen.own(look.role),
        state=seen.state(look.role),
        sees=report.peer if report else State.SILENT,
        health=report.health if report else Health.UNKNOWN,
        address=seen.pair.server(look.role).address,
        at=look.at,
        words=look.words,
        text=look.text[:TEXT_KEPT],
        share=report.share if report else None,
    )
