"""Slack's HTTP requests at `/slack/events`: those too large, unsigned, stale or replayed never reach Bolt."""

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

LARGEST = 1 << 20  # bytes; Slack's own payloads are far smaller

PATH = "/slack/events"

STAMP = re.compile(r"^[0-9]{1,12}$", re.ASCII)

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Start = Callable[..., Any]


class Gate:
    """A WSGI application in front of Bolt's, which checks each request first."""

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
        """Return the HTTP status with which this request is refused, or None to let it pass."""
        if environ.get("PATH_INFO") != PATH:
            return "404 Not Found"
        if environ.get("REQUEST_METHOD") != "POST":
            return "405 Method Not Allowed"
        body = _body(environ)
        if body is None:
            return "413 Content Too Large"
        stamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        # Checked before Bolt, which answers a timestamp that is not a number with a traceback, and logs the body of a
        # badly signed request.
        if not STAMP.match(stamp) or not self._signed(body, stamp, signature):
            return "401 Unauthorized"
        return "409 Conflict" if self._replayed(signature) else None

    def _signed(self, body: bytes, stamp: str, signature: str) -> bool:
        try:
            return self._verifier.is_valid(body, stamp, signature)
        except (UnicodeDecodeError, TypeError):  # the body is not text, or the signature is not ASCII
            return False

    def _replayed(self, signature: str) -> bool:
        try:
            return not outbox.first_time(self._store, signature)
        except Refusal:
            return False  # nothing can be stored, so a replay can do no harm; its sender is told why


def _say(start: Start, status: str) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain")])
    return [status.encode()]


def _body(environ: Environ) -> bytes | None:
    """Read the request's body and put it back for Bolt to read.

    Returns None if it is too large or its length is not a number.
    """
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return None
    if not 0 <= length <= LARGEST:
        return None
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body
