"""What was seen of a pair, what people stated about it, and whether it is armed."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from bot.domain.history import Sighting as Seen
from bot.domain.pair import Pair, Role
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.statement import Statement as Stated
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.domain.timeline import Stretch, clipped, joined
from bot.store import closure, incident_groups, outbox
from bot.store.base import AHEAD, AuditKind, Store, audit, changed
from bot.store.columns import read_in
from bot.store.requests import tell_news
from bot.store.tables import Arming, Base, Incident, Sighting, Statement

# How many processes may see different things of one pair at one instant. Each failed attempt means that another
# process has stored its row.
SEERS = 20

OF_PAIR = col(Sighting.pair) == bindparam("pair")
LAST_FIRST = col(Sighting.id).desc()
NEWEST = select(Sighting.id, Sighting.key, Sighting.last_at, Sighting.seen).where(OF_PAIR).order_by(LAST_FIRST).limit(1)
HEALTHY = (
    select(Sighting.id, Sighting.last_at)
    .where(OF_PAIR, col(Sighting.situation) == SituationCode.HEALTHY)
    .order_by(LAST_FIRST)
    .limit(1)
    .subquery()
)
OTHERWISE = (
    select(Sighting.first_at)
    .where(OF_PAIR, col(Sighting.id) > HEALTHY.c.id)
    .order_by(col(Sighting.id))
    .limit(1)
    .scalar_subquery()
)
HEALTHY_UNTIL = select(HEALTHY.c.last_at).scalar_subquery()
WINDOW: Select[Any] = select(HEALTHY.c.last_at, OTHERWISE)
SIGHTING = Base.metadata.tables["sighting"]
LOOK_KEPT: dict[str, Any] = {"last_at": bindparam("now"), "seen": bindparam("look")}
STILL_SO = update(SIGHTING).where(SIGHTING.c.id == bindparam("row")).values(LOOK_KEPT)
STILL_HEALTHY = (
    update(SIGHTING)
    .where(
        SIGHTING.c.id == select(func.max(SIGHTING.c.id)).where(SIGHTING.c.pair == bindparam("of")).scalar_subquery(),
        SIGHTING.c.key == bindparam("same"),
        SIGHTING.c.situation == SituationCode.HEALTHY,
        SIGHTING.c.last_at >= bindparam("from"),
    )
    .values(LOOK_KEPT)
)


def see(store: Store, seen: Snapshot, gap: timedelta | None = None) -> None:
    """Store what was seen. Each change makes a new row; a repeated observation only moves the end of the newest row.

    Where nobody has observed the pair for longer than `gap`, a new row begins, so that the time between does not count
    as seen.
    """
    for _ in range(SEERS):
        try:
            _see(store, seen, gap)
            return
        except IntegrityError:  # another process saw a change at the same time, and its row is the newest now
            continue


def still_healthy(store: Store, seen: Snapshot, gap: timedelta) -> bool:
    """Move the end of the newest sighting on, if it is healthy and says the same. Returns whether that was so.

    Most observations find what the last one found, and cost only this one update.
    """
    if seen.situation is not SituationCode.HEALTHY:
        return False
    now = store.now()
    values = {"of": seen.pair, "same": seen.key, "from": now - gap, "now": now, "look": seen.as_json()}
    with store.writing() as session:
        return bool(session.connection().execute(STILL_HEALTHY, values).rowcount)


def _see(store: Store, seen: Snapshot, gap: timedelta | None) -> None:
    """Store an observation, and redraw what must show it."""
    now = store.now()
    with store.writing() as session:
        last = _newest(session, seen.pair)
        if last and last.key == seen.key and (gap is None or now - last.last_at <= gap):
            session.connection().execute(STILL_SO, {"row": last.id, "now": now, "look": seen.as_json()})
            if _reasons(last.seen) != seen.reasons:
                _shown_anew(session, now, seen.pair)
            return
        session.add(new_row(seen, now, now, last.id if last else None))
        _shown_anew(session, now, seen.pair)


def new_row(seen: Snapshot, first_at: datetime, last_at: datetime, follows: int | None) -> Sighting:
    """Return the row of a stretch in which the pair showed this. `follows` is the id of the row before, if any."""
    return Sighting(
        pair=seen.pair,
        situation=seen.situation,
        key=seen.key,
        first_at=first_at,
        last_at=last_at,
        seen=seen.as_json(),
        follows=follows or 0,
    )


def _reasons(seen: str) -> tuple[str, str]:
    """Return why each server gave no answer in a stored observation."""
    look = json.loads(seen)
    return look[Role.PRIMARY]["words"], look[Role.SECONDARY]["words"]


def _shown_anew(session: Session, now: datetime, pair: str) -> None:
    """Redraw everything that shows this pair."""
    session.flush()
    outbox.homes_again(session, now)
    closure.seen_anew(session, now, pair)
    incident_groups.seen_anew(session, now, pair)


def last_seen(store: Store, pair: str) -> Snapshot | None:
    """Return the newest observation of a pair, or None."""
    with store.reading() as session:
        row = _newest(session, pair)
        return Snapshot.from_json(row.seen) if row else None


def since(store: Store, pair: str, moment: datetime, most: int = 20) -> tuple[tuple[datetime, Snapshot], ...]:
    """Return what was seen after that moment, oldest first: (when it was first seen so, how it looks)."""
    rows = select(Sighting).where(Sighting.pair == pair, col(Sighting.last_at) > moment)
    with store.reading() as session:
        newest = session.exec(rows.order_by(col(Sighting.id).desc()).limit(most)).all()
        return tuple((row.first_at, Snapshot.from_json(row.seen)) for row in reversed(newest))


def looked_at(store: Store, pair: str) -> datetime | None:
    """Return when a pair was last observed.

    None where it never was, or where the time lies in the future: the clock was ahead then, and nobody knows when it
    was.
    """
    with store.reading() as session:
        newest = select(Sighting.last_at).where(Sighting.pair == pair).order_by(col(Sighting.id).desc()).limit(1)
        at = session.exec(newest).first()
        return at if at and at <= store.now() + AHEAD else None


def changed_since(store: Store, moment: datetime) -> bool:
    """Whether any pair has shown something new since then."""
    with store.reading() as session:
        newest = session.exec(select(Sighting.first_at).order_by(col(Sighting.id).desc()).limit(1)).first()
        return newest is not None and newest > moment


def first_look(store: Store) -> datetime | None:
    """Return when any pair was first observed, or None."""
    with store.reading() as session:
        return session.exec(select(func.min(Sighting.first_at))).one()


def stretches(store: Store, pair: str, since: datetime, gap: timedelta, until: datetime | None = None) -> list[Stretch]:
    """Return what the pair showed since then, as stretches of time. Where nobody observed it, there is no stretch."""
    rows = select(Sighting).where(Sighting.pair == pair, col(Sighting.last_at) >= since - gap)
    with store.reading() as session:
        seen = [view(row) for row in session.exec(rows.order_by(col(Sighting.first_at), col(Sighting.id)))]
    return clipped(joined(seen, gap, until or store.now()), since, until or store.now())


def view(row: Sighting | Row[Any]) -> Seen:
    """Return the row as the rest of the bot sees it."""
    seen = json.loads(row.seen)
    primary, secondary = seen[Role.PRIMARY], seen[Role.SECONDARY]
    own, states = ((State(primary[what]), State(secondary[what])) for what in ("own", "state"))
    return Seen(row.first_at, row.last_at, SituationCode(row.situation), *states, own)


def _newest(session: Session, pair: str) -> Row[Any] | None:
    """Return the pair's newest sighting (its id, key, last_at and seen), or None."""
    return next(iter(read_in(session, NEWEST, pair=pair)), None)


def newest_snapshot(session: Session, pair: str) -> Snapshot | None:
    """Return the newest observation of a pair, or None.

    It includes the times between which the pair stopped being healthy.
    """
    row = _newest(session, pair)
    if row is None:
        return None
    healthy_until, otherwise_since = _window(session, pair)
    return replace(Snapshot.from_json(row.seen), healthy_until=healthy_until, otherwise_since=otherwise_since)


def window(store: Store, pair: str) -> tuple[datetime | None, datetime | None]:
    """Return the times between which the pair stopped being healthy: (last seen healthy, first seen otherwise)."""
    with store.reading() as session:
        return _window(session, pair)


def _window(session: Session, pair: str) -> tuple[datetime | None, datetime | None]:
    return next((tuple(row) for row in read_in(session, WINDOW, pair=pair)), (None, None))


def state_it(store: Store, pair: str, kind: StatementKind, who: str, words: str, sentence: str = "") -> Stated:
    """Record a person's statement, with the sentence as they read it: the settings may change later."""
    now = store.now()
    with store.writing() as session:
        row = Statement(pair=pair, kind=kind, by=who, at=now, words=words, sentence=sentence)
        session.add(row)
        session.flush()
        audit(session, now, AuditKind.STATEMENT, pair=pair, who=who, statement=kind, words=words)
        return stated(row)


def revoke(store: Store, statement_id: int, who: str) -> Stated | None:
    """Take a statement back, and tell the thread of the pair's incident.

    Returns None when it was taken back already.
    """
    now = store.now()
    back = update(Statement).where(col(Statement.id) == statement_id, col(Statement.revoked_at).is_(None))
    with store.writing() as session:
        if not changed(session, back.values(revoked_at=now, revoked_by=who)):
            return None
        row = session.exec(select(Statement).where(Statement.id == statement_id)).one()
        open_one = select(Incident).where(Incident.pair == row.pair, col(Incident.closed_at).is_(None))
        incident = session.exec(open_one).first()
        number = tell_news(session, now, incident.channel, incident.id or 0) if incident else 0
        kind, words = row.kind, row.sentence or row.words
        audit(
            session,
            now,
            AuditKind.REVOKED,
            pair=row.pair,
            who=who,
            statement=kind,
            stated_by=row.by,
            words=words,
            told=number,
        )
        return stated(row)


def stated(row: Statement | Row[Any]) -> Stated:
    """Return the row as the rest of the bot sees it."""
    return Stated(row.id or 0, StatementKind(row.kind), row.by, row.at, row.words, row.sentence)


def arm(store: Store, pair: Pair) -> None:
    """Record that the check of these access settings has passed."""
    now = store.now()
    try:
        with store.writing() as session:
            session.add(Arming(pair=pair.name, digest=pair.access_digest(), at=now))
            audit(session, now, AuditKind.ARMED, pair=pair.name, digest=pair.access_digest())
    except IntegrityError:
        return  # recorded already


def armed(store: Store, pair: Pair) -> bool:
    """Whether the check of exactly these access settings has ever passed."""
    with store.reading() as session:
        rows = select(Arming).where(Arming.pair == pair.name, Arming.digest == pair.access_digest())
        return session.exec(rows).first() is not None
