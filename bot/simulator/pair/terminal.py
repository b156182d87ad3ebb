"""The far end of one session: what an appliance's command reads from and writes to."""

import asyncio
from abc import ABC, abstractmethod


class Terminal(ABC):
    """Lines in, text out, and the ways in which a session can end. Belongs to one event loop."""

    def __init__(self) -> None:
        self.pty = False
        self.hung_up = asyncio.Event()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._partial = ""

    async def read_line(self) -> str | None:
        """The next line without its end, or None when no more can come."""
        line = await self._lines.get()
        if line is None:
            self._lines.put_nowait(None)
        return line

    def feed(self, text: str) -> None:
        """Take in what the client sent."""
        *whole, self._partial = (self._partial + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole:
            self._lines.put_nowait(line)

    def feed_end(self) -> None:
        """The client will send no more; it may still be listening."""
        self._lines.put_nowait(None)

    def hang_up(self) -> None:
        """The client is gone."""
        self.hung_up.set()
        self.feed_end()

    @abstractmethod
    def write(self, text: str, *, error: bool = False) -> None:
        """Print; silently nothing when the client is gone."""

    @abstractmethod
    def exit(self, code: int) -> None:
        """End the session with this exit code."""

    @abstractmethod
    def kill(self) -> None:
        """End the session as if its process was killed by a signal: the client gets no exit code."""

    @abstractmethod
    def cut(self) -> None:
        """Drop the whole connection without a word."""
