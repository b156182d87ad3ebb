"""The form for a request: what is known already is filled in, and what is missing is chosen or typed there."""

from bot.domain.approval import Person, check_requester, is_requester
from bot.domain.command import Action
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.words import when
from bot.services import Desk
from bot.store import sightings
from bot.views.blocks import Block
from bot.views.modals import reason_modal
from bot.views.severity import emoji
from bot.views.wording import term


def request_form(desk: Desk, who: Person, action: Action, pair: str, reason: str, situation: str = "") -> Block:
    """Return the form, worded for the situation seen last.

    Without a pair, it offers those for which this person may ask. `situation` is the one in which the reason was
    given; empty if there is none. Raises Refusal for a person who may not ask for this pair, or for any.
    """
    if not pair:
        return reason_modal(_own_pairs(desk, who), action, reason)
    check_requester(desk.pair(pair), who, desk.members)
    seen = sightings.last_seen(desk.store, pair)
    worded = action.worded(seen.situation) if seen else action
    return reason_modal([pair], worded, reason, situation_moved(situation, seen))


def _own_pairs(desk: Desk, who: Person) -> list[str]:
    pairs = desk.pairs().values()
    own = [pair.name for pair in pairs if is_requester(pair, who, desk.members)]
    if not own:
        check_requester(next(iter(pairs)), who, desk.members)
    return own


def situation_moved(then: str, seen: Snapshot | None) -> str:
    """Return a note where the situation has changed since the reason was given; else an empty text."""
    if seen is None or not then or SituationCode(then) is seen.situation:
        return ""
    newest = f"Last seen, at {when(seen.as_of)}: {emoji(seen.about.severity)} {term(seen.situation)}. {seen.about.says}"
    return f"*The situation has changed since this reason was given.* It was: {term(SituationCode(then))}. {newest}"
