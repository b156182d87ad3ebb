"""An incident: the time during which a pair is not healthy, and what people are told about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from bot.domain.pair import Role
from bot.domain.situation import GONE, SPLIT, SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.status import State


@dataclass(frozen=True)
class IncidentView:
    """An incident as it is stored. Times are aware, in UTC.

    `first` is how it began. `told` is what two observations in a row showed and people were last told. `latest` is the
    newest observation.
    """

    id: int
    pair: str
    channel: str
    opened_at: datetime
    opened_by: str | None
    first: Snapshot
    latest: Snapshot
    told: Snapshot
    healthy_until: datetime | None
    owner: str | None
    owned_at: datetime | None
    closed_at: datetime | None
    escalated_at: datetime | None = None
    group_id: int | None = None

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def by_hand(self) -> bool:
        """Whether a person opened it although the pair was seen healthy."""
        return self.first.situation is SituationCode.HEALTHY

    @property
    def left(self) -> bool:
        """Whether it ended without the pair being healthy, because the pair is no longer in the settings."""
        return not self.open and self.latest.situation is not SituationCode.HEALTHY


def worse(before: Snapshot, now: Snapshot) -> bool:
    """Whether people must be told anew because the incident has become worse.

    That is so when users are no longer known to be served, when now for certain nobody is, or when a second server has
    become active. In a split brain users are served, though by two servers. A new server in place of one that was gone
    is a step of the recovery, and so is not worse.
    """
    if now.situation is SituationCode.SPLIT_BRAIN:
        return before.situation not in SPLIT
    if _progress(before, now):
        return False
    split_no_more = before.situation in SPLIT and now.situation not in SPLIT
    return not now.served and (before.served or split_no_more or (now.grave and not before.grave))


def _progress(before: Snapshot, now: Snapshot) -> bool:
    """Whether the only change is that a server which was gone is there again, or a new one in its place."""
    changes = [(before.seen(role).state, now.seen(role).state) for role in Role]
    moved = [change for change in changes if change[0] is not change[1]]
    back = (State.UNPAIRED, State.ACTIVE)
    return bool(moved) and all(then in GONE and then is not State.FAILED and new in back for then, new in moved)


@dataclass(frozen=True)
class IncidentGroupView:
    """Several incidents that began together, as they are now.

    `incidents` are those of the group's channel, and `elsewhere` are those of other channels. `doubtful` is how many
    more pairs were seen in trouble, but only once so far. From `closed_at` on, no incident joins the group any more.
    """

    id: int
    channel: str
    opened_at: datetime
    closed_at: datetime | None
    incidents: tuple[IncidentView, ...]
    elsewhere: tuple[IncidentView, ...] = ()
    doubtful: int = 0

    @property
    def still(self) -> tuple[IncidentView, ...]:
        """Return the incidents of the group's channel that are still open."""
        return tuple(incident for incident in self.incidents if incident.open)


@dataclass(frozen=True)
class News:
    """Something that `who` did and everybody in the thread is told.

    They handed the incident over to `owner`, noted `words`, or took back the statement `words` that `stated` had made.
    """

    who: str
    owner: str
    words: str
    stated: str = ""


class Deed(StrEnum):
    """What happened, and the kind of entry that this is in a timeline. `bot.views.timeline` has the words."""

    kind: str

    def __new__(cls, code: str, kind: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.kind = kind
        return member

    OPENED = "opened", "seen"
    CHANGED = "changed", "seen"
    CLOSED = "closed", "seen"
    LEFT = "left", "seen"
    TOOK = "took", "said"
    HANDED_OVER = "handed_over", "said"
    NOTED = "noted", "noted"
    STATED = "stated", "said"
    TOOK_BACK = "took_back", "said"
    KEY_OFFERED = "key_offered", "said"
    KEY_APPROVED = "key_approved", "said"
    KEY_REFUSED = "key_refused", "said"
    KEY_SET_ASIDE = "key_set_aside", "said"
    KEY_REPLACED = "key_replaced", "said"
    ASKED = "asked", "asked"
    APPROVED = "approved", "approved"
    DENIED = "denied", "decided"
    WITHDRAWN = "withdrawn", "decided"
    EXPIRED = "expired", "decided"
    VOID = "void", "decided"
    BY_HAND = "by_hand", "decided"
    SENDING = "sending", "run"
    STOPPED = "stopped", "said"
    STILL_LOOKING = "still_looking", "said"
    RUN_ENDED = "run_ended", "ended"
    RUN_CLOSED = "run_closed", "said"


@dataclass(frozen=True)
class TimelineEntry:
    """One entry of a timeline: what happened, who did it (a person's id or empty), and the values of its words."""

    at: datetime
    deed: Deed
    who: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Seen, said, noted, asked, approved, decided, run or ended."""
        return self.deed.kind


@dataclass(frozen=True)
class Durations:
    """How long each part of an incident took, in seconds; None where it never happened. `detect` is an upper bound."""

    detect: float | None
    acknowledge: float | None
    decide: float | None
    recover: float | None


@dataclass(frozen=True)
class Report:
    """An incident from its beginning to its end.

    `states` are (since, Primary, Secondary), and `transcripts` are (title, text).
    """

    incident: IncidentView
    timeline: tuple[TimelineEntry, ...]
    durations: Durations
    states: tuple[tuple[datetime, str, str], ...]
    transcripts: tuple[tuple[str, str], ...]
