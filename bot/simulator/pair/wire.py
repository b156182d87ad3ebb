"""The network before one simulated server: a loopback port whose bytes pass, wait, or meet nobody.

Faults are made here and not in the SSH server, so that they are the same before any SSH server.
"""

import asyncio
import contextlib
import socket
import struct
from enum import Enum, auto

_RESET = struct.pack("ii", 1, 0)


class Mode(Enum):
    """What becomes of bytes and of new connections."""

    OPEN = auto()
    HELD = auto()  # TCP lives, nothing answers: a frozen machine
    DARK = auto()  # not even TCP answers: a dead machine, or a cut network
    REFUSED = auto()  # TCP answers that nobody listens


class Wire:
    """A fixed loopback port in front of a server that may move. Belongs to one event loop.

    Bytes held back are delivered when the wire opens again, as TCP would send them again.
    """

    def __init__(self) -> None:
        # Bound, never listening: it keeps the number ours while nobody listens on it.
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]
        self.target: tuple[str, int] | None = None
        self._mode = Mode.REFUSED
        self._flow = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._deaf: list[socket.socket] = []
        self._calls: dict[asyncio.StreamWriter, asyncio.StreamWriter | None] = {}

    async def set(self, mode: Mode) -> None:
        """Change what happens here; connections that were open stay so, but for REFUSED."""
        if mode is self._mode:
            return
        self._mode = mode
        listening = mode in (Mode.OPEN, Mode.HELD)
        if not listening and self._server is not None:
            self._server.close()
            self._server = None
        self._hear()
        match mode:
            case Mode.DARK:
                self._deafen()
            case Mode.REFUSED:
                self.reset()
            case _ if self._server is None:
                self._server = await asyncio.start_server(self._carry, sock=_bound(self.port))
        self._flow.set() if mode is Mode.OPEN else self._flow.clear()

    def reset(self) -> None:
        """Drop every connection, as a machine does that has just started and knows none of them."""
        for client in list(self._calls):
            _reset(client)
        self.forsake()

    def forsake(self) -> None:
        """Drop the server's ends only: the clients learn of it when the wire opens again."""
        for backend in list(self._calls.values()):
            if backend is not None:
                _reset(backend)

    def release(self) -> None:
        """Give the port back; the wire must be REFUSED, or never set."""
        self._holder.close()

    async def _carry(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._calls[client] = None
        backend: asyncio.StreamWriter | None = None
        try:
            await self._flow.wait()
            host, port = self.target or ("127.0.0.1", 0)
            source, backend = await asyncio.open_connection(host, port)
            self._calls[client] = backend
            pumps = {
                asyncio.ensure_future(self._pump(reader, backend)),
                asyncio.ensure_future(self._pump(source, client)),
            }
            _, rest = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in rest:
                pump.cancel()
            await self._flow.wait()
        except (OSError, asyncio.CancelledError):
            pass  # the server is not there, or the lab is closing: the client is dropped below
        finally:
            del self._calls[client]
            for end in (client, backend):
                if end is not None:
                    end.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._flow.wait()
                sink.write(data)
                await sink.drain()

    def _deafen(self) -> None:
        """Fill a listener's queue: the kernel then drops whatever knocks, and connecting times out."""
        listener = _bound(self.port)
        listener.listen(1)
        self._deaf.append(listener)
        for _ in range(256):
            knock = socket.socket()
            knock.settimeout(0.05)
            self._deaf.append(knock)
            try:
                knock.connect(("127.0.0.1", self.port))
            except OSError:
                return

    def _hear(self) -> None:
        for each in self._deaf:
            each.close()
        self._deaf.clear()


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    return sock


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
