"""Refusals and other errors with words for people.

A Refusal is no failure: it tells one person why nothing was done.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a person was refused. A test reaches each of these."""

    NO_SUCH_PAIR = "no such pair"
    NO_SUCH_COMMAND = "no such command"
    NO_REASON = "no reason given"
    NOT_OFFERED = "not offered"
    NOT_ALLOWED = "not allowed"
    NOT_A_MEMBER = "not a member"
    SELF_APPROVAL = "self-approval"
    NO_QUORUM = "nobody else can approve"
    SITUATION = "situation"
    NOT_ARMED = "not armed"
    BUSY = "busy"
    DECIDED = "decided already"
    EXPIRED = "expired"
    WRONG_NAME = "pair's name not typed"
    BAD_DETAIL = "bad detail"
    TOO_LATE = "too late"
    GONE = "no such request"
    SETTINGS = "settings"
    STORE = "store"
    SLACK = "Slack away"


class Refusal(Exception):
    """What one person is told: what the matter is, that nothing was sent, and what is possible now."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words


class CannotStart(Exception):
    """Why the bot does not start, as a sentence with its remedy."""


class CannotDraw(Exception):
    """Why no report can be made, as a sentence with its remedy."""
