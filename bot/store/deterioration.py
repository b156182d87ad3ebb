"""Post a new message when an open incident gets worse, because an edit of its first message notifies nobody."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.domain.incident import worse
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.store import incident_groups
from bot.store.base import AuditKind, MessageKind, audit, enqueue_message
from bot.store.requests import incident_key
from bot.store.tables import Deterioration, Incident, IncidentGroup, Run, Statement

AGAIN = timedelta(minutes=30)  # within this time the same is not told again, unless somebody stated or ran something
TOGETHER = (
    SituationCode.PRIMARIES_SILENT,
    SituationCode.MY_NETWORK,
)  # These situations concern several pairs: a channel is told only once.


def tell(session: Session, now: datetime, row: Incident, before: Snapshot, seen: Snapshot, quiet: bool) -> None:
    """Post a new message in the incident's thread, once for each time that the incident gets worse.

    In maintenance (`quiet`), it is only noted, and `after_maintenance` tells it later.
    """
    if not worse(before, seen):
        return
    if quiet:
        _note(session, now, row, seen, kept_back=True)
    elif not (_told(session, now, row, seen) or _told_with_group(session, now, row, seen)):
        _post(session, now, row, seen)


def after_maintenance(session: Session, now: datetime, pair: str) -> None:
    """Tell now what was kept back in maintenance, if it is still so and has not been told since."""
    row = session.exec(select(Incident).where(Incident.pair == pair, col(Incident.closed_at).is_(None))).first()
    if row is None or (seen := Snapshot.from_json(row.latest)).served:
        return
    noted = select(Deterioration.kept_back).where(Deterioration.incident_id == row.id)
    kept_back = session.exec(noted.order_by(col(Deterioration.id).desc())).first()
    if kept_back and not _told(session, now, row, seen):
        _post(session, now, row, seen)


def _post(session: Session, now: datetime, row: Incident, seen: Snapshot) -> None:
    _note(session, now, row, seen)
    under = incident_key(row.id or 0, row.channel)
    enqueue_message(session, now, MessageKind.WORSE, to=row.channel, under=under, incident_id=row.id)


def _note(session: Session, now: datetime, row: Incident, seen: Snapshot, kept_back: bool = False) -> None:
    incident, situation = row.id or 0, seen.situation
    session.add(Deterioration(incident_id=incident, pair=row.pair, situation=situation, at=now, kept_back=kept_back))
    state = "kept back" if kept_back else None  # an older release decides from this
    audit(session, now, AuditKind.WORSE, pair=row.pair, state=state, situation=situation, incident=incident)


def _told_with_group(session: Session, now: datetime, row: Incident, seen: Snapshot) -> bool:
    """Whether the channel has just heard of it through an incident group's message.

    A split brain is told all the same.
    """
    if seen.situation is SituationCode.SPLIT_BRAIN:
        return False
    here = (
        col(IncidentGroup.channel) == row.channel
        if seen.situation in TOGETHER
        else col(IncidentGroup.id) == row.group_id
    )
    return incident_groups.gathers(session, now, here)


def _told(session: Session, now: datetime, row: Incident, seen: Snapshot) -> bool:
    """Whether people have heard of it lately, and nothing was stated or run since."""
    lately = select(Deterioration.id).where(
        Deterioration.situation == seen.situation,
        col(Deterioration.kept_back).is_(False),
        col(Deterioration.at) > max([now - AGAIN, *_deeds(session, row.pair)]),
    )
    if seen.situation in TOGETHER:
        open_here = col(Incident.closed_at).is_(None) & (col(Incident.channel) == row.channel)
        lately = lately.where(col(Deterioration.pair).in_(select(Incident.pair).where(open_here)))
    else:
        lately = lately.where(Deterioration.incident_id == row.id)
    return session.exec(lately.limit(1)).first() is not None


def _deeds(session: Session, pair: str) -> list[datetime]:
    """Return when something was last stated about the pair, and each moment at which its runs last moved on."""
    moments = (Run.started_at, Run.sent_at, Run.ended_at, Run.closed_at)
    moved = [select(func.max(moment)).where(Run.pair == pair).scalar_subquery() for moment in moments]
    stated = select(func.max(Statement.at)).where(Statement.pair == pair).scalar_subquery()
    return [at for at in session.connection().execute(select(stated, *moved)).one() if at]
