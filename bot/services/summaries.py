"""Sum up the pairs' health, what changed, and how recoveries went.

Everything comes from the store, but Slack says who can approve.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import starmap

from bot.domain.incident import IncidentView
from bot.domain.pair import Pair
from bot.domain.request import Phase
from bot.domain.summary import PERIODS, SUMMED_UP, EndedIncident, PairNow, Period, Summary, Times, times
from bot.domain.text import Text
from bot.domain.timeline import Availability, Span, Stretch, share, without
from bot.services.base import Desk
from bot.services.readiness import hindered, short_of_people
from bot.store import incident_timeline, incidents, maintenance, requests, runs, sightings

LONGEST = 2 * max(length for _, length in PERIODS)
Seen = list[tuple[list[Stretch], list[Span]]]  # for each pair, its stretches of time, oldest first, and its maintenance
NO_SINCE = timedelta(days=1)  # how far back a channel's first summary looks


def sum_up(
    desk: Desk,
    channel: str,
    names: Collection[str] = (),
    since: datetime | None = None,
    missed: int = 0,
    until: datetime | None = None,
) -> Summary:
    """Return the summary of these pairs as they are now, or of all pairs where none are named."""
    pairs = {name: pair for name, pair in desk.pairs().items() if not names or name in names}
    now = desk.now()
    past = [incident for incident in incidents.since(desk.store, now - 2 * SUMMED_UP) if incident.pair in pairs]
    seen = [_seen(desk, pair, now) for pair in pairs.values()]
    return Summary(
        channel=channel,
        at=now,
        since=since,
        missed=missed,
        pairs=tuple(_with_people(desk, pair, pair_now(desk, pair, now)) for pair in pairs.values()),
        over=tuple(
            _over(desk, incident) for incident in past if _is_over(incident, since or now - NO_SINCE, until or now)
        ),
        periods=_periods(seen, now),
        times=_times(desk, past, now - SUMMED_UP, now),
        times_before=_times(desk, past, now - 2 * SUMMED_UP, now - SUMMED_UP),
        known_since=min(filter(None, starmap(_counted_from, seen)), default=None),
    )


def pair_now(desk: Desk, pair: Pair, now: datetime) -> PairNow:
    """Return one pair as it was seen last."""
    seen = sightings.last_seen(desk.store, pair.name)
    looked_at = sightings.looked_at(desk.store, pair.name)
    return PairNow(
        pair.name,
        seen,
        looked_at,
        looked_at is not None and now - looked_at <= pair.gap,
        incidents.open_incident(desk.store, pair.name),
        maintenance.current(desk.store, pair.name),
        _waits(desk, pair),
        hindered(desk, pair),
    )


def _with_people(desk: Desk, pair: Pair, found: PairNow) -> PairNow:
    """Add the obstacles among the people, for which Slack is asked.

    App Home leaves this out because it is drawn too often.
    """
    return replace(found, hindered=(*found.hindered, *short_of_people(desk, pair)))


def _waits(desk: Desk, pair: Pair) -> Text | None:
    """Return what is waiting for somebody at this pair.

    Every summary repeats it until it is done. None where nothing waits.
    """
    run = runs.open_run(desk.store, pair.name)
    if run and run.phase is Phase.UNKNOWN:
        return Text("nobody has said yet how {action} ended; the pair is locked until then", action=run.action)
    if run:
        return Text("{action} is under way", action=run.action)
    request = requests.open_request(desk.store, pair.name)
    return Text("{action} is {stage}", action=request.action, stage=request.stage) if request else None


def _is_over(incident: IncidentView, since: datetime, until: datetime) -> bool:
    return incident.closed_at is not None and since < incident.closed_at <= until


def _over(desk: Desk, incident: IncidentView) -> EndedIncident:
    return EndedIncident(incident, incident_timeline.concerned(desk.store, incident))


def _periods(seen: Seen, now: datetime) -> tuple[Period, ...]:
    return tuple(
        Period(label, _share(seen, now - length, now), _share(seen, now - 2 * length, now - length))
        for label, length in PERIODS
    )


def _counted_from(stretches: Sequence[Stretch], spans: Sequence[Span]) -> datetime | None:
    """Return from when on observations count for availability, or None if none does."""
    return next((part.start for stretch in stretches for part in without(stretch, spans)), None)


def _seen(desk: Desk, pair: Pair, now: datetime) -> tuple[list[Stretch], list[Span]]:
    start = now - LONGEST
    stretches = sightings.stretches(desk.store, pair.name, start, pair.gap, now)
    return stretches, maintenance.spans(desk.store, pair.name, start)


def _share(seen: Seen, start: datetime, end: datetime) -> Availability:
    return sum((share(stretches, start, end, spans) for stretches, spans in seen), Availability())


def _times(desk: Desk, past: list[IncidentView], start: datetime, end: datetime) -> Times:
    within = [incident for incident in past if incident.closed_at and start < incident.closed_at <= end]
    return times([incident_timeline.durations(desk.store, incident) for incident in within])
