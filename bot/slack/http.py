"""Slack's requests by HTTP at `/slack/events`: what is too large, unsigned, stale or a replay never reaches Bolt."""

import io
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier

from bot.domain.errors import Refusal
from bot.slack.socket_mode import LastHeard
from bot.store import Store, outbox

LARGEST = 1 << 20  # bytes; Slack's own payloads stay far below

PATH = "/slack/events"

STAMP = re.compile(r"^[0-9]{1,12}$", re.ASCII)

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Start = Callable[..., Any]


class Gate:
    """A WSGI application in front of Bolt's."""

    def __init__(self, app: App, signing_secret: str, store: Store, heard: LastHeard | None = None) -> None:
        self._bolt = SlackRequestHandler(app, path=PATH)
        self._verifier = SignatureVerifier(signing_secret)
        self._store = store
        self._heard = heard or LastHeard()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if status := self._refuse(environ):
            return _say(start, status)
        self._heard.envelope()
        try:
            answer: Iterable[bytes] = self._bolt(environ, start)
        except Exception as error:
            log.warning("a signed request could not be read: %s", type(error).__name__)
            return _say(start, "400 Bad Request")
        return answer

    def _refuse(self, environ: Environ) -> str | None:
        """Why this request goes no further, as an HTTP status; None lets it pass."""
        if environ.get("PATH_INFO") != PATH:
            return "404 Not Found"
        if environ.get("REQUEST_METHOD") != "POST":
            return "405 Method Not Allowed"
        body = _body(environ)
        if body is None:
            return "413 Content Too Large"
        stamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        # Bolt answers a timestamp that is no number with a traceback, and logs the body of what is badly signed.
        if not STAMP.match(stamp) or not self._signed(body, stamp, signature):
            return "401 Unauthorized"
        return "409 Conflict" if self._replayed(signature) else None

    def _signed(self, body: bytes, stamp: str, signature: str) -> bool:
        try:
            return self._verifier.is_valid(body, stamp, signature)
        except (UnicodeDecodeError, TypeError):  # bytes that are no text, a signature that is not ASCII
            return False

    def _replayed(self, signature: str) -> bool:
        try:
            return not outbox.first_time(self._store, signature)
        except Refusal:
            return False  # nothing can be written: it can do no harm, and its sender hears why


def _say(start: Start, status: str) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain")])
    return [status.encode()]


def _body(environ: Environ) -> bytes | None:
    """The body, put back for Bolt to read; None when it is larger than any of Slack's."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return None
    if not 0 <= length <= LARGEST:
        return None
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body
