"""Texts that hold people, channels, times and codes as values. `bot.views.refusals` shows them to a person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class People:
    """People or user groups within a text. Slack shows them as mentions, the command line as names."""

    ids: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.ids)


@dataclass(frozen=True)
class Channel:
    """A channel within a text."""

    id: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Decision:
    """Who decided something, and when. Either may be missing."""

    who: str | None
    at: datetime | None


class Text:
    """A text with places in braces, and the values for them: `People`, a `Channel`, times, codes or plain text.

    `bot.views.refusals` fills the places in. A text without values is used as it stands.
    """

    def __init__(self, text: str, **values: Any) -> None:
        self.text = text
        self.values = values

    def filled(self, shown: Callable[[Any], str] = str) -> str:
        """Return the text with each value as `shown` gives it: by default without any mark-up, for the log."""
        if not self.values:
            return self.text
        return self.text.format_map({name: shown(value) for name, value in self.values.items()})
