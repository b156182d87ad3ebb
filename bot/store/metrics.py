"""Figures from the store for a monitoring system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.domain.request import OPEN_STAGES, Phase
from bot.store.base import Store
from bot.store.tables import Incident, OutboxMessage, Request, Run, Sighting


@dataclass(frozen=True)
class Waiting:
    """How many messages Slack has still to show, and since when the oldest of them waits."""

    posts: int = 0
    since: datetime | None = None


@dataclass(frozen=True)
class Counts:
    """What is counted.

    For each pair: the situation seen last and when, and how many incidents and requests are open.

    `runs` has the number of runs in each phase.
    """

    seen: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)
    open_incidents: Mapping[str, int] = field(default_factory=dict)
    open_requests: Mapping[str, int] = field(default_factory=dict)
    runs: Mapping[str, int] = field(default_factory=dict)


def waiting(store: Store) -> Waiting:
    """Return how many messages Slack has still to show, and since when."""
    with store.reading() as session:
        rows = select(func.count(col(OutboxMessage.id)), func.min(OutboxMessage.waiting_since)).where(
            col(OutboxMessage.done).is_(False)
        )
        return Waiting(*session.exec(rows).one())


def looks(store: Store) -> dict[str, datetime]:
    """Return when each pair was observed last."""
    with store.reading() as session:
        rows = select(Sighting.pair, func.max(Sighting.last_at)).group_by(col(Sighting.pair))
        return dict(session.exec(rows).all())


def busy(store: Store) -> set[str]:
    """Return the pairs with a command under way."""
    with store.reading() as session:
        at_work = col(Run.phase).in_((Phase.INTENT, Phase.SENDING))
        return set(session.exec(select(Run.pair).where(at_work)))


def counts(store: Store) -> Counts:
    """Return all counts at once."""
    with store.reading() as session:
        newest = select(func.max(Sighting.id)).group_by(col(Sighting.pair))
        rows = select(Sighting.pair, Sighting.situation, Sighting.last_at).where(col(Sighting.id).in_(newest))
        is_open = col(Request.stage).in_(OPEN_STAGES)
        return Counts(
            seen={pair: (situation, at) for pair, situation, at in session.exec(rows)},
            open_incidents=_by(session, Incident.pair, col(Incident.closed_at).is_(None)),
            open_requests=_by(session, Request.pair, is_open),
            runs=_by(session, Run.phase),
        )


def _by(session: Session, key: str, *where: object) -> dict[str, int]:
    rows = select(col(key), func.count()).where(*where).group_by(col(key))  # type: ignore[arg-type]
    return dict(session.exec(rows).all())
