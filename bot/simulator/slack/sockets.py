"""Socket Mode: up to ten WebSockets, each envelope to one of them."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from aiohttp import WSMessage, WSMsgType, web

from .envelope import Envelope, Undelivered
from .errors import Json
from .grants import Grants

MOST_SOCKETS = 10
SECONDS_PER_SOCKET = 18_060
HEARTBEAT = 10.0  # seconds of silence until the app is pinged; half of it later it is cut off
Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


@dataclass(eq=False)
class Socket:
    """One connection of the app; a ``mute`` one stays open and does nothing, as when a network dies."""

    ws: web.WebSocketResponse
    request: web.Request
    mute: bool = False
    envelopes: int = 0


class Sockets:
    """The connections of the one app, used in turn; `opened` counts all that there ever were."""

    def __init__(self, grants: Grants, app_id: str) -> None:
        self._grants = grants
        self._app_id = app_id
        self._open: list[Socket] = []
        self.opened = 0
        self._waiting: dict[str, asyncio.Future[Json]] = {}

    def counts(self) -> list[int]:
        """Return how many envelopes went to each open socket."""
        return [socket.envelopes for socket in self._open]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one WebSocket from its ticket to its end."""
        if not self._grants.admits(request.query.get("ticket", "")):
            raise web.HTTPForbidden(text="this ticket was used already")
        ws = web.WebSocketResponse(autoping=False, heartbeat=HEARTBEAT)
        await ws.prepare(request)
        if len(self._open) >= MOST_SOCKETS:
            await ws.send_json(_farewell("too_many_websockets"))
            await ws.close()
            return ws
        socket = Socket(ws, request)
        self._open.append(socket)
        self.opened += 1
        try:
            await ws.send_json(self._hello())
            async for message in ws:
                await self._hear(socket, message)
        finally:
            self._forget(socket)
        return ws

    async def deliver(self, envelope: Envelope, attempt: int, seconds: float) -> Json:
        """Send to the next socket in turn and return what the acknowledgement carried; raises Undelivered."""
        if not self._open:
            raise Undelivered("dispatch_failed")
        socket = self._open.pop(0)
        self._open.append(socket)
        socket.envelopes += 1
        acked: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope.id] = acked
        try:
            if not socket.mute:
                await socket.ws.send_json(_wrapped(envelope, attempt))
            return await asyncio.wait_for(acked, seconds)
        except TimeoutError:
            raise Undelivered("operation_timeout") from None
        except ConnectionError:
            raise Undelivered("dispatch_failed") from None
        finally:
            self._waiting.pop(envelope.id, None)

    async def disconnect(self, reason: Reason) -> None:
        """Announce the end to every socket; with ``warning`` they stay open, else they are closed."""
        for socket in list(self._open):
            await socket.ws.send_json(_farewell(reason))
            if reason != "warning":
                self._forget(socket)
                await socket.ws.close()

    def drop(self) -> None:
        """Cut every connection without a word."""
        for socket in list(self._open):
            self._forget(socket)
            if transport := socket.request.transport:
                transport.abort()

    def mute(self) -> None:
        """Leave the connections of this moment open, and neither hear nor say anything on them again."""
        for socket in self._open:
            socket.mute = True

    async def _hear(self, socket: Socket, message: WSMessage) -> None:
        if socket.mute:
            return
        if message.type is WSMsgType.PING:
            with suppress(ConnectionError):  # it may have been cut since
                await socket.ws.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            self._take_ack(message.data)

    def _take_ack(self, text: str) -> None:
        try:
            said = json.loads(text)
        except ValueError:
            return
        acked = self._waiting.get(said.get("envelope_id", "")) if isinstance(said, dict) else None
        if acked and not acked.done():
            acked.set_result(said.get("payload") or {})

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {
                "host": "applink-local",
                "started": "",
                "build_number": 1,
                "approximate_connection_time": SECONDS_PER_SOCKET,
            },
        }

    def _forget(self, socket: Socket) -> None:
        if socket in self._open:
            self._open.remove(socket)


def _wrapped(envelope: Envelope, attempt: int) -> Json:
    wrapped = {
        "envelope_id": envelope.id,
        "type": envelope.kind,
        "accepts_response_payload": envelope.answerable,
        "payload": envelope.payload,
    }
    if envelope.kind == "events_api":
        wrapped |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
    return wrapped


def _farewell(reason: Reason) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}
