"""Post a new message when an open incident gets worse, because an edit of its first message notifies nobody."""

import json
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.domain.incident import worse
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.store import incident_groups
from bot.store.base import AuditKind, MessageKind, audit, enqueue_message
from bot.store.requests import incident_key
from bot.store.tables import Audit, Incident, IncidentGroup

AGAIN = timedelta(minutes=30)  # within this time the same is not told again, unless somebody stated or ran something
TOGETHER = (
    SituationCode.PRIMARIES_SILENT,
    SituationCode.MY_NETWORK,
)  # These situations concern several pairs: a channel is told only once.
KEPT_BACK = "kept back"


def tell(session: Session, now: datetime, row: Incident, before: Snapshot, seen: Snapshot, quiet: bool) -> None:
    """Post a new message in the incident's thread, once for each time that the incident gets worse.

    In maintenance (`quiet`), it is only noted, and `after_maintenance` tells it later.
    """
    if not worse(before, seen):
        return
    if quiet:
        _note(session, now, row, seen, KEPT_BACK)
    elif not (_told(session, now, row, seen) or _storming(session, now, row, seen)):
        _post(session, now, row, seen)


def after_maintenance(session: Session, now: datetime, pair: str) -> None:
    """Tell now what was kept back in maintenance, if it is still so and has not been told since."""
    row = session.exec(select(Incident).where(Incident.pair == pair, col(Incident.closed_at).is_(None))).first()
    if row is None or (seen := Snapshot.from_json(row.latest)).served:
        return
    noted = select(Audit).where(Audit.kind == AuditKind.WORSE, Audit.pair == pair, col(Audit.at) >= row.opened_at)
    last = session.exec(noted.order_by(col(Audit.id).desc())).first()
    if last and last.state == KEPT_BACK and not _told(session, now, row, seen):
        _post(session, now, row, seen)


def _post(session: Session, now: datetime, row: Incident, seen: Snapshot) -> None:
    _note(session, now, row, seen)
    under = incident_key(row.id or 0, row.channel)
    enqueue_message(session, now, MessageKind.WORSE, to=row.channel, under=under, incident_id=row.id)


def _note(session: Session, now: datetime, row: Incident, seen: Snapshot, state: str | None = None) -> None:
    audit(session, now, AuditKind.WORSE, pair=row.pair, state=state, situation=seen.situation, incident=row.id)


def _storming(session: Session, now: datetime, row: Incident, seen: Snapshot) -> bool:
    """Whether the channel has just heard of it through an incident group's message.

    A split brain is told all the same.
    """
    if seen.situation is SituationCode.SPLIT_BRAIN:
        return False
    here = (
        col(IncidentGroup.channel) == row.channel
        if seen.situation in TOGETHER
        else col(IncidentGroup.id) == row.storm_id
    )
    return incident_groups.gathers(session, now, here)


def _told(session: Session, now: datetime, row: Incident, seen: Snapshot) -> bool:
    said, here = {"situation": seen.situation.stored, "incident": row.id}, col(Audit.pair) == row.pair
    between = select(func.max(Audit.at)).where(here, col(Audit.kind).in_((AuditKind.STATEMENT, AuditKind.RUN)))
    since = max(now - AGAIN, session.exec(between).one() or now - AGAIN)
    if seen.situation in TOGETHER:
        open_here = col(Incident.closed_at).is_(None) & (col(Incident.channel) == row.channel)
        said, here = {"situation": seen.situation.stored}, col(Audit.pair).in_(select(Incident.pair).where(open_here))
    lately = (Audit.kind == AuditKind.WORSE, col(Audit.state).is_(None), col(Audit.at) > since)
    rows = select(Audit.data).where(here, *lately)
    return any(said.items() <= json.loads(data).items() for data in session.exec(rows))
