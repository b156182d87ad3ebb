"""What it means for a message that Slack did not take it: whether it may stand there, when to try again, when not."""

import logging
from datetime import datetime, timedelta

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.errors import Refusal
from bot.slack.slack_errors import Meaning, code, means
from bot.store.outbox import DueMessage

SHORT = 30.0  # seconds at most until what Slack refused is tried again: requests expire in minutes
LONG = 300.0  # seconds until a channel that is not there is tried again
LOST = timedelta(days=1)  # after which it is waited for no longer

log = logging.getLogger(__name__)


def refused(error: Exception) -> bool:
    """Whether it is certain that Slack does not show it."""
    return isinstance(error, Refusal) or (isinstance(error, SlackApiError) and not means(error, Meaning.PERHAPS_DONE))


def hopeless(post: DueMessage, error: Exception, now: datetime) -> bool:
    """Whether nobody can read it any more: its person has left, or its channel is gone for a day."""
    old = post.since is not None and now - post.since > LOST
    return means(error, Meaning.NO_PERSON) or (means(error, Meaning.NO_CHANNEL) and old)


def seconds_until_again(post: DueMessage, error: Exception) -> float:
    """How long this message is put off; logged."""
    what = code(error)
    if isinstance(error, SlackApiError):
        if means(error, Meaning.LIMITED):
            return float(error.response.headers.get("Retry-After", 1))
        wait = LONG if means(error, Meaning.NO_CHANNEL) else min(5.0 * (post.tries + 1), SHORT)
        log.error("Slack refused message %s (%s): again in %.0f s", post.id, what, wait)
        return wait
    # Where Slack gave no answer in time it may still be at it, and would show it after it was looked for.
    wait = SHORT if isinstance(error, TimeoutError) else min(2.0 ** min(post.tries, 6), 60.0)
    ours = None if isinstance(error, (SlackClientError, OSError, Refusal)) else error
    log.warning("message %s not delivered (%s): again in %.0f s", post.id, what, wait, exc_info=ours)
    return wait
