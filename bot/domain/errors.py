"""Refusals and other errors with words for people.

A Refusal is no failure: it tells one person why nothing was done.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Self

from bot.domain.text import Text


class Reason(StrEnum):
    """Why a person was refused. A test reaches each of these."""

    NO_SUCH_PAIR = "no_such_pair"
    NO_SUCH_COMMAND = "no_such_command"
    NO_REASON = "no_reason"
    NOT_OFFERED = "not_offered"
    NOT_ALLOWED = "not_allowed"
    NOT_A_MEMBER = "not_a_member"
    SELF_APPROVAL = "self_approval"
    NO_QUORUM = "no_quorum"
    SITUATION = "situation"
    NOT_ARMED = "not_armed"
    BUSY = "busy"
    DECIDED = "decided"
    EXPIRED = "expired"
    WRONG_NAME = "wrong_name"
    BAD_DETAIL = "bad_detail"
    TOO_LATE = "too_late"
    GONE = "gone"
    SETTINGS = "settings"
    STORE = "store"
    SLACK = "slack"


class Refusal(Exception):
    """What one person is told: what the matter is, that nothing was sent, and what is possible now."""

    def __init__(self, reason: Reason, text: str, **values: Any) -> None:
        super().__init__(text)
        self.reason = reason
        self.parts: tuple[Text, ...] = (Text(text, **values),)

    def and_then(self, text: str, **values: Any) -> Self:
        """Add a part to the end, and return the refusal."""
        self.parts = (*self.parts, Text(text, **values))
        return self

    def filled(self, shown: Callable[[Any], str] = str) -> str:
        """Return all parts with their values as `shown` gives them."""
        return " ".join(part.filled(shown) for part in self.parts)

    def __str__(self) -> str:
        return self.filled()


class CannotStart(Exception):
    """Why the bot does not start, as a sentence with its remedy."""


class SettingsError(Exception):
    """What is wrong with the settings: one sentence per mistake, each with its place and its remedy."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class CannotDraw(Exception):
    """Why no report can be made, as a sentence with its remedy."""
