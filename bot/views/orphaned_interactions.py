"""What a person is told when their interaction lost its process."""

from datetime import datetime

from bot.domain.words import when
from bot.views.blocks import Block, section

TITLE = "Interrupted"
TWICE = "✅ I have this already, and do it once. Its card shows how it goes."


def unanswered(asked: str, at: datetime, again: str, ran: bool) -> tuple[str, list[Block]]:
    """Say that it was interrupted, whether anything was sent, and what to do.

    `ran` is whether the interaction was about a run that had begun.
    """
    text = f"⛔ I was interrupted before you had my answer to {asked}, {when(at, '{time}')}. "
    if ran:
        text += "What was sent, and how it ended, is in the thread of its card: look there first."
    else:
        text += f"Nothing was sent, and I won't carry on with it. {again}, unless the channel shows that it was done."
    return text, [section(text)]
