"""What a failed delivery means: whether Slack may show the message all the same, and when to try again or give up."""

import logging
from datetime import datetime, timedelta

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.errors import Refusal
from bot.slack.slack_errors import Meaning, code, means
from bot.store.outbox import DueMessage

SHORT = 30.0  # seconds at most until a refused message is tried again; short, as requests expire within minutes
LONG = 300.0  # seconds until a message for a missing channel is tried again
LOST = timedelta(days=1)  # after which the bot no longer waits for a missing channel

log = logging.getLogger(__name__)


def refused(error: Exception) -> bool:
    """Whether it is certain that Slack does not show the message."""
    return isinstance(error, Refusal) or (isinstance(error, SlackApiError) and not means(error, Meaning.PERHAPS_DONE))


def hopeless(post: DueMessage, error: Exception, now: datetime) -> bool:
    """Whether nobody can read the message any more: its person has left, or its channel has been gone for a day."""
    old = post.since is not None and now - post.since > LOST
    return means(error, Meaning.NO_PERSON) or (means(error, Meaning.NO_CHANNEL) and old)


def seconds_until_again(post: DueMessage, error: Exception) -> float:
    """Return for how many seconds this message is put off. Logs the reason, except for a rate limit."""
    what = code(error)
    if isinstance(error, SlackApiError):
        if means(error, Meaning.LIMITED):
            return float(error.response.headers.get("Retry-After", 1))
        wait = LONG if means(error, Meaning.NO_CHANNEL) else min(5.0 * (post.tries + 1), SHORT)
        log.error("Slack refused message %s (%s): again in %.0f s", post.id, what, wait)
        return wait
    # If Slack did not answer in time, it may still be at work, and would show the message after the bot has looked for
    # it.
    wait = SHORT if isinstance(error, TimeoutError) else min(2.0 ** min(post.tries, 6), 60.0)
    ours = None if isinstance(error, (SlackClientError, OSError, Refusal)) else error
    log.warning("message %s not delivered (%s): again in %.0f s", post.id, what, wait, exc_info=ours)
    return wait
