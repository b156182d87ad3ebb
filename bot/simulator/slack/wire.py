"""The way from Slack to the app: sockets or HTTP, three seconds, and retries for events only."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from .envelope import Delivery, Envelope, Undelivered
from .errors import Json
from .poster import Poster
from .sockets import Sockets

REMEMBERED = 1000  # commands, clicks and forms at most


class Wire:
    """Delivers envelopes; ``event_url`` chooses HTTP mode, None chooses Socket Mode.

    ``ack_seconds`` is how long the app has to acknowledge, ``retry_delays`` the seconds before each of the
    retries of an unacknowledged event. Nothing is delivered while Slack is ``away``.
    """

    def __init__(
        self,
        sockets: Sockets,
        poster: Poster,
        away: Callable[[], bool],
        ack_seconds: float,
        retry_delays: tuple[float, ...],
    ) -> None:
        self.sockets = sockets
        self.poster = poster
        self.event_url: str | None = None
        self._away = away
        self._ack_seconds = ack_seconds
        self._retry_delays = retry_delays
        self._later: set[asyncio.Task[Delivery]] = set()
        # Commands, clicks and forms that the app acknowledged: when each was sent, in Unix seconds, and what it says.
        self.taken: deque[tuple[float, Json]] = deque(maxlen=REMEMBERED)

    async def send(self, envelope: Envelope) -> Delivery:
        """Deliver, retrying an event as Slack does, and return what became of it."""
        delivery, at = Delivery(envelope), time.time()
        delays = (0.0, *self._retry_delays) if envelope.kind == "events_api" else (0.0,)
        for attempt, delay in enumerate(delays):
            await asyncio.sleep(delay)
            await self._try(delivery, attempt)
            if delivery.acked:
                break
        if delivery.acked and envelope.kind != "events_api":
            self.taken.append((at, envelope.payload))
        return delivery

    def send_later(self, envelope: Envelope) -> None:
        """Deliver without keeping whoever caused it waiting."""
        task = asyncio.get_running_loop().create_task(self.send(envelope))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def close(self) -> None:
        """Give up what is still to be delivered."""
        for task in self._later:
            task.cancel()

    async def replay(self, delivery: Delivery) -> Delivery:
        """Send a delivery's envelope again, byte for byte where it was an HTTP request."""
        again = Delivery(delivery.envelope)
        await self._try(again, 0, delivery.envelope.captured)
        return again

    async def _try(
        self, delivery: Delivery, attempt: int, captured: tuple[bytes, dict[str, str]] | None = None
    ) -> None:
        started = time.monotonic()
        delivery.attempts += 1
        try:
            delivery.answer = await self._carry(delivery.envelope, attempt, captured)
            delivery.acked, delivery.error = True, None
        except Undelivered as failure:
            delivery.error = str(failure)
        delivery.seconds = time.monotonic() - started

    async def _carry(self, envelope: Envelope, attempt: int, captured: tuple[bytes, dict[str, str]] | None) -> Json:
        if self._away():
            raise Undelivered("dispatch_failed")
        if self.event_url is None:
            return await self.sockets.deliver(envelope, attempt, self._ack_seconds)
        if captured:
            return await self.poster.post(self.event_url, *captured, self._ack_seconds)
        return await self.poster.deliver(self.event_url, envelope, attempt, self._ack_seconds)
