"""A health summary: what is wrong, what changed since the last one, and how it went over time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.domain.incident import Durations, IncidentView
from bot.domain.maintenance import MaintenanceView
from bot.domain.situation import Severity, SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.timeline import Availability

DAY = timedelta(days=1)
PERIODS = (("24 h", DAY), ("7 days", 7 * DAY), ("30 days", 30 * DAY))
SUMMED_UP = DAY * 30  # the time over which incidents are counted


@dataclass(frozen=True)
class Obstacle:
    """Why a pair could not be helped, or its trouble not be seen, however healthy it is: in short, and in sentences."""

    short: str
    words: str


@dataclass(frozen=True)
class PairNow:
    """A pair as it stands: `seen` is None when nobody has ever looked, `fresh` whether the last look still counts."""

    name: str
    seen: Snapshot | None
    looked_at: datetime | None
    fresh: bool
    incident: IncidentView | None = None
    maintenance: MaintenanceView | None = None
    waits: str = ""
    hindered: tuple[Obstacle, ...] = ()

    @property
    def severity(self) -> Severity:
        """How bad it is: unknown where the last look no longer counts, degraded where it could not be helped."""
        if self.seen is None or not self.fresh:
            return Severity.UNKNOWN
        return Severity.DEGRADED if self.healthy and self.hindered else self.seen.about.severity

    @property
    def healthy(self) -> bool:
        return self.seen is not None and self.seen.situation is SituationCode.HEALTHY

    @property
    def shares(self) -> tuple[str, ...]:
        """What the servers say of their SMB share where it is a warning: a recommendation is none."""
        seen = self.seen
        said = [one.share or "" for one in (seen.primary, seen.secondary)] if seen and self.fresh else []
        return tuple(dict.fromkeys(words for words in said if "%" in words))

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to say of it."""
        said = self.incident or self.maintenance or self.waits or self.shares or self.hindered
        return self.healthy and self.fresh and not said


def worst_first(pairs: Iterable[PairNow]) -> list[PairNow]:
    """Those that there is something to say of, the worst first, then the others by name."""
    return sorted(pairs, key=lambda one: (one.quiet, one.severity.rank, one.name))


@dataclass(frozen=True)
class EndedIncident:
    """An incident that is over: who was concerned, most of all who asked and who approved."""

    incident: IncidentView
    people: tuple[str, ...]


@dataclass(frozen=True)
class Period:
    """What users had of the pairs in a time, and in the same time before it."""

    label: str
    now: Availability
    before: Availability


@dataclass(frozen=True)
class Times:
    """The medians of what incidents took, in seconds, and how many incidents there were."""

    count: int
    durations: Durations


@dataclass(frozen=True)
class Summary:
    """A health summary; `since` is when the last one was made, `missed` how many were not.

    `known_since` is when any of these pairs was looked at first, of all that is still kept.
    """

    channel: str
    at: datetime
    since: datetime | None
    missed: int
    pairs: tuple[PairNow, ...]
    over: tuple[EndedIncident, ...]
    periods: tuple[Period, ...]
    times: Times
    times_before: Times
    known_since: datetime | None = None

    @property
    def worst_first(self) -> tuple[PairNow, ...]:
        return tuple(worst_first(self.pairs))

    @property
    def severity(self) -> Severity:
        """That of the pair that is worst off, maintenance left out."""
        found = (one.severity for one in self.pairs if not one.maintenance)
        return min(found, key=lambda severity: severity.rank, default=Severity.HEALTHY)

    @property
    def covered(self) -> tuple[int, float | None]:
        """How many pairs were seen lately enough to count, and how many seconds ago the oldest of these looks was."""
        looks = [one.looked_at for one in self.pairs if one.fresh and one.looked_at]
        return len(looks), (self.at - min(looks)).total_seconds() if looks else None


def times(found: Sequence[Durations]) -> Times:
    """The medians; None where nothing is known."""
    return Times(
        len(found),
        Durations(
            detect=_median(one.detect for one in found),
            acknowledge=_median(one.acknowledge for one in found),
            decide=_median(one.decide for one in found),
            recover=_median(one.recover for one in found),
        ),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
