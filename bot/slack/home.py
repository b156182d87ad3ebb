"""App Home for one person."""

from collections.abc import Sequence

from bot.domain.approval import Person, check_member
from bot.domain.errors import Reason, Refusal
from bot.domain.pending import PendingItems
from bot.services import Desk, pair_now, waiting_for
from bot.slack.rendering import Link, card_address, unknown_address
from bot.views.blocks import Block
from bot.views.help import refused
from bot.views.home import home


def home_of(desk: Desk, user: str, images: Sequence[Block] = (), link: Link = unknown_address) -> Block:
    """Return App Home's view: the pairs as last observed, and what waits for this person.

    A person who may not use the bot sees the refusal instead. `link` returns a message's address.
    """
    try:
        check_member(desk.identify(user) if desk.identify else Person(user, ""), only_reads=True)
        now = desk.now()
        pairs = [pair_now(desk, pair, now) for pair in desk.pairs().values()]
        waits = _waiting(desk, user)
        return home(pairs, waits, user, now, desk.actions, images, _cards(desk, waits, link) if waits else {})
    except Refusal as refusal:
        return {"type": "home", "blocks": refused(refusal)[1]}


def _cards(desk: Desk, waits: PendingItems, link: Link) -> dict[int, str]:
    """Return the addresses of the cards by request."""
    open_ones = [*waits.approve, *(own.request for own in waits.asked)]
    return {request.id: card_address(desk, request, link) for request in open_ones}


def _waiting(desk: Desk, user: str) -> PendingItems | None:
    """Return what waits for this person, or None if Slack cannot say who may approve: the pairs are shown anyway."""
    try:
        return waiting_for(desk, user)
    except Refusal as refusal:
        if refusal.reason is not Reason.SLACK:
            raise
        return None
