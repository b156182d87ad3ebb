"""Read what is stored of a pair's past. Each function reads all that it needs in one transaction."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, case
from sqlmodel import col, func, select

from bot.domain.history import AROUND, IN_DOUBT, OUT_OF_REACH, History, Standing, horizon
from bot.domain.request import Phase
from bot.domain.request import Stage as RequestStage
from bot.domain.snapshot import Snapshot
from bot.domain.statement import FORBIDS, SENTENCES, StatementKind
from bot.store import blindness, host_keys, runs, sightings
from bot.store.base import Store
from bot.store.columns import read_in
from bot.store.sightings import HEALTHY_UNTIL, LAST_FIRST, OF_PAIR
from bot.store.tables import Base, Incident, Maintenance, Request, Run, Statement, Trouble
from bot.store.tables import Sighting as SightingRow

MOST = 300  # sightings at most: more than a pair shows in a day on which it changes every five minutes
MOST_STATEMENTS = 100
MOST_RUNS = 20
FORBIDS_FOR = timedelta(minutes=max(SENTENCES[kind].minutes for kind in FORBIDS))

PAIR: BindParameter[str] = bindparam("pair")
# For STANDING: whether a command is at work, what people were last told, and whether the channel was told of blindness.
WORKING = select(Run.id).where(col(Run.pair) == PAIR, col(Run.phase).in_((Phase.INTENT, Phase.SENDING)))
TOLD = select(Incident.latest).where(col(Incident.pair) == PAIR, col(Incident.closed_at).is_(None))
BLIND = select(Trouble.name).where(col(Trouble.name) == bindparam("blind"))
STANDING = select(*(question.limit(1).scalar_subquery() for question in (WORKING, TOLD, BLIND)))
BY_HAND = select(func.max(Request.decided_at)).where(
    col(Request.pair) == PAIR, col(Request.stage) == RequestStage.BY_HAND
)
MOMENTS = select(HEALTHY_UNTIL, BY_HAND.scalar_subquery())
RUNS = select(Run).where(col(Run.pair) == PAIR).order_by(col(Run.id).desc()).limit(MOST_RUNS)
# The limit keeps the first rows: statements that make the bot offer less, which others must not push out.
FORBIDDING_FIRST = case(
    (
        col(Statement.kind).in_(FORBIDS)
        & col(Statement.revoked_at).is_(None)
        & (col(Statement.at) >= bindparam("forbids_since")),
        0,
    ),
    else_=1,
)
STATED = select(Statement).where(col(Statement.pair) == PAIR)
STATED = STATED.order_by(FORBIDDING_FIRST, col(Statement.id).desc()).limit(MOST_STATEMENTS)
SEEN = (
    select(SightingRow.first_at, SightingRow.last_at, SightingRow.situation, SightingRow.seen)
    .where(OF_PAIR, col(SightingRow.last_at) >= bindparam("since"))
    .order_by(LAST_FIRST)
    .limit(MOST + 1)
)
# Reads the pairs' names one after the other, and the newest row of each: `GROUP BY` would read every row ever stored.
ROW = Base.metadata.tables["sighting"]
FIRST = select(func.min(ROW.c.pair).label("pair")).cte("names", recursive=True)
FOLLOWING = select(func.min(ROW.c.pair)).where(ROW.c.pair > FIRST.c.pair).scalar_subquery()
NAMES = FIRST.union_all(select(FOLLOWING).where(FIRST.c.pair.is_not(None)))
NEWEST = select(select(func.max(ROW.c.id)).where(ROW.c.pair == NAMES.c.pair).scalar_subquery()).select_from(NAMES)
# For each pair out of reach now, GONE is its newest sighting. BEFORE are its sightings plainly in reach, of which PLAIN
# is the last. SINCE are its sightings out of reach after that, and BEGAN is when the first of them began.
GONE, BEFORE, SINCE = ROW.alias("gone"), ROW.alias("before"), ROW.alias("since")
PLAIN = (
    select(BEFORE.c.id)
    .where(BEFORE.c.pair == GONE.c.pair, BEFORE.c.situation.not_in((*OUT_OF_REACH, *IN_DOUBT)))
    .order_by(BEFORE.c.id.desc())
    .limit(1)
)
BEGAN = (
    select(SINCE.c.first_at)
    .where(SINCE.c.pair == GONE.c.pair, SINCE.c.situation.in_(OUT_OF_REACH))
    .where(SINCE.c.id > func.coalesce(PLAIN.correlate(GONE).scalar_subquery(), 0))
    .order_by(SINCE.c.id)
    .limit(1)
)
QUIET = select(Maintenance.pair).where(col(Maintenance.ended_at).is_(None), col(Maintenance.ends_at) > bindparam("now"))
OUTAGES = select(BEGAN.correlate(GONE).scalar_subquery()).where(
    GONE.c.id.in_(NEWEST),
    GONE.c.situation.in_(OUT_OF_REACH),
    GONE.c.last_at >= bindparam("recent"),
    GONE.c.pair != PAIR,
    GONE.c.pair.not_in(QUIET),
)


def standing(store: Store, pair: str) -> Standing:
    """Return what must be known of a pair before it is observed."""
    with store.reading() as session:
        ((working, latest, blind),) = read_in(session, STANDING, pair=pair, blind=blindness.PREFIX + pair)
        pins = tuple(map(host_keys.view, read_in(session, host_keys.APPROVED, pair=pair)))
    return Standing(pins, working is not None, Snapshot.from_json(latest) if latest else None, blind is not None)


def read(store: Store, pair: str) -> History:
    """Return what the rules need of a pair's past, as it is stored now."""
    now = store.now()
    with store.reading() as session:
        ((healthy_until, by_hand_at),) = read_in(session, MOMENTS, pair=pair)
        rows = sorted(read_in(session, STATED, pair=pair, forbids_since=now - FORBIDS_FOR), key=lambda row: row.id)
        known = History(
            now,
            runs=tuple(map(runs.view, read_in(session, RUNS, pair=pair))),
            pins=tuple(map(host_keys.view, read_in(session, host_keys.APPROVED, pair=pair))),
            statements=tuple(sightings.stated(row) for row in rows if row.kind and not row.revoked_at),
            stated_at=max((row.at for row in rows if row.kind != StatementKind.PLANNED), default=None),
            by_hand_at=by_hand_at,
            healthy_until=healthy_until,
        )
        seen = read_in(session, SEEN, pair=pair, since=horizon(known))
    return replace(known, sightings=tuple(map(sightings.view, reversed(seen[:MOST]))), cut=len(seen) > MOST)


def outages(store: Store, pair: str) -> list[datetime]:
    """Return, for each other pair that is out of reach now, when that began.

    Left out are pairs in maintenance, and pairs that were last seen longer ago than AROUND.
    """
    now = store.now()
    with store.reading() as session:
        return [began for (began,) in read_in(session, OUTAGES, pair=pair, now=now, recent=now - AROUND)]
