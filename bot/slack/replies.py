"""The ways to answer one person: `response_url`, the open modal, a thread; and a direct message if that fails."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.slack.slack_errors import FAILURES
from bot.views.blocks import Block, modal

log = logging.getLogger(__name__)

Say = Callable[[str, list[Block]], None]
ANSWER_SOON = 1.0  # seconds that the acknowledgement of a form waits for its answer; Slack waits for three
ARRIVES = 1.0  # seconds after which an acknowledgement has reached Slack


@dataclass(frozen=True)
class Answer:
    """A way to answer `user`. It tries `first`, then a direct message. If both fail, it calls `lost`."""

    client: WebClient
    user: str
    first: Say
    lost: Callable[[], None] = lambda: None

    def __call__(self, text: str, blocks: list[Block]) -> None:
        try:
            self.first(text, blocks)
        except FAILURES as error:
            log.warning("the first way to answer failed (%s): sending a direct message", type(error).__name__)
            self._directly(text, blocks)

    def _directly(self, text: str, blocks: list[Block]) -> None:
        # In the end it sends the text alone: what Slack cannot draw is better told in plain words than not at all.
        for drawn in (blocks, []):
            try:
                direct(self.client, self.user)(text, drawn)
                return
            except FAILURES as error:
                log.error("an answer could not be given: %s", type(error).__name__)
        self.lost()


class Patience:
    """A way to answer that sends `words` first if the answer takes longer than `seconds`.

    It does not send them at once: a response to a slash command can never be replaced, so they would stay there for
    ever.
    """

    def __init__(self, first: Say, seconds: float, words: str) -> None:
        self._first, self._words = first, words
        self._turn, self._answered = threading.Lock(), False  # the lock keeps `words` from being sent after the answer
        self._timer = threading.Timer(seconds, self._lasts)
        self._timer.daemon = True
        self._timer.start()

    def __call__(self, text: str, blocks: list[Block]) -> None:
        """Send the answer."""
        self._timer.cancel()
        with self._turn:
            self._answered = True
        self._first(text, blocks)

    def _lasts(self) -> None:
        with self._turn:
            if not self._answered:
                try:
                    self._first(self._words, [])
                except FAILURES as error:
                    log.info("nobody could be told that it takes a while: %s", type(error).__name__)


def by_url(url: str) -> Say:
    """Answer only this person, by the `response_url` of their command or click."""

    def say(text: str, blocks: list[Block]) -> None:
        # replace_original: a click on a card must never replace the card that everybody reads.
        sent = WebhookClient(url, timeout=10).send(
            text=text, blocks=blocks, response_type="ephemeral", replace_original=False
        )
        if sent.status_code != 200:
            raise SlackClientError(f"response_url: {sent.status_code}")

    return say


def in_modal(client: WebClient, view_id: str, title: str) -> Say:
    """Answer in the modal that is open."""

    def say(_text: str, blocks: list[Block]) -> None:
        client.views_update(view_id=view_id, view=modal(title, blocks))

    return say


class FormAnswer:
    """The answer to a submitted form, in its own modal.

    Slack replaces the modal by what the acknowledgement carries, and closes it where that carries nothing. An update
    that is sent at the same time may arrive first, and would then be lost. So an answer that is ready in time goes with
    the acknowledgement, and a later one waits until that has certainly arrived. Nothing later can close the modal.
    """

    def __init__(self, client: WebClient, view_id: str, title: str) -> None:
        self._client, self._view_id, self._title = client, view_id, title
        self._turn = threading.Condition()
        self._ready: Block | None = None  # what to acknowledge with, once it is known
        self._acknowledged: float | None = None  # seconds of the monotonic clock

    def acknowledgement(self, waits: Block, seconds: float = ANSWER_SOON) -> Block:
        """Return what to acknowledge with: the answer if it is ready within `seconds`, else the modal `waits`."""
        with self._turn:
            self._turn.wait_for(lambda: self._ready is not None, seconds)
            self._acknowledged = time.monotonic()
            return _instead(waits) if self._ready is None else self._ready

    def close(self) -> bool:
        """Close the modal, and return whether that was still possible."""
        return self._goes_with_acknowledgement({})

    def __call__(self, _text: str, blocks: list[Block]) -> None:
        """Answer at length."""
        self.show(modal(self._title, blocks))

    def show(self, view: Block) -> None:
        """Put this modal in the form's place. Raises SlackApiError, for example where the form was closed."""
        if self._goes_with_acknowledgement(_instead(view)):
            return
        assert self._acknowledged is not None
        time.sleep(max(0.0, self._acknowledged + ARRIVES - time.monotonic()))
        self._client.views_update(view_id=self._view_id, view=view)

    def _goes_with_acknowledgement(self, ready: Block) -> bool:
        with self._turn:
            if self._acknowledged is not None:
                return False
            self._ready = ready
            self._turn.notify_all()
            return True


def _instead(view: Block) -> Block:
    return {"response_action": "update", "view": view}


def in_thread(client: WebClient, channel: str, thread: str) -> Say:
    """Answer in the thread, for everybody who reads it."""

    def say(text: str, blocks: list[Block]) -> None:
        client.chat_postMessage(channel=channel, thread_ts=thread, text=text, blocks=blocks)

    return say


def only_you(client: WebClient, channel: str, user: str, thread: str | None = None) -> Say:
    """Answer one person in the channel.

    Slack does not guarantee that it arrives; Answer sends a direct message if it fails.
    """

    def say(text: str, blocks: list[Block]) -> None:
        client.chat_postEphemeral(channel=channel, user=user, thread_ts=thread, text=text, blocks=blocks)

    return say


def direct(client: WebClient, user: str) -> Say:
    """Answer by a direct message."""

    def say(text: str, blocks: list[Block]) -> None:
        channel = client.conversations_open(users=user)["channel"]["id"]
        client.chat_postMessage(channel=channel, text=text, blocks=blocks)

    return say
