"""Everything about a pair that its first message leaves out, as it was last observed, in a modal."""

from bot.domain.errors import Refusal, RefusalCode
from bot.services import ahead_of
from bot.slack.durations import took_next
from bot.slack.interaction import Click, Interaction
from bot.store import sightings
from bot.views.blocks import Block
from bot.views.details import details


def _opens(click: Click) -> Block:
    desk, pair = click.desk, click.desk.pair(click.value)
    seen = sightings.last_seen(desk.store, pair.name)
    if seen is None:
        raise Refusal(RefusalCode.NOT_SEEN_YET, pair=pair.name)
    armed = sightings.armed(desk.store, pair)
    return details(
        seen, desk.actions, pair.peer_row, desk.now(), took_next(desk, seen), armed, ahead_of(desk, pair.name)
    )


DETAILS = Interaction(id="details", opens=_opens, reads=True)
