"""Refusals in words, marked up as for Slack: who, where and when, as one person reads it."""

from datetime import datetime
from typing import Any

from bot.domain.code import Code
from bot.domain.errors import Refusal
from bot.domain.text import Channel, People, Text
from bot.domain.words import when
from bot.views.wording import mention, term


def words(said: Refusal | Text) -> str:
    """Return a refusal, or a text with values, as a person reads it in Slack."""
    return said.filled(shown)


def shown(value: Any) -> str:
    """Return one value: people and channels as mentions, times in the reader's zone, codes in words."""
    match value:
        case People(ids):
            return mention(ids)
        case Channel(id):
            return f"<#{id}>"
        case datetime():
            return when(value)
        case Code():
            return term(value)
        case _:
            return str(value)
