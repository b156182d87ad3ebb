"""App Home: every pair as last observed, what waits for this person, and the incidents that they own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot.domain.command import Action
from bot.domain.pending import PendingItems
from bot.domain.summary import PairNow
from bot.domain.words import esc, span, when
from bot.views.block_budget import Entry, fitted
from bot.views.blocks import Block, section, small
from bot.views.overview import pair_list, seen_lately
from bot.views.pending import waiting
from bot.views.wording import term

BLOCKS = 100  # blocks that Slack allows in a view
WAITING = 30  # blocks of these for what waits for the person


def home(
    pairs: Sequence[PairNow],
    waits: PendingItems | None,
    user: str,
    now: datetime,
    actions: Mapping[str, Action],
    images: Sequence[Block] = (),
    links: Mapping[int, str] = MappingProxyType({}),
) -> Block:
    """Draw the Home tab: what waits for this person, then the pairs, the worst first.

    Many healthy pairs are listed together. `waits` is None if Slack could not be asked who may approve. `links` has the
    addresses of the cards by request, where they are known.
    """
    entries = waiting(waits, now, links) if waits else []
    blocks = [section(_head(pairs, waits, entries))]
    blocks += fitted(entries, WAITING, "more wait for you, or are asked by you: see their cards in the channel")
    blocks += _mine(pairs, user, now)
    blocks.append({"type": "divider"})
    blocks += pair_list(pairs, now, actions, BLOCKS - len(blocks) - len(images) - 1)
    blocks += images
    blocks.append(small(f"As of {when(now, '{time}')}. Drawn anew when something changes."))
    return {"type": "home", "blocks": blocks}


def _head(pairs: Sequence[PairNow], waits: PendingItems | None, entries: Sequence[Entry]) -> str:
    count, oldest = seen_lately(pairs)
    since = f" since {when(oldest, '{time}')}" if oldest else ""  # an age would soon be wrong
    text = f"*Pairkeeper* looks after {len(pairs)} pairs: {count}{since}."
    if waits is None:
        return f"{text}\nI could not ask Slack who may approve, so what waits for you is not here: see the channels."
    return text if entries else f"{text}\nNothing waits for you."


def _mine(pairs: Sequence[PairNow], user: str, now: datetime) -> list[Block]:
    """Draw the open incidents that this person owns."""
    lines = [
        f"You are on it: *{esc(pair.name)}*, {term(pair.incident.latest.situation)} "
        f"({when(pair.incident.latest.as_of, '{time}')}), "
        f"open for {span((now - pair.incident.opened_at).total_seconds())} (incident {pair.incident.id})"
        for pair in pairs
        if pair.incident and pair.incident.owner == user
    ]
    return [section("\n".join(lines))] if lines else []
