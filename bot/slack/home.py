"""App Home for one person."""

from bot.desk import Desk, pair_now
from bot.domain.approval import Person, check_member
from bot.domain.errors import Refusal
from bot.store import requests
from bot.views.blocks import Block
from bot.views.home import home
from bot.views.pages import refused


def home_of(desk: Desk, user: str, image: Block | None = None) -> Block:
    """The pairs as last seen, and what waits; a refusal for somebody who is none of ours."""
    try:
        check_member(desk.identify(user) if desk.identify else Person(user, ""))
        now = desk.now()
        pairs = [pair_now(desk, pair, now) for pair in desk.pairs().values()]
        waiting = [requests.open_request(desk.store, one.name) for one in pairs]
        return home(pairs, list(filter(None, waiting)), user, now, desk.actions, image)
    except Refusal as refusal:
        return {"type": "home", "blocks": refused(refusal)[1]}
