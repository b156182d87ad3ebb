"""The canary: one message that is edited by the clock, so that Slack has something to send back."""

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
    """The message in one channel; the client has to be its own, and must not wait for a rate limit."""

    def __init__(self, client: WebClient, store: Store, channel: str) -> None:
        self._client = client
        self._store = store
        self._channel = channel
        client.retry_handlers = []

    def send(self) -> None:
        """Edit the message, or post it first; raises what Slack's client raises."""
        ts = canaries.perch(self._store, self._channel)
        if ts is None or not self._edit(ts):
            sent = self._client.chat_postMessage(channel=self._channel, text=WORDS.format(0, self._store.now()))
            self._edit(str(sent["ts"]))

    def _edit(self, ts: str) -> bool:
        """Whether the message is still there to be edited."""
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
    """An event of an edited message: note it where it is the canary."""
    message = event.get("message") or {}
    found = NUMBER.search(message.get("text", ""))
    if not channel or event.get("channel") != channel or not found:
        return
    try:
        canaries.back(store, int(found[1]), channel, message.get("ts", ""), store.me)
    except Refusal:
        log.warning("a canary came back, and could not be noted")
