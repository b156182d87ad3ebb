"""Lead people through an incident: who is on it, what they state, what they note."""

from bot.desk.asking import SHORTEST_STATEMENT
from bot.desk.base import Desk
from bot.desk.deciding import check_concerned
from bot.desk.looking import keep_incident, observe
from bot.domain.approval import Person, listed, mention
from bot.domain.errors import Reason, Refusal
from bot.domain.incident import IncidentView
from bot.domain.pair import Pair
from bot.domain.snapshot import Snapshot
from bot.domain.statement import Kind, sentence
from bot.store import evidence, incidents

LONGEST_NOTE = 1000  # characters


def guide(desk: Desk, pair: Pair) -> tuple[Snapshot, IncidentView | None]:
    """Look, and give what is next; the incident is opened, kept current or closed by that look."""
    seen = keep_incident(desk, observe(desk, pair))
    return seen, incidents.open_incident(desk.store, pair.name)


def open_by_hand(desk: Desk, who: Person, pair: Pair, words: str) -> IncidentView:
    """Open an incident on a person's word, whatever is seen."""
    check_concerned(desk, pair, who)
    if not words.strip():
        raise Refusal(Reason.NO_REASON, f"Say why: /ha-incident {pair.name} open <why>. Nothing was opened.")
    if incidents.open_incident(desk.store, pair.name) is None:
        keep_incident(desk, observe(desk, pair), who.id)
    found = the_open_one(desk, pair)
    incidents.note(desk.store, found, who.id, words)
    return found


def the_open_one(desk: Desk, pair: Pair) -> IncidentView:
    """The open incident of a pair; refuses where there is none."""
    found = incidents.open_incident(desk.store, pair.name)
    if found is None:
        raise Refusal(Reason.GONE, f"{pair.name} has no open incident. Look: /ha-status {pair.name}")
    return found


def take(desk: Desk, who: Person, pair: Pair, owner: str) -> IncidentView:
    """Be on it, or hand it over to somebody who may ask or approve for this pair."""
    check_concerned(desk, pair, who)
    people = listed(pair.requesters, desk.members) | listed(pair.approvers, desk.members)
    if owner not in people:
        raise Refusal(
            Reason.NOT_ALLOWED,
            f"<@{owner}> is neither a requester nor an approver of {pair.name}. "
            f"{mention(tuple(sorted(people)))} are. Nothing was changed.",
        )
    return incidents.take(desk.store, the_open_one(desk, pair).id, who.id, owner)


def note(desk: Desk, who: Person, pair: Pair, words: str) -> IncidentView:
    """Add a note to the story."""
    check_concerned(desk, pair, who)
    found = the_open_one(desk, pair)
    if not words.strip() or len(words) > LONGEST_NOTE:
        raise Refusal(Reason.NO_REASON, f"A note has 1 to {LONGEST_NOTE} characters. Nothing was noted.")
    incidents.note(desk.store, found, who.id, words.strip())
    return found


def state(desk: Desk, who: Person, pair: Pair, kind: Kind, words: str) -> Snapshot:
    """Record what a person states, look again with it, and give what is next now."""
    check_concerned(desk, pair, who)
    if len(words.strip()) < SHORTEST_STATEMENT:
        raise Refusal(Reason.BAD_DETAIL, "Say how you know, in a few words. Nothing was stated.")
    evidence.state_it(desk.store, pair.name, kind, who.id, words.strip(), sentence(kind, pair))
    return keep_incident(desk, observe(desk, pair))


def revoke(desk: Desk, who: Person, pair: Pair, statement_id: int) -> Snapshot:
    """Take a statement back: its author, or anybody who may ask or approve for the pair."""
    check_concerned(desk, pair, who)
    if evidence.revoke(desk.store, statement_id, who.id) is None:
        raise Refusal(Reason.DECIDED, "It was taken back already. Nothing was changed.")
    return keep_incident(desk, observe(desk, pair))
