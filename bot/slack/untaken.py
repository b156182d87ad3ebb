"""What it means for a message that Slack did not take it: whether it may stand there, when to try again, when not."""

import logging
from datetime import datetime, timedelta

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.errors import Refusal
from bot.slack.said import word_of
from bot.store.posts import Due

UNREADABLE = "unreadable answer"
SHORT = 30.0  # seconds at most until what Slack refused is tried again: requests expire in minutes
LONG = 300.0  # seconds until a channel that is not there is tried again
LOST = timedelta(days=1)  # after which it is waited for no longer
# Slack says of these that what was asked may have been done all the same.
UNSURE = ("fatal_error", "internal_error", "service_unavailable", "request_timeout", UNREADABLE)
ABSENT = ("channel_not_found", "is_archived", "not_in_channel")
LEFT = ("user_disabled", "user_not_found")

log = logging.getLogger(__name__)


def code(error: Exception) -> str:
    """Slack's word for what was wrong, or that it was no answer of Slack's, or the name of what broke on the way."""
    if isinstance(error, SlackApiError):
        return word_of(error) or UNREADABLE
    return type(error).__name__


def refused(error: Exception) -> bool:
    """Whether it is certain that Slack does not show it."""
    return isinstance(error, Refusal) or (isinstance(error, SlackApiError) and code(error) not in UNSURE)


def hopeless(post: Due, error: Exception, now: datetime) -> bool:
    """Whether nobody can read it any more: its person has left, or its channel is gone for a day."""
    old = post.since is not None and now - post.since > LOST
    return code(error) in LEFT or (code(error) in ABSENT and old)


def seconds_until_again(post: Due, error: Exception) -> float:
    """How long this message is put off; logged."""
    what = code(error)
    if isinstance(error, SlackApiError):
        if what == "ratelimited":
            return float(error.response.headers.get("Retry-After", 1))
        wait = LONG if what in ABSENT else min(5.0 * (post.tries + 1), SHORT)
        log.error("Slack refused message %s (%s): again in %.0f s", post.id, what, wait)
        return wait
    # Where Slack gave no answer in time it may still be at it, and would show it after it was looked for.
    wait = SHORT if isinstance(error, TimeoutError) else min(2.0 ** min(post.tries, 6), 60.0)
    ours = None if isinstance(error, (SlackClientError, OSError, Refusal)) else error
    log.warning("message %s not delivered (%s): again in %.0f s", post.id, what, wait, exc_info=ours)
    return wait
