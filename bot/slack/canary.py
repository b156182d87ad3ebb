"""The canary: one message of the bot, edited by the clock, which makes Slack send an event back."""

import logging
import re
from typing import Any

from slack_sdk import WebClient

from bot.domain.errors import Refusal
from bot.slack.slack_errors import Meaning, means
from bot.store import Store, canaries

NUMBER = re.compile(r"\bcanary (\d{1,18})\b")
WORDS = (
    "Pairkeeper · canary {} · {:%Y-%m-%d %H:%M:%S} UTC\nI edit this message by the clock, to see that Slack reaches me."
)

log = logging.getLogger(__name__)


class Canary:
    """The canary message in one channel.

    The client must belong to the canary alone, and it does not wait for rate limits.
    """

    def __init__(self, client: WebClient, store: Store, channel: str) -> None:
        self._client = client
        self._store = store
        self._channel = channel
        client.retry_handlers = []

    def send(self) -> None:
        """Edit the message, or post it first if it does not exist. Raises whatever Slack's client raises."""
        ts = canaries.perch(self._store, self._channel)
        if ts is None or not self._edit(ts):
            sent = self._client.chat_postMessage(channel=self._channel, text=WORDS.format(0, self._store.now()))
            self._edit(str(sent["ts"]))

    def _edit(self, ts: str) -> bool:
        """Edit the message. Returns False if it can no longer be edited, so that a new one is posted."""
        number = canaries.send(self._store, self._channel, ts, self._store.me)
        try:
            self._client.chat_update(channel=self._channel, ts=ts, text=WORDS.format(number, self._store.now()))
        except Exception as error:
            canaries.unsend(self._store, number)
            if means(error, Meaning.NOT_EDITABLE):
                return False
            raise
        canaries.taken(self._store, number)
        return True


def hear(store: Store, channel: str, event: dict[str, Any]) -> None:
    """Record that the canary came back, if this `message_changed` event belongs to it."""
    message = event.get("message") or {}
    match = NUMBER.search(message.get("text", ""))
    if not channel or event.get("channel") != channel or not match:
        return
    try:
        canaries.back(store, int(match[1]), channel, message.get("ts", ""), store.me)
    except Refusal:
        log.warning("a canary came back, and could not be noted")
