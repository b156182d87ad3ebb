"""What was seen of a pair, what people stated about it, and whether it is armed."""

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
)  # the situations that a pair may be in while both servers report ACTIVE
AHEAD = timedelta(minutes=1)  # another process's clock may be ahead of this one's by this much
OUT_OF_REACH = (
    SituationCode.PRIMARY_SILENT,
    SituationCode.PRIMARIES_SILENT,
    SituationCode.SECONDARY_NEW,
    SituationCode.BOTH_GONE,
    SituationCode.MY_NETWORK,
)
# States that do not tell whether a server serves users.
DIM = (State.SILENT, State.UNASKED, State.UNKNOWN, State.CONFLICT)
IN_DOUBT = (
    SituationCode.FLAPPING,
    SituationCode.UNKNOWN,
    SituationCode.PRIMARY_UNCLEAR,
)  # situations that a bad network may make a pair show now and then
# How many processes may see different things of one pair at one instant. Each failed attempt means that another
# process has stored its row.
SEERS = 20

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
# Reads the pairs' names one after the other, and the newest row of each: `GROUP BY` would read every row ever stored.
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
        last = last_sighting.newest(session, seen.pair)
        if last and last.key == seen.key and (gap is None or now - last.last_at <= gap):
            session.connection().execute(STILL_SO, {"row": last.id, "now": now, "look": seen.as_json()})
            if _reasons(last.seen) != seen.reasons:
                _shown_anew(session, now, seen.pair)
            return
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
        _shown_anew(session, now, seen.pair)


def _reasons(seen: str) -> tuple[str, str]:
    """Return why each server gave no answer in a stored observation."""
    look = json.loads(seen)
    return look[Role.PRIMARY]["words"], look[Role.SECONDARY]["words"]


def _own(seen: str) -> tuple[State, State]:
    """Return what both servers reported of themselves in a stored observation."""
    look = json.loads(seen)
    return State(look[Role.PRIMARY]["own"]), State(look[Role.SECONDARY]["own"])


def _shown_anew(session: Session, now: datetime, pair: str) -> None:
    """Redraw everything that shows this pair."""
    session.flush()
    outbox.homes_again(session, now)
    closure.seen_anew(session, now, pair)
    incident_groups.seen_anew(session, now, pair)


def last_seen(store: Store, pair: str) -> Snapshot | None:
    """Return the newest observation of a pair, or None."""
    with store.reading() as session:
        row = last_sighting.newest(session, pair)
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


def first_look(store: Store) -> datetime | None:
    """Return when any pair was first observed, or None."""
    with store.reading() as session:
        return session.exec(select(func.min(Sighting.first_at))).one()


def stretches(store: Store, pair: str, since: datetime, gap: timedelta, until: datetime | None = None) -> list[Stretch]:
    """Return what the pair showed since then, as stretches of time. Where nobody observed it, there is no stretch."""
    rows = select(Sighting).where(Sighting.pair == pair, col(Sighting.last_at) >= since - gap)
    with store.reading() as session:
        seen = [_stretch(row) for row in session.exec(rows.order_by(col(Sighting.first_at), col(Sighting.id)))]
    return clipped(joined(seen, gap, until or store.now()), since, until or store.now())


def _stretch(row: Sighting | Row[Any]) -> Stretch:
    seen = json.loads(row.seen)
    primary, secondary = (State(seen[role.value]["state"]) for role in Role)
    return Stretch(row.first_at, row.last_at, SituationCode(row.situation), primary, secondary)


def own_states(store: Store, pair: str, since: datetime) -> list[tuple[datetime, tuple[State, State]]]:
    """Return what both servers reported since then, oldest first: each change once, with when it was first seen."""
    found: list[tuple[datetime, tuple[State, State]]] = []
    for first_at, seen in read(store, SEEN_SINCE, pair=pair, since=since):
        states = _own(seen)
        if not found or found[-1][1] != states:
            found.append((first_at, states))
    return found


def own_since(store: Store, pair: str, since: datetime, until: datetime | None = None) -> dict[Role, set[State]]:
    """Return the states that each server has reported of itself after that moment, in any observation.

    With `until`, only observations that had begun by then count.
    """
    between = {"since": since, "until": until} if until else {"since": since}
    seen = [_own(text) for (text,) in read(store, SEEN_BETWEEN if until else SEEN_AFTER, pair=pair, **between)]
    return {role: {own[number] for own in seen} for number, role in enumerate(Role)}


def both_active(store: Store, pair: str, since: datetime | None) -> list[Span]:
    """Return when both servers reported ACTIVE after that moment, oldest first."""
    rows = read(store, MAYBE_SPLIT_SINCE, pair=pair, since=since) if since else read(store, MAYBE_SPLIT, pair=pair)
    seen = [_stretch(row) for row in rows]
    return [(one.start, one.end) for one in seen if (one.primary, one.secondary) == (State.ACTIVE, State.ACTIVE)]


def split_until(store: Store, pair: str, role: Role, since: datetime | None) -> datetime | None:
    """Return when this server last answered, if the pair was in a split brain then; else None.

    It was, if the last thing plainly seen is that both servers reported ACTIVE. A look that the other server did not
    answer, or answered in words that are not understood, does not end a split brain. Only what was seen after `since`
    counts, which is when the pair was last seen healthy.
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
    """Whether the Primary of another pair went out of reach when this one did, and nothing serves that pair yet.

    A pair that has long been out of reach, or is in maintenance, says nothing about this one. `around` is how far apart
    the two may have gone out of reach.
    """
    now, at_rest = store.now(), maintenance.quiet(store)
    with store.reading() as session:
        gone = read_in(session, GONE_NOW, since=now - around)
        others = {one for (one,) in gone if one != pair and one not in at_rest}
        began = (others and _out_of_reach_since(session, pair)) or now
        return any(abs((_out_of_reach_since(session, one) or now) - began) <= around for one in sorted(others))


def _out_of_reach_since(session: Session, pair: str) -> datetime | None:
    """Return when the pair was first seen out of reach, after it was last plainly seen otherwise.

    None where it was not seen out of reach since.
    """
    rows = select(Sighting).where(Sighting.pair == pair)
    plain = rows.where(col(Sighting.situation).not_in((*OUT_OF_REACH, *IN_DOUBT)))
    before = session.exec(plain.order_by(col(Sighting.id).desc()).limit(1)).first()
    gone = rows.where(col(Sighting.situation).in_(OUT_OF_REACH), col(Sighting.id) > (before.id if before else 0))
    first = session.exec(gone.order_by(col(Sighting.id)).limit(1)).first()
    return first.first_at if first else None


def window(store: Store, pair: str) -> tuple[datetime | None, datetime | None]:
    """Return the times between which the pair stopped being healthy: (last seen healthy, first seen otherwise)."""
    with store.reading() as session:
        return last_sighting.window(session, pair)


def state_it(store: Store, pair: str, kind: StatementKind, who: str, words: str, sentence: str = "") -> Stated:
    """Record a person's statement, with the sentence as they read it: the settings may change later."""
    now = store.now()
    with store.writing() as session:
        row = Statement(pair=pair, kind=kind, by=who, at=now, words=words, sentence=sentence)
        session.add(row)
        session.flush()
        audit(session, now, "statement", pair=pair, who=who, statement=kind, words=words)
        return _stated(row)


def statements(store: Store, pair: str) -> tuple[Stated, ...]:
    """Return the statements about a pair that still count, oldest first.

    Statements of a kind that only a newer release knows are left out.
    """
    with store.reading() as session:
        found = [said for said in map(_stated, read_in(session, STATED, pair=pair)) if said.counts(store.now())]
        return tuple(
            said for said in found if said.kind is not StatementKind.PLANNED or not _used(session, pair, said.at)
        )


def _used(session: Session, pair: str, since: datetime) -> bool:
    """Whether a plan that was stated then is used up.

    It is once a command has run, or anything else has happened to the pair since.
    """
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
    """Whether one of these kinds was stated after that moment and not taken back. Its age does not matter."""
    rows = select(Statement.id).where(Statement.pair == pair, col(Statement.at) > since)
    rows = rows.where(col(Statement.kind).in_(kinds), col(Statement.revoked_at).is_(None))
    with store.reading() as session:
        return session.exec(rows).first() is not None


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
        told = tell_news(session, now, incident.channel, incident.id or 0) if incident else 0
        kind, words = row.kind, row.sentence or row.words
        audit(session, now, "revoked", pair=row.pair, who=who, statement=kind, stated_by=row.by, words=words, told=told)
        return _stated(row)


def _stated(row: Statement | Row[Any]) -> Stated:
    return Stated(row.id or 0, StatementKind(row.kind), row.by, row.at, row.words, row.sentence)


def arm(store: Store, pair: Pair) -> None:
    """Record that the check of these access settings has passed."""
    now = store.now()
    try:
        with store.writing() as session:
            session.add(Arming(pair=pair.name, digest=pair.access_digest(), at=now))
            audit(session, now, "armed", pair=pair.name, digest=pair.access_digest())
    except IntegrityError:
        return  # recorded already


def armed(store: Store, pair: Pair) -> bool:
    """Whether the check of exactly these access settings has ever passed."""
    with store.reading() as session:
        rows = select(Arming).where(Arming.pair == pair.name, Arming.digest == pair.access_digest())
        return session.exec(rows).first() is not None
