"""A made-up past, for the demo alone: only the command line may import it, and only the demo's start calls it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import select

from bot.domain.observation import Observation, Probe
from bot.domain.pair import Pair, Role
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.status import Health, Report, State
from bot.domain.transport import UnreachableReason
from bot.store import sightings
from bot.store.base import Store
from bot.store.tables import Maintenance, Sighting

BREAK = timedelta(minutes=20)  # wide enough to be seen in a picture of a day
MADE_UP = "made up for the demo"
WHOLE = (State.ACTIVE, State.STANDBY)
Story = Sequence[tuple[float, State, State]]  # hours before the end of the story: what both servers were from then on


def write_past(store: Store, pair: Pair, story: Story) -> None:
    """Give a pair that was never observed a past, which ends BREAK ago so that nothing observed continues it.

    A maintenance window named MADE_UP lies over all of it, so it counts for no figure, and pictures label it. Nobody is
    told anything. Raises ValueError if the pair was observed already.
    """
    end = store.now() - max(BREAK, 2 * pair.gap)
    starts = [end - timedelta(hours=hours) for hours, *_ in story]
    with store.writing() as session:
        if session.exec(select(Sighting.id).where(Sighting.pair == pair.name)).first():
            raise ValueError(f"{pair.name} has a past already")
        follows: int | None = None
        for start, until, (_, *states) in zip(starts, [*starts[1:], end], story, strict=True):
            row = sightings.new_row(_seen(pair, states, until), start, until, follows)
            session.add(row)
            session.flush()
            follows = row.id
        session.add(
            Maintenance(
                pair=pair.name,
                channel=pair.channel,
                by=MADE_UP,
                because=MADE_UP,
                begins_at=starts[0],
                ends_at=end + pair.gap,  # for so long the last of it counts as seen
                ended_at=end + pair.gap,
            )
        )


def _seen(pair: Pair, states: Sequence[State], at: datetime) -> Snapshot:
    health = Health.OK if tuple(states) == WHOLE else Health.DEGRADED
    primary, secondary = (
        _probe(pair, role, own, peer, health, at) for role, own, peer in zip(Role, states, states[::-1], strict=True)
    )
    return snapshot(Observation(pair, primary, secondary))


def _probe(pair: Pair, role: Role, own: State, peer: State, health: Health, at: datetime) -> Probe:
    if own is State.SILENT:
        return Probe(role, at, why=UnreachableReason.NO_ANSWER, words=MADE_UP)
    return Probe(role, at, Report(role, pair.server(role).address, own, peer, health, None, None, MADE_UP))
