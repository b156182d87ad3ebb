"""What was seen and said of a pair, and whether its way in was checked."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from bot.domain.pair import Pair, Role
from bot.domain.request import Stage
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.statement import Statement as Stated
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.domain.timeline import Span, Stretch, clipped, joined
from bot.store import closure, incident_groups, last_sighting, maintenance, outbox
from bot.store.base import Store, audit, changed
from bot.store.columns import read, read_in
from bot.store.last_sighting import LAST_FIRST, OF_PAIR
from bot.store.requests import tell_news
from bot.store.tables import Arming, Base, Incident, Request, Run, Sighting, Statement

MAY_BE_SPLIT = (
    SituationCode.SPLIT_BRAIN,
    SituationCode.FLAPPING,
)  # what a pair may be called while both servers say ACTIVE
AHEAD = timedelta(minutes=1)  # by which another process's clock may be ahead of this one's
OUT_OF_REACH = (
    SituationCode.PRIMARY_SILENT,
    SituationCode.PRIMARIES_SILENT,
    SituationCode.SECONDARY_NEW,
    SituationCode.BOTH_GONE,
    SituationCode.MY_NETWORK,
)
# What tells nothing of whether a server serves users.
DIM = (State.SILENT, State.UNASKED, State.UNKNOWN, State.CONFLICT)
IN_DOUBT = (
    SituationCode.FLAPPING,
    SituationCode.UNKNOWN,
    SituationCode.PRIMARY_UNCLEAR,
)  # what a bad network makes of it now and then
SEERS = 20  # that may see different things of one pair in one instant; each try but the last makes somebody's row

SIGHTING = Base.metadata.tables["sighting"]
OLDEST_FIRST = col(Sighting.id)
STRETCH = select(Sighting.first_at, Sighting.last_at, Sighting.situation, Sighting.seen).where(OF_PAIR)
SEEN_SINCE = (
    select(Sighting.first_at, Sighting.seen)
    .where(OF_PAIR, col(Sighting.last_at) >= bindparam("since"))
    .order_by(OLDEST_FIRST)
)
SEEN_AFTER = select(Sighting.seen).where(OF_PAIR, col(Sighting.last_at) > bindparam("since"))
SEEN_BETWEEN = SEEN_AFTER.where(col(Sighting.first_at) <= bindparam("until"))
MAYBE_SPLIT = STRETCH.where(col(Sighting.situation).in_(MAY_BE_SPLIT)).order_by(OLDEST_FIRST)
MAYBE_SPLIT_SINCE = MAYBE_SPLIT.where(col(Sighting.last_at) > bindparam("since"))
BACK = select(Sighting.last_at, Sighting.seen).where(OF_PAIR).order_by(LAST_FIRST)
BACK_TO = BACK.where(col(Sighting.last_at) > bindparam("since"))
STATED = (
    select(Statement)
    .where(col(Statement.pair) == bindparam("pair"), col(Statement.kind).in_(list(StatementKind)))
    .where(col(Statement.revoked_at).is_(None))
    .order_by(col(Statement.id))
)
# From name to name, and of each the newest row: `GROUP BY` would read all that was ever seen.
NAMES = select(func.min(SIGHTING.c.pair).label("pair")).cte("names", recursive=True)
FOLLOWING = select(func.min(SIGHTING.c.pair)).where(SIGHTING.c.pair > NAMES.c.pair).scalar_subquery()
NAMES = NAMES.union_all(select(FOLLOWING).where(NAMES.c.pair.is_not(None)))
NEWEST_OF_EACH = select(select(func.max(SIGHTING.c.id)).where(SIGHTING.c.pair == NAMES.c.pair).scalar_subquery())
GONE_NOW = select(Sighting.pair).where(
    col(Sighting.id).in_(NEWEST_OF_EACH.select_from(NAMES)),
    col(Sighting.situation).in_(OUT_OF_REACH),
    col(Sighting.last_at) >= bindparam("since"),
)
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
    """Keep what was seen: a row per change, its end moved on while nothing changes.

    Where nobody has looked for longer than `gap` a new row begins, so that the time between is not taken for seen.
    """
    for _ in range(SEERS):
        try:
            if _see(store, seen, gap):
                store.woken()
            return
        except IntegrityError:  # another process saw a change at the same time: its row is the newest now
            continue


def still_healthy(store: Store, seen: Snapshot, gap: timedelta) -> bool:
    """Move the newest sighting on where it said the same: most looks find what the last one found, and cost this."""
    if seen.situation is not SituationCode.HEALTHY:
        return False
    now = store.now()
    values = {"of": seen.pair, "same": seen.key, "from": now - gap, "now": now, "look": seen.as_json()}
    with store.writing() as session:
        return bool(session.connection().execute(STILL_HEALTHY, values).rowcount)


def _see(store: Store, seen: Snapshot, gap: timedelta | None) -> bool:
    """Whether there is a message that has to show it."""
    now = store.now()
    with store.writing() as session:
        last = last_sighting.newest(session, seen.pair)
        if last and last.key == seen.key and (gap is None or now - last.last_at <= gap):
            session.connection().execute(STILL_SO, {"row": last.id, "now": now, "look": seen.as_json()})
            return _reasons(last.seen) != seen.reasons and _shown_anew(session, now, seen.pair)
        session.add(
            Sighting(
                pair=seen.pair,
                situation=seen.situation,
                key=seen.key,
                first_at=now,
                last_at=now,
                seen=seen.as_json(),
                follows=(last.id or 0) if last else 0,
            )
        )
        return _shown_anew(session, now, seen.pair)


def _reasons(seen: str) -> tuple[str, str]:
    """Why each server gave no answer in a look that was kept."""
    look = json.loads(seen)
    return look[Role.PRIMARY]["words"], look[Role.SECONDARY]["words"]


def _own(seen: str) -> tuple[State, State]:
    """What both servers said of themselves in a look that was kept."""
    look = json.loads(seen)
    return State(look[Role.PRIMARY]["own"]), State(look[Role.SECONDARY]["own"])


def _shown_anew(session: Session, now: datetime, pair: str) -> bool:
    """Have drawn anew what shows this pair; whether it is a message that people wait for."""
    session.flush()
    outbox.homes_again(session, now)
    messages = closure.seen_anew(session, now, pair), incident_groups.seen_anew(session, now, pair)
    return any(messages)


def last_seen(store: Store, pair: str) -> Snapshot | None:
    """The newest thing seen of a pair."""
    with store.reading() as session:
        row = last_sighting.newest(session, pair)
        return Snapshot.from_json(row.seen) if row else None


def since(store: Store, pair: str, moment: datetime, most: int = 20) -> tuple[tuple[datetime, Snapshot], ...]:
    """What was seen after that moment, the oldest first: (when it was seen so for the first time, how it looks)."""
    rows = select(Sighting).where(Sighting.pair == pair, col(Sighting.last_at) > moment)
    with store.reading() as session:
        newest = session.exec(rows.order_by(col(Sighting.id).desc()).limit(most)).all()
        return tuple((row.first_at, Snapshot.from_json(row.seen)) for row in reversed(newest))


def looked_at(store: Store, pair: str) -> datetime | None:
    """When somebody looked at a pair last; None where that was by a clock that was ahead: nobody knows when it was."""
    with store.reading() as session:
        newest = select(Sighting.last_at).where(Sighting.pair == pair).order_by(col(Sighting.id).desc()).limit(1)
        at = session.exec(newest).first()
        return at if at and at <= store.now() + AHEAD else None


def first_look(store: Store) -> datetime | None:
    """When somebody looked at any pair for the first time."""
    with store.reading() as session:
        return session.exec(select(func.min(Sighting.first_at))).one()


def stretches(store: Store, pair: str, since: datetime, gap: timedelta, until: datetime | None = None) -> list[Stretch]:
    """What the pair was since then, as stretches of time; where nobody looked there is none."""
    rows = select(Sighting).where(Sighting.pair == pair, col(Sighting.last_at) >= since - gap)
    with store.reading() as session:
        seen = [_stretch(row) for row in session.exec(rows.order_by(col(Sighting.first_at), col(Sighting.id)))]
    return clipped(joined(seen, gap, until or store.now()), since, until or store.now())


def _stretch(row: Sighting | Row[Any]) -> Stretch:
    seen = json.loads(row.seen)
    primary, secondary = (State(seen[role.value]["state"]) for role in Role)
    return Stretch(row.first_at, row.last_at, SituationCode(row.situation), primary, secondary)


def own_states(store: Store, pair: str, since: datetime) -> list[tuple[datetime, tuple[State, State]]]:
    """What both servers said of themselves since then, each change once with when it was seen first, oldest first."""
    found: list[tuple[datetime, tuple[State, State]]] = []
    for first_at, seen in read(store, SEEN_SINCE, pair=pair, since=since):
        states = _own(seen)
        if not found or found[-1][1] != states:
            found.append((first_at, states))
    return found


def own_since(store: Store, pair: str, since: datetime, until: datetime | None = None) -> dict[Role, set[State]]:
    """What each server has said of itself after that moment, in any look; in those that had begun by `until`."""
    between = {"since": since, "until": until} if until else {"since": since}
    seen = [_own(text) for (text,) in read(store, SEEN_BETWEEN if until else SEEN_AFTER, pair=pair, **between)]
    return {role: {own[number] for own in seen} for number, role in enumerate(Role)}


def both_active(store: Store, pair: str, since: datetime | None) -> list[Span]:
    """When both servers said ACTIVE after that moment, oldest first."""
    rows = read(store, MAYBE_SPLIT_SINCE, pair=pair, since=since) if since else read(store, MAYBE_SPLIT, pair=pair)
    seen = [_stretch(row) for row in rows]
    return [(one.start, one.end) for one in seen if (one.primary, one.secondary) == (State.ACTIVE, State.ACTIVE)]


def split_until(store: Store, pair: str, role: Role, since: datetime | None) -> datetime | None:
    """When this server was heard last, where the last that was plainly seen is that both said ACTIVE; else None.

    Only what was seen after `since` counts, the time at which the pair was seen healthy last.

    A look that the other one did not answer, or in words that are not understood, does not end a split.
    """
    after = {"since": since} if since else {}
    heard: datetime | None = None
    with store.reading() as session:
        for last_at, seen in session.connection().execute(BACK_TO if since else BACK, {"pair": pair, **after}):
            states = dict(zip(Role, _own(seen), strict=True))
            own, peer = states[role], states[role.peer]
            if own is State.SILENT:
                continue
            heard = heard or last_at
            if own not in DIM and not (own is State.ACTIVE and peer in DIM):
                return heard if own is peer is State.ACTIVE else None
    return None


def others_gone(store: Store, pair: str, around: timedelta) -> bool:
    """Whether the Primary of another pair went out of reach when this one did, and is so still, with nothing else
    that serves it: what has long been gone elsewhere, or is in maintenance, says nothing about this one.
    """
    now, at_rest = store.now(), maintenance.quiet(store)
    with store.reading() as session:
        gone = read_in(session, GONE_NOW, since=now - around)
        others = {one for (one,) in gone if one != pair and one not in at_rest}
        began = (others and _out_of_reach_since(session, pair)) or now
        return any(abs((_out_of_reach_since(session, one) or now) - began) <= around for one in sorted(others))


def _out_of_reach_since(session: Session, pair: str) -> datetime | None:
    """When it was first seen out of reach since something else was plainly seen of it; None where it was not."""
    rows = select(Sighting).where(Sighting.pair == pair)
    plain = rows.where(col(Sighting.situation).not_in((*OUT_OF_REACH, *IN_DOUBT)))
    before = session.exec(plain.order_by(col(Sighting.id).desc()).limit(1)).first()
    gone = rows.where(col(Sighting.situation).in_(OUT_OF_REACH), col(Sighting.id) > (before.id if before else 0))
    first = session.exec(gone.order_by(col(Sighting.id)).limit(1)).first()
    return first.first_at if first else None


def window(store: Store, pair: str) -> tuple[datetime | None, datetime | None]:
    """Between which two looks the pair stopped being healthy: (last seen healthy, first seen otherwise)."""
    with store.reading() as session:
        return last_sighting.window(session, pair)


def state_it(store: Store, pair: str, kind: StatementKind, who: str, words: str, sentence: str = "") -> Stated:
    """Record a person's statement, with the sentence as it was put to them: the settings may change later."""
    now = store.now()
    with store.writing() as session:
        row = Statement(pair=pair, kind=kind, by=who, at=now, words=words, sentence=sentence)
        session.add(row)
        session.flush()
        audit(session, now, "statement", pair=pair, who=who, statement=kind, words=words)
        return _stated(row)


def statements(store: Store, pair: str) -> tuple[Stated, ...]:
    """The statements about a pair that still count, oldest first; what only a newer release can read says nothing."""
    with store.reading() as session:
        found = [said for said in map(_stated, read_in(session, STATED, pair=pair)) if said.counts(store.now())]
        return tuple(
            said for said in found if said.kind is not StatementKind.PLANNED or not _used(session, pair, said.at)
        )


def _used(session: Session, pair: str, since: datetime) -> bool:
    """Whether a plan made then has been carried out, or anything else has happened to the pair that it was made for."""
    ended = select(Run.id).where(Run.pair == pair, col(Run.ended_at) > since)
    by_hand = select(Request.id).where(
        Request.pair == pair, Request.stage == Stage.BY_HAND, col(Request.decided_at) > since
    )
    unwell = select(Sighting.id).where(
        Sighting.pair == pair, col(Sighting.first_at) > since, Sighting.situation != SituationCode.HEALTHY
    )
    stated = select(Statement.id).where(
        Statement.pair == pair, col(Statement.at) > since, Statement.kind != StatementKind.PLANNED
    )
    return any(session.exec(one.limit(1)).first() is not None for one in (ended, by_hand, unwell, stated))


def stated_since(store: Store, pair: str, since: datetime, kinds: Collection[StatementKind]) -> bool:
    """Whether one of these was stated after that moment, however long ago, and not taken back."""
    rows = select(Statement.id).where(Statement.pair == pair, col(Statement.at) > since)
    rows = rows.where(col(Statement.kind).in_(kinds), col(Statement.revoked_at).is_(None))
    with store.reading() as session:
        return session.exec(rows).first() is not None


def revoke(store: Store, statement_id: int, who: str) -> Stated | None:
    """Take a statement back, and tell the thread of the pair's incident; None when it was taken back already."""
    now = store.now()
    back = update(Statement).where(col(Statement.id) == statement_id, col(Statement.revoked_at).is_(None))
    with store.writing() as session:
        if not changed(session, back.values(revoked_at=now, revoked_by=who)):
            return None
        row = session.exec(select(Statement).where(Statement.id == statement_id)).one()
        open_one = select(Incident).where(Incident.pair == row.pair, col(Incident.closed_at).is_(None))
        incident = session.exec(open_one).first()
        told = tell_news(session, now, incident.channel, incident.id or 0) if incident else 0
        kind, words = row.kind, row.sentence or row.words
        audit(session, now, "revoked", pair=row.pair, who=who, statement=kind, stated_by=row.by, words=words, told=told)
        found = _stated(row)
    store.woken()
    return found


def _stated(row: Statement | Row[Any]) -> Stated:
    return Stated(row.id or 0, StatementKind(row.kind), row.by, row.at, row.words, row.sentence)


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
