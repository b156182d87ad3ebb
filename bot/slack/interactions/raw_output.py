"""Both servers' own words, as they were last seen, in a modal."""

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Role
from bot.slack.interaction import Click, Interaction
from bot.store import sightings
from bot.views.blocks import Block
from bot.views.modals import raw_modal


def _opens(click: Click) -> Block:
    pair = click.value
    seen = sightings.last_seen(click.desk.store, pair)
    if seen is None:
        raise Refusal(RefusalCode.NOT_SEEN_YET, pair=pair)
    return raw_modal(pair, {f"{role.word} {seen.seen(role).address}": seen.seen(role).text for role in Role})


RAW = Interaction(id="raw", opens=_opens, reads=True)
