"""What a channel is told of pairs that the bot cannot probe."""

from collections.abc import Sequence

from bot.domain.words import esc
from bot.views.blocks import Block, section

AGAIN = "✅ I can look at every pair of this channel again."
MEANWHILE = "I don't notice what happens meanwhile, and send no command. Whoever runs me: `pairkeeper check` says more."


def blind(pairs: Sequence[tuple[str, str]]) -> tuple[str, list[Block]]:
    """Draw the pairs that cannot be probed, each with its reason. For none, say that all can be probed again."""
    if not pairs:
        return AGAIN, [section(AGAIN)]
    names = ", ".join(pair for pair, _ in pairs)
    text = f"⚪ I can't look at {names}. {MEANWHILE}"
    lines = [f"⚪ *I can't look at {esc(pair)}*: {esc(words)}." for pair, words in pairs]
    return text, [section("\n".join([*lines[:20], MEANWHILE]))]
