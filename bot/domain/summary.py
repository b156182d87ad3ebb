"""A health summary: what is wrong, what changed since the last one, and how the pairs did over time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.domain.incident import Durations, IncidentView
from bot.domain.maintenance import MaintenanceView
from bot.domain.situation import Severity, SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.text import Text
from bot.domain.timeline import Availability

DAY = timedelta(days=1)
PERIODS = (("24 h", DAY), ("7 days", 7 * DAY), ("30 days", 30 * DAY))
SUMMED_UP = DAY * 30  # the time over which incidents are counted


@dataclass(frozen=True)
class Obstacle:
    """Why a pair could not be recovered, or its trouble not be noticed, however healthy it is now.

    `short` is a few words, and `words` are sentences.
    """

    short: str
    words: Text


@dataclass(frozen=True)
class PairNow:
    """A pair as it is now.

    `seen` is None when it was never observed. `fresh` says whether the last observation still counts.

    `waits` says what is waiting for somebody. `hindered` has the obstacles to its recovery.
    """

    name: str
    seen: Snapshot | None
    looked_at: datetime | None
    fresh: bool
    incident: IncidentView | None = None
    maintenance: MaintenanceView | None = None
    waits: Text | None = None
    hindered: tuple[Obstacle, ...] = ()

    @property
    def severity(self) -> Severity:
        """Return how bad it is.

        It is unknown where the last observation no longer counts, and degraded where a healthy pair has obstacles.
        """
        if self.seen is None or not self.fresh:
            return Severity.UNKNOWN
        return Severity.DEGRADED if self.healthy and self.hindered else self.seen.about.severity

    @property
    def healthy(self) -> bool:
        return self.seen is not None and self.seen.situation is SituationCode.HEALTHY

    @property
    def shares(self) -> tuple[str, ...]:
        """Return what the servers say of their SMB share where that is a warning. A recommendation is not a warning."""
        seen = self.seen
        shares = [server.share or "" for server in (seen.primary, seen.secondary)] if seen and self.fresh else []
        return tuple(dict.fromkeys(words for words in shares if "%" in words))

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to report about this pair."""
        news = self.incident or self.maintenance or self.waits or self.shares or self.hindered
        return self.healthy and self.fresh and not news


def worst_first(pairs: Iterable[PairNow]) -> list[PairNow]:
    """Return the pairs about which there is something to report, worst first, then the others by name."""
    return sorted(pairs, key=lambda pair: (pair.quiet, pair.severity.rank, pair.name))


@dataclass(frozen=True)
class EndedIncident:
    """An incident that is over, and the people concerned: above all, who requested and who approved."""

    incident: IncidentView
    people: tuple[str, ...]


@dataclass(frozen=True)
class Period:
    """What users had of the pairs in a period, and in the equally long period before it."""

    label: str
    now: Availability
    before: Availability


@dataclass(frozen=True)
class Times:
    """The medians of how long the parts of incidents took, in seconds, and the number of incidents."""

    count: int
    durations: Durations


@dataclass(frozen=True)
class Summary:
    """A health summary. `since` is when the last one was made, and `missed` is how many in between were not made.

    `known_since` is when any of these pairs was first observed, outside maintenance and as far as that is still stored.
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
        """Return the severity of the pair that is worst off. Pairs in maintenance are left out."""
        severities = (pair.severity for pair in self.pairs if not pair.maintenance)
        return min(severities, key=lambda severity: severity.rank, default=Severity.HEALTHY)

    @property
    def covered(self) -> tuple[int, float | None]:
        """Return how many pairs were seen recently enough to count, and the age of the oldest such observation.

        The age is in seconds; None where there is no such observation.
        """
        looks = [pair.looked_at for pair in self.pairs if pair.fresh and pair.looked_at]
        return len(looks), (self.at - min(looks)).total_seconds() if looks else None


def times(durations: Sequence[Durations]) -> Times:
    """Return the medians. Each is None where nothing is known."""
    return Times(
        len(durations),
        Durations(
            detect=_median(parts.detect for parts in durations),
            acknowledge=_median(parts.acknowledge for parts in durations),
            decide=_median(parts.decide for parts in durations),
            recover=_median(parts.recover for parts in durations),
        ),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
