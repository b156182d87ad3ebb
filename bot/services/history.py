"""Gather from the store what the charts of the past show: pairs over time, their days, and how long incidents took."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from bot.charts import Day, Mark, Recovery, Ribbon, Window, days
from bot.domain.pair import Pair
from bot.services.base import Desk
from bot.store import incident_timeline, incidents, maintenance, sightings


def ribbon_of(desk: Desk, pair: Pair, start: datetime, until: datetime) -> Ribbon:
    """Return one pair between two moments: its situations, its requests, approvals and runs, and its maintenance."""
    windows = maintenance.windows(desk.store, pair.name, start)
    return Ribbon(
        pair.name,
        sightings.stretches(desk.store, pair.name, start, pair.gap, until),
        [Mark(at, kind) for at, kind in incident_timeline.done(desk.store, pair.name, start)],
        [Window(window.begins_at, window.ended_at or window.ends_at, window.because) for window in windows],
    )


def ribbons_of(desk: Desk, pairs: Iterable[Pair], start: datetime, until: datetime) -> list[Ribbon]:
    return [ribbon_of(desk, pair, start, until) for pair in pairs]


def days_of(ribbons: Iterable[Ribbon], start: datetime, until: datetime, zone: tzinfo) -> list[Day]:
    """Return every day of these pairs together, leaving out maintenance."""
    return days(
        [(ribbon.stretches, [(w.start, w.end) for w in ribbon.windows]) for ribbon in ribbons], start, until, zone
    )


def recoveries_of(desk: Desk, names: Sequence[str], start: datetime, until: datetime) -> list[Recovery]:
    """Return the incidents of these pairs that opened between two moments, and how long each part of them took."""
    return [
        Recovery(incident.pair, incident.opened_at, incident_timeline.durations(desk.store, incident))
        for incident in incidents.since(desk.store, start)
        if incident.pair in names and start <= incident.opened_at < until
    ]
