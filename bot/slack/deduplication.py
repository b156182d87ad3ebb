"""Finds in Slack a message that was posted but not recorded as posted, by the mark that each message carries."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.slack_errors import Meaning, means
from bot.store.outbox import DueMessage

EVENT = "pairkeeper_message"
PAGE = 200
CLOCKS = timedelta(minutes=2)  # how far Slack's clock and the bot's may differ

Message = dict[str, Any]
log = logging.getLogger(__name__)


def mark(post: DueMessage) -> dict[str, Any]:
    """Return a message's hidden metadata: the number of its outbox row and the revision for which it was posted."""
    return {"event_type": EVENT, "event_payload": {"post": post.id, "number": post.desired_revision}}


def found_message(client: WebClient, post: DueMessage, channel: str, anew: bool) -> str | None:
    """Return the time stamp under which Slack shows this message, or None.

    With `anew`, each revision is a message of its own, so the revision must be the same too.
    """

    def fits(message: Message) -> bool:
        carried = message.get("metadata") or {}
        payload = carried.get("event_payload") or {}
        same = carried.get("event_type") == EVENT and payload.get("post") == post.id
        return same and (not anew or payload.get("number") == post.desired_revision)

    found = _find(client, post, channel, fits)
    return str(found["ts"]) if found else None


def found_file(client: WebClient, post: DueMessage, name: str) -> str | None:
    """Return the id of the file of this name that was uploaded already, or None."""

    def named(message: Message) -> list[str]:
        return [file["id"] for file in message.get("files") or () if file.get("name") == name]

    found = _find(client, post, post.channel or post.to, lambda message: bool(named(message)))
    return named(found)[0] if found else None


def _find(client: WebClient, post: DueMessage, channel: str, fits: Callable[[Message], bool]) -> Message | None:
    try:
        message = next(filter(fits, _since(client, post, channel)), None)
    except SlackApiError as error:
        if not means(error, Meaning.UNREADABLE):
            raise
        log.warning("message %s may stand twice: what is in its channel cannot be read", post.id)
        return None
    if message:
        log.warning("message %s was posted before, and is found again", post.id)
    return message


def _since(client: WebClient, post: DueMessage, channel: str) -> Iterator[Message]:
    """Yield the messages of the post's thread, or of its channel, since the post was first wanted."""
    oldest = f"{(post.since - CLOCKS).timestamp():.6f}" if post.since else "0"
    words: dict[str, Any] = {"channel": channel, "oldest": oldest, "limit": PAGE, "include_all_metadata": True}
    while True:
        page = (
            client.conversations_replies(ts=post.thread, **words)
            if post.thread
            else client.conversations_history(**words)
        )
        yield from page["messages"]
        words["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
        if not words["cursor"]:
            return
