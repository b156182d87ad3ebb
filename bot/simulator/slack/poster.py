"""HTTP mode: signed POST requests to the app's request URL."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp

from .envelope import Envelope, Undelivered
from .errors import Json


class Poster:
    """Posts envelopes to one URL, signed as Slack signs them (v0)."""

    def __init__(self, signing_secret: str) -> None:
        self._secret = signing_secret.encode()
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, url: str, envelope: Envelope, attempt: int, seconds: float) -> Json:
        """Post and return what the answer carried; raises Undelivered unless it is a 200 in time."""
        body = _body(envelope)
        headers = {**_headers(envelope, attempt), **self.signed(body, int(time.time()))}
        envelope.captured = (body, headers)
        return await self.post(url, body, headers, seconds)

    async def post(self, url: str, body: bytes, headers: dict[str, str], seconds: float) -> Json:
        """Post exactly this; raises Undelivered unless a 200 comes back within ``seconds``."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.post(url, data=body, headers=headers, timeout=limit) as response:
                text = await response.text()
        except TimeoutError:
            raise Undelivered("operation_timeout") from None
        except aiohttp.ClientError:
            raise Undelivered("dispatch_failed") from None
        if response.status != 200:
            raise Undelivered("dispatch_failed")
        return _answer(text, response.content_type)

    def signed(self, body: bytes, timestamp: int) -> dict[str, str]:
        """Return the two headers by which the app knows the sender; ``timestamp`` in Unix seconds."""
        # The clock on the wall, not the workspace's: the app compares it with its own.
        digest = hmac.new(self._secret, b"v0:%d:%b" % (timestamp, body), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def _body(envelope: Envelope) -> bytes:
    if envelope.kind == "events_api":
        return json.dumps(envelope.payload).encode()
    if envelope.kind == "interactive":
        return urlencode({"payload": json.dumps(envelope.payload)}).encode()
    return urlencode(envelope.payload).encode()


def _headers(envelope: Envelope, attempt: int) -> dict[str, str]:
    is_event = envelope.kind == "events_api"
    headers = {
        "Content-Type": "application/json" if is_event else "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }
    if attempt:
        headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
    return headers


def _answer(text: str, content_type: str) -> Json:
    if not text.strip():
        return {}
    if content_type == "application/json":
        try:
            said = json.loads(text)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}
    return {"text": text}
