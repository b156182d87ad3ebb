"""What was seen and said of a pair, and whether its way in was checked."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.domain.pair import Pair
from bot.domain.situation import Name
from bot.domain.snapshot import Snapshot
from bot.domain.statement import Kind
from bot.domain.statement import Statement as Stated
from bot.store.base import Store, audit
from bot.store.tables import Arming, Sighting, Statement


def see(store: Store, seen: Snapshot) -> None:
    """Keep what was seen: a row per change, its end moved on while nothing changes."""
    now = store.now()
    with store.writing() as session:
        last = _newest(session, seen.pair)
        if last and last.key == seen.key:
            last.last_at, last.seen = now, seen.as_json()
            session.add(last)
            return
        session.add(
            Sighting(
                pair=seen.pair,
                situation=seen.situation,
                key=seen.key,
                first_at=now,
                last_at=now,
                seen=seen.as_json(),
            )
        )


def _newest(session: Session, pair: str) -> Sighting | None:
    return session.exec(select(Sighting).where(Sighting.pair == pair).order_by(col(Sighting.id).desc())).first()


def last_seen(store: Store, pair: str) -> Snapshot | None:
    """The newest thing seen of a pair."""
    with store.reading() as session:
        row = _newest(session, pair)
        return Snapshot.from_json(row.seen) if row else None


def window(store: Store, pair: str) -> tuple[datetime | None, datetime | None]:
    """Between which two looks the pair stopped being healthy: (last seen healthy, first seen otherwise)."""
    with store.reading() as session:
        rows = select(Sighting).where(Sighting.pair == pair)
        healthy = session.exec(rows.where(Sighting.situation == Name.HEALTHY).order_by(col(Sighting.id).desc())).first()
        after = rows.where(col(Sighting.id) > (healthy.id if healthy else 0)).order_by(col(Sighting.id))
        otherwise = session.exec(after).first() if healthy else None
        return (healthy.last_at if healthy else None, otherwise.first_at if otherwise else None)


def state_it(store: Store, pair: str, kind: Kind, who: str, words: str) -> Stated:
    """Record a person's statement."""
    now = store.now()
    with store.writing() as session:
        row = Statement(pair=pair, kind=kind, by=who, at=now, words=words)
        session.add(row)
        session.flush()
        audit(session, now, "statement", pair=pair, who=who, statement=kind, words=words)
        return _stated(row)


def statements(store: Store, pair: str) -> tuple[Stated, ...]:
    """The statements about a pair that still count, oldest first."""
    with store.reading() as session:
        rows = session.exec(select(Statement).where(Statement.pair == pair).order_by(col(Statement.id))).all()
    return tuple(s for s in map(_stated, rows) if s.counts(store.now()))


def _stated(row: Statement) -> Stated:
    return Stated(row.id or 0, Kind(row.kind), row.by, row.at, row.words)


def arm(store: Store, pair: Pair) -> None:
    """Remember that the check of these access settings has passed."""
    now = store.now()
    try:
        with store.writing() as session:
            session.add(Arming(pair=pair.name, digest=pair.access_digest(), at=now))
            audit(session, now, "armed", pair=pair.name, digest=pair.access_digest())
    except IntegrityError:
        return  # remembered already


def armed(store: Store, pair: Pair) -> bool:
    """Whether the check of exactly these access settings has ever passed."""
    with store.reading() as session:
        rows = select(Arming).where(Arming.pair == pair.name, Arming.digest == pair.access_digest())
        return session.exec(rows).first() is not None
