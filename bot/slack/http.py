"""Slack's requests by HTTP at `/slack/events`: what is too large, unsigned, stale or a replay never reaches Bolt."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier

from bot.store import Store, posts

LARGEST = 1 << 20  # bytes; Slack's own payloads stay far below

PATH = "/slack/events"

Environ = dict[str, Any]
Start = Callable[..., Any]


class Gate:
    """A WSGI application in front of Bolt's."""

    def __init__(self, app: App, signing_secret: str, store: Store) -> None:
        self._bolt = SlackRequestHandler(app, path=PATH)
        self._verifier = SignatureVerifier(signing_secret)
        self._store = store

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        status = self._refuse(environ)
        if status:
            start(status, [("Content-Type", "text/plain")])
            return [status.encode()]
        answer: Iterable[bytes] = self._bolt(environ, start)
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
        if not stamp.isascii() or not stamp.isdigit() or not self._verifier.is_valid(body, stamp, signature):
            return "401 Unauthorized"
        if not posts.first_time(self._store, signature):
            return "409 Conflict"
        return None


def _body(environ: Environ) -> bytes | None:
    """The body, put back for Bolt to read; None when it is larger than any of Slack's."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return None
    if length > LARGEST:
        return None
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body
