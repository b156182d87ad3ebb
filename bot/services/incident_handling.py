"""What people do in an incident: take it, hand it over, state what they know, or note something.

Maintenance is begun and ended here too.
"""

from bot.domain.approval import Person, listed
from bot.domain.errors import Refusal, RefusalCode, Remark
from bot.domain.incident import IncidentView
from bot.domain.incomplete_line import IncompleteLine
from bot.domain.maintenance import LONGEST, MaintenanceView, read_window
from bot.domain.pair import Pair
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.statement import StatementKind, sentence
from bot.domain.text import People
from bot.services.approvals import check_concerned
from bot.services.base import Desk
from bot.services.observation import keep_incident, observe, shown
from bot.services.requests import SHORTEST_STATEMENT
from bot.store import incidents, maintenance, sightings

LONGEST_NOTE = 1000  # characters


def guide(desk: Desk, pair: Pair) -> tuple[Snapshot, IncidentView | None]:
    """Observe the pair, and return what was seen with the pair's open incident, or None.

    The observation opens the incident, brings it up to date, or closes it.
    """
    seen = shown(desk, observe(desk, pair))
    return seen, incidents.open_incident(desk.store, pair.name)


def open_by_hand(desk: Desk, who: Person, pair: Pair, words: str) -> tuple[IncidentView, bool]:
    """Open an incident because a person asks for it, whatever the bot sees. Return it, and whether it is new.

    Where an incident is open already, that one is returned, and the person's words are noted there.
    """
    check_concerned(desk, pair, who)
    missing = Refusal(RefusalCode.OPENED_WITHOUT_REASON, pair=pair.name).because_of(_of_incident(pair, "open"))
    words = _checked_note(words, missing, Remark.NOTHING_OPENED)
    new = incidents.open_incident(desk.store, pair.name) is None
    if new:
        keep_incident(desk, observe(desk, pair), who.id)
    incident = the_open_one(desk, pair)
    incidents.note(desk.store, incident, who.id, words)
    incidents.refresh(desk.store, incident.id)
    return incident, new


def close_by_hand(desk: Desk, who: Person, pair: Pair, words: str) -> IncidentView:
    """Close an incident that a person opened on a healthy pair, with the reason noted.

    Raises Refusal while the pair is not healthy: such an incident closes by itself once the pair is healthy.
    """
    check_concerned(desk, pair, who)
    missing = Refusal(RefusalCode.CLOSED_WITHOUT_REASON, pair=pair.name).because_of(_of_incident(pair, "close"))
    words = _checked_note(words, missing, Remark.NOTHING_CLOSED)
    incident = the_open_one(desk, pair)
    seen = shown(desk, observe(desk, pair))
    if seen.situation is not SituationCode.HEALTHY:
        raise Refusal(RefusalCode.PAIR_NOT_HEALTHY, pair=pair.name, says=seen.about.says, incident=incident.id)
    incidents.note(desk.store, incident, who.id, words)
    incidents.close(desk.store, seen, who.id)
    return incident


def _of_incident(pair: Pair, verb: str) -> IncompleteLine:
    return IncompleteLine("ha-incident", pair.name, verb)


def _checked_note(words: str, missing: Refusal, undone: Remark) -> str:
    """Return the note without blanks around it. Raises Refusal where it is empty or longer than LONGEST_NOTE."""
    words = words.strip()
    if not words:
        raise missing.and_then(undone)
    if len(words) > LONGEST_NOTE:
        raise Refusal(RefusalCode.NOTE_TOO_LONG, most=LONGEST_NOTE, length=len(words)).and_then(undone)
    return words


def the_open_one(desk: Desk, pair: Pair) -> IncidentView:
    """Return the open incident of a pair. Raises Refusal where there is none."""
    incident = incidents.open_incident(desk.store, pair.name)
    if incident is None:
        raise Refusal(RefusalCode.NO_OPEN_INCIDENT, pair=pair.name)
    return incident


def take(desk: Desk, who: Person, pair: Pair, owner: str) -> IncidentView:
    """Make `owner` responsible for the open incident: oneself, or another requester or approver of this pair.

    Raises Refusal where `owner` is empty or is neither.
    """
    check_concerned(desk, pair, who)
    people = listed(pair.requesters, desk.members) | listed(pair.approvers, desk.members)
    known = People(tuple(sorted(people)))
    if not owner:
        raise Refusal(RefusalCode.OWNER_MISSING, pair=pair.name, known=known)
    if owner not in people:
        raise Refusal(RefusalCode.OWNER_NOT_CONCERNED, owner=People((owner,)), pair=pair.name, known=known)
    return incidents.take(desk.store, the_open_one(desk, pair).id, who.id, owner)


def take_group(desk: Desk, who: Person, group_id: int) -> list[str]:
    """Take every incident of an incident group that is still open and has no owner, where this person may take it.

    Returns the pairs. Raises Refusal where there is no such incident.
    """
    owned: list[str] = []
    refused: list[Refusal] = []
    for incident in incidents.group(desk.store, group_id).still:
        if incident.owner:
            continue
        try:
            owned.append(take(desk, who, desk.pair(incident.pair), who.id).pair)
        except Refusal as refusal:
            refused.append(refusal)
    if not owned:
        raise refused[0] if refused else Refusal(RefusalCode.NOTHING_TO_TAKE)
    return owned


def maintain(desk: Desk, who: Person, pair: Pair, text: str) -> MaintenanceView:
    """Begin maintenance from a text such as `for 2h because …`.

    Nobody is alerted meanwhile, and everybody sees who began it.

    Raises Refusal where the duration or the reason is missing.
    """
    check_concerned(desk, pair, who)
    lasts, why = read_window(text)
    line = IncompleteLine("ha-maintenance", pair.name, text)
    if lasts is None and not why:
        raise Refusal(RefusalCode.MAINTENANCE_WITHOUT_BOTH, pair=pair.name, most=LONGEST.days).because_of(line)
    if lasts is None:
        raise Refusal(RefusalCode.MAINTENANCE_WITHOUT_END, pair=pair.name, most=LONGEST.days).because_of(line)
    if not why:
        raise Refusal(RefusalCode.MAINTENANCE_WITHOUT_REASON, pair=pair.name).because_of(line)
    return maintenance.begin(desk.store, pair.name, pair.channel, who.id, why, desk.now() + lasts)


def end_maintenance(desk: Desk, who: Person, pair: Pair) -> MaintenanceView:
    """End maintenance before its time. Raises Refusal where the pair is not in maintenance."""
    check_concerned(desk, pair, who)
    ended = maintenance.end(desk.store, pair.name, who.id)
    if ended is None:
        raise Refusal(RefusalCode.NOT_IN_MAINTENANCE, pair=pair.name)
    return ended


def note(desk: Desk, who: Person, pair: Pair, words: str) -> IncidentView:
    """Add a note to the incident's timeline. Raises Refusal for an empty note or one longer than LONGEST_NOTE."""
    check_concerned(desk, pair, who)
    incident = the_open_one(desk, pair)
    missing = Refusal(RefusalCode.NOTE_EMPTY, pair=pair.name).because_of(_of_incident(pair, "note"))
    words = _checked_note(words, missing, Remark.NOTHING_NOTED)
    incidents.note(desk.store, incident, who.id, words)
    return incident


def state(desk: Desk, who: Person, pair: Pair, kind: StatementKind, words: str) -> Snapshot:
    """Record a person's statement, observe the pair again with it, and return what is seen now.

    Raises Refusal where the words are shorter than SHORTEST_STATEMENT.
    """
    check_concerned(desk, pair, who)
    if len(words.strip()) < SHORTEST_STATEMENT:
        raise Refusal(RefusalCode.STATEMENT_TOO_SHORT)
    sightings.state_it(desk.store, pair.name, kind, who.id, words.strip(), sentence(kind, pair))
    return shown(desk, observe(desk, pair))


def revoke(desk: Desk, who: Person, pair: Pair, statement_id: int) -> Snapshot:
    """Take a statement back. Its author may do so, as may any requester or approver of the pair.

    Raises Refusal where it was taken back already.
    """
    check_concerned(desk, pair, who)
    if sightings.revoke(desk.store, statement_id, who.id) is None:
        raise Refusal(RefusalCode.STATEMENT_REVOKED)
    return shown(desk, observe(desk, pair))
