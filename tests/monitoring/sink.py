"""A real HTTP server that keeps what it is sent: where alarms and heartbeats go in the tests."""

import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Sink:
    """Start with `with Sink() as sink`; `status` is what it answers.

    It hears only what is sent to its own `place`: its port may have been another server's a moment ago, and somebody
    still speaks to that one.
    """

    def __init__(self) -> None:
        self._own = f"/{secrets.token_hex(4)}"
        self.heard: list[tuple[float, str, Any]] = []
        self.status = 200
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if sink.status == 200 and self.path.startswith(sink._own):
                    path = self.path.removeprefix(sink._own)
                    sink.heard.append((time.monotonic(), path, json.loads(body) if body else None))
                self.send_response(sink.status)
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                """Quietly."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def place(self) -> str:
        """Host and port, and the beginning of its paths."""
        return f"127.0.0.1:{self._server.server_address[1]}{self._own}"

    def titles(self) -> list[str]:
        """The titles of the alarms that came, in order."""
        return [body["title"] for _, _, body in self.heard if body]

    def bodies(self) -> list[str]:
        """The words of the alarms that came, in order."""
        return [body["message"] for _, _, body in self.heard if body]

    def __enter__(self) -> "Sink":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
