"""What a channel hears of pairs that the bot cannot look at."""

from collections.abc import Sequence

from bot.domain.words import esc
from bot.views.blocks import Block, section

AGAIN = "✅ I can look at every pair of this channel again."
MEANWHILE = "I don't notice what happens meanwhile, and send no command. Whoever runs me: `pairkeeper check` says more."


def blind(pairs: Sequence[tuple[str, str]]) -> tuple[str, list[Block]]:
    """The pairs that cannot be looked at, each with its reason; that all can again where there is none."""
    if not pairs:
        return AGAIN, [section(AGAIN)]
    names = ", ".join(pair for pair, _ in pairs)
    text = f"⚪ I can't look at {names}. {MEANWHILE}"
    lines = [f"⚪ *I can't look at {esc(pair)}*: {esc(words)}." for pair, words in pairs]
    return text, [section("\n".join([*lines[:20], MEANWHILE]))]
