"""Gather from the store what the charts of the past show: pairs over time, their days, and how long incidents took."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from bot.charts import Day, Mark, Recovery, Ribbon, Window, days
from bot.domain.pair import Pair
from bot.services.base import Desk
from bot.store import incident_timeline, incidents, maintenance, sightings


def ribbon_of(desk: Desk, pair: Pair, start: datetime, until: datetime) -> Ribbon:
    """Return one pair between two moments: its situations, its requests, approvals and runs, and its maintenance."""
    found = maintenance.windows(desk.store, pair.name, start)
    return Ribbon(
        pair.name,
        sightings.stretches(desk.store, pair.name, start, pair.gap, until),
        [Mark(at, kind) for at, kind in incident_timeline.done(desk.store, pair.name, start)],
        [Window(one.begins_at, one.ended_at or one.ends_at, one.because) for one in found],
    )


def ribbons_of(desk: Desk, pairs: Iterable[Pair], start: datetime, until: datetime) -> list[Ribbon]:
    return [ribbon_of(desk, pair, start, until) for pair in pairs]


def days_of(found: Iterable[Ribbon], start: datetime, until: datetime, zone: tzinfo) -> list[Day]:
    """Return every day of these pairs together, leaving out maintenance."""
    return days([(one.stretches, [(w.start, w.end) for w in one.windows]) for one in found], start, until, zone)


def recoveries_of(desk: Desk, names: Sequence[str], start: datetime, until: datetime) -> list[Recovery]:
    """Return the incidents of these pairs that opened between two moments, and how long each part of them took."""
    return [
        Recovery(one.pair, one.opened_at, incident_timeline.durations(desk.store, one))
        for one in incidents.since(desk.store, start)
        if one.pair in names and start <= one.opened_at < until
    ]
