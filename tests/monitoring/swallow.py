"""A TCP proxy that can begin to swallow everything without a word, as a firewall does that forgot a connection."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

from bot.simulator.slack import LocalSlack


class Swallow:
    """Stands before one server; start with `with Swallow(url) as proxy`, and go to `proxy.url`."""

    def __init__(self, url: str, host: str = "127.0.0.1") -> None:
        self._to = urlsplit(url)
        self._door = socket.create_server((host, 0))
        self._lines: list[tuple[socket.socket, socket.socket, threading.Event]] = []
        self.all = False  # new connections, too
        self.opened = 0
        self._passes = threading.Event()
        self._passes.set()

    @property
    def url(self) -> str:
        host, port = self._door.getsockname()
        return f"http://{host}:{port}"

    def before(self, slack: LocalSlack) -> None:
        """Have this Slack name the proxy's address as its own, also for sockets."""
        slack.now(lambda w: setattr(w, "url", self.url))

    def swallow(self, new: bool = False) -> None:
        """From now on nothing passes on the connections that there are, nor on new ones if `new`; all stay open."""
        self.all = new
        for *_, mute in self._lines:
            mute.set()

    def hold(self) -> None:
        """From now on everything waits, and passes once it is healed."""
        self._passes.clear()

    def heal(self) -> None:
        """New connections work again, and what was held passes."""
        self.all = False
        self._passes.set()

    def __enter__(self) -> "Swallow":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._door, *(end for line in self._lines for end in line[:2])):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._door.accept()
                there = socket.create_connection((str(self._to.hostname), int(self._to.port or 80)))
                mute = threading.Event()
                if self.all:
                    mute.set()
                self.opened += 1
                self._lines.append((here, there, mute))
                for source, sink in ((here, there), (there, here)):
                    threading.Thread(target=_pump, args=(source, sink, mute, self._passes), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, mute: threading.Event, passes: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            passes.wait()
            if not mute.is_set():
                sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)  # as the other end would find out some day by itself
