"""An incident: the time during which a pair is not healthy, and what is told of it."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.pair import Role
from bot.domain.situation import GONE, SPLIT, SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.status import State


@dataclass(frozen=True)
class IncidentView:
    """An incident as the store has it; times are aware, UTC.

    `first` keeps how it began, `told` what was seen twice alike and told of last; `latest` is the newest look of all.
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
    storm_id: int | None = None

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def by_hand(self) -> bool:
        """Whether somebody opened it though the pair was seen healthy."""
        return self.first.situation is SituationCode.HEALTHY

    @property
    def left(self) -> bool:
        """Whether it ended without being seen healthy: the pair is no longer in the settings."""
        return not self.open and self.latest.situation is not SituationCode.HEALTHY


def worse(before: Snapshot, now: Snapshot) -> bool:
    """Whether people have to hear of it anew: users are not known to be served any more, or nobody is for certain,
    or a second server has become active. In a split brain they are served, though by two. A new server in the place of
    one that was gone is a step of the recovery.
    """
    if now.situation is SituationCode.SPLIT_BRAIN:
        return before.situation not in SPLIT
    if _progress(before, now):
        return False
    split_no_more = before.situation in SPLIT and now.situation not in SPLIT
    return not now.served and (before.served or split_no_more or (now.grave and not before.grave))


def _progress(before: Snapshot, now: Snapshot) -> bool:
    """Whether all that has changed is that a server which was gone is there again, or a new one in its place."""
    changes = [(before.seen(role).state, now.seen(role).state) for role in Role]
    moved = [one for one in changes if one[0] is not one[1]]
    back = (State.UNPAIRED, State.ACTIVE)
    return bool(moved) and all(then in GONE and then is not State.FAILED and new in back for then, new in moved)


@dataclass(frozen=True)
class IncidentGroupView:
    """Several incidents that began together, as they are now: `incidents` those of its channel, `elsewhere` the others.

    `doubtful` is how many more pairs were seen in trouble, in one look only. From `closed_at` on it takes no more in.
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
        """Those of its channel that are not over."""
        return tuple(one for one in self.incidents if one.open)


@dataclass(frozen=True)
class News:
    """What `who` did for everybody to hear: handed it over to `owner`, noted these words, or took them back of who had
    `stated` them.
    """

    who: str
    owner: str
    words: str
    stated: str = ""


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a timeline: `who` (a person's id or empty) did `deed`; `quote` is what they said with it.

    Both are marked up as for Slack. `kind` is seen, said, noted, asked, approved, decided, run or ended.
    """

    at: datetime
    kind: str
    who: str
    deed: str
    quote: str = ""

    @property
    def words(self) -> str:
        """The whole line."""
        return f"{self.deed}: {self.quote}" if self.quote else self.deed


@dataclass(frozen=True)
class Durations:
    """How long each part took, in seconds; None where it never happened. `detect` is an upper bound."""

    detect: float | None
    acknowledge: float | None
    decide: float | None
    recover: float | None


@dataclass(frozen=True)
class Report:
    """An incident from its beginning to its end."""

    incident: IncidentView
    timeline: tuple[TimelineEntry, ...]
    durations: Durations
    people: tuple[tuple[str, str], ...]
    states: tuple[tuple[datetime, str, str], ...]
    transcripts: tuple[tuple[str, str], ...]
