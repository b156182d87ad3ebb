"""What people do in an incident: take it, hand it over, state what they know, or note something.

Maintenance is begun and ended here too.
"""

from bot.domain.approval import Person, listed
from bot.domain.errors import Reason, Refusal
from bot.domain.incident import IncidentView
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
    words = _checked_note(words, f"Say why: /ha-incident {pair.name} open <why>.", "Nothing was opened.")
    new = incidents.open_incident(desk.store, pair.name) is None
    if new:
        keep_incident(desk, observe(desk, pair), who.id)
    found = the_open_one(desk, pair)
    incidents.note(desk.store, found, who.id, words)
    incidents.refresh(desk.store, found.id)
    return found, new


def close_by_hand(desk: Desk, who: Person, pair: Pair, words: str) -> IncidentView:
    """Close an incident that a person opened on a healthy pair, with the reason noted.

    Raises Refusal while the pair is not healthy: such an incident closes by itself once the pair is healthy.
    """
    check_concerned(desk, pair, who)
    words = _checked_note(words, f"Say how it ended: /ha-incident {pair.name} close <how>.", "Nothing was closed.")
    found = the_open_one(desk, pair)
    seen = shown(desk, observe(desk, pair))
    if seen.situation is not SituationCode.HEALTHY:
        raise Refusal(
            Reason.SITUATION,
            f"{pair.name} is not healthy: {seen.about.says} Incident {found.id} closes by itself once both servers "
            f"were seen in business as usual. Nothing was closed. Next: /ha-recover {pair.name}",
        )
    incidents.note(desk.store, found, who.id, words)
    incidents.close(desk.store, seen, who.id)
    return found


def _checked_note(words: str, ask: str, otherwise: str) -> str:
    """Return the note without blanks around it. Raises Refusal where it is empty or longer than LONGEST_NOTE."""
    words = words.strip()
    if not words:
        raise Refusal(Reason.NO_REASON, f"{ask} {otherwise}")
    if len(words) > LONGEST_NOTE:
        raise Refusal(
            Reason.NO_REASON, f"A note has at most {LONGEST_NOTE} characters, and yours {len(words)}. {otherwise}"
        )
    return words


def the_open_one(desk: Desk, pair: Pair) -> IncidentView:
    """Return the open incident of a pair. Raises Refusal where there is none."""
    found = incidents.open_incident(desk.store, pair.name)
    if found is None:
        raise Refusal(Reason.GONE, f"{pair.name} has no open incident. Look: /ha-status {pair.name}")
    return found


def take(desk: Desk, who: Person, pair: Pair, owner: str) -> IncidentView:
    """Make `owner` responsible for the open incident: oneself, or another requester or approver of this pair.

    Raises Refusal where `owner` is empty or is neither.
    """
    check_concerned(desk, pair, who)
    people = listed(pair.requesters, desk.members) | listed(pair.approvers, desk.members)
    known = People(tuple(sorted(people)))
    if not owner:
        raise Refusal(
            Reason.BAD_DETAIL,
            "To whom? Type @ and choose the person from the list that Slack shows: /ha-incident {pair} give @person. "
            "It can be given to {known}. Nothing was changed.",
            pair=pair.name,
            known=known,
        )
    if owner not in people:
        raise Refusal(
            Reason.NOT_ALLOWED,
            "{owner} is neither a requester nor an approver of {pair}. {known} are. Nothing was changed.",
            owner=People((owner,)),
            pair=pair.name,
            known=known,
        )
    return incidents.take(desk.store, the_open_one(desk, pair).id, who.id, owner)


def take_group(desk: Desk, who: Person, group_id: int) -> list[str]:
    """Take every incident of an incident group that is still open and has no owner, where this person may take it.

    Returns the pairs. Raises Refusal where there is no such incident.
    """
    taken: list[str] = []
    refused: list[Refusal] = []
    for one in incidents.group(desk.store, group_id).still:
        if one.owner:
            continue
        try:
            taken.append(take(desk, who, desk.pair(one.pair), who.id).pair)
        except Refusal as refusal:
            refused.append(refusal)
    if not taken:
        nothing = "Each of them is over, or somebody is on it. Nothing was changed."
        raise refused[0] if refused else Refusal(Reason.GONE, nothing)
    return taken


def maintain(desk: Desk, who: Person, pair: Pair, text: str) -> MaintenanceView:
    """Begin maintenance from a text such as `for 2h because …`.

    Nobody is alerted meanwhile, and everybody sees who began it.

    Raises Refusal where the duration or the reason is missing.
    """
    check_concerned(desk, pair, who)
    lasts, why = read_window(text)
    if lasts is None or not why:
        asks = "And why?" if lasts else "For how long?" if why else "For how long, and why?"
        most = "" if lasts else f" At most {LONGEST.days} days."
        raise Refusal(
            Reason.BAD_DETAIL,
            f"{asks} Type: /ha-maintenance {pair.name} for 2h because the Secondary is upgraded.{most} "
            "Nothing was changed.",
        )
    return maintenance.begin(desk.store, pair.name, pair.channel, who.id, why, desk.now() + lasts)


def end_maintenance(desk: Desk, who: Person, pair: Pair) -> MaintenanceView:
    """End maintenance before its time. Raises Refusal where the pair is not in maintenance."""
    check_concerned(desk, pair, who)
    found = maintenance.end(desk.store, pair.name, who.id)
    if found is None:
        raise Refusal(Reason.DECIDED, f"{pair.name} is not in maintenance. Nothing was changed.")
    return found


def note(desk: Desk, who: Person, pair: Pair, words: str) -> IncidentView:
    """Add a note to the incident's timeline. Raises Refusal for an empty note or one longer than LONGEST_NOTE."""
    check_concerned(desk, pair, who)
    found = the_open_one(desk, pair)
    words = _checked_note(words, f"Say what to note: /ha-incident {pair.name} note <words>.", "Nothing was noted.")
    incidents.note(desk.store, found, who.id, words)
    return found


def state(desk: Desk, who: Person, pair: Pair, kind: StatementKind, words: str) -> Snapshot:
    """Record a person's statement, observe the pair again with it, and return what is seen now.

    Raises Refusal where the words are shorter than SHORTEST_STATEMENT.
    """
    check_concerned(desk, pair, who)
    if len(words.strip()) < SHORTEST_STATEMENT:
        raise Refusal(Reason.BAD_DETAIL, "Say how you know, in a few words. Nothing was stated.")
    sightings.state_it(desk.store, pair.name, kind, who.id, words.strip(), sentence(kind, pair))
    return shown(desk, observe(desk, pair))


def revoke(desk: Desk, who: Person, pair: Pair, statement_id: int) -> Snapshot:
    """Take a statement back. Its author may do so, as may any requester or approver of the pair.

    Raises Refusal where it was taken back already.
    """
    check_concerned(desk, pair, who)
    if sightings.revoke(desk.store, statement_id, who.id) is None:
        raise Refusal(Reason.DECIDED, "It was taken back already. Nothing was changed.")
    return shown(desk, observe(desk, pair))
