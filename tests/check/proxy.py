"""A proxy before the local Slack that spoils the answers of some methods, as those between an office and Slack do."""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<html><body>Your session has expired</body></html>"


@contextmanager
def proxy(api_url: str, spoilt: dict[str, str]) -> Iterator[str]:
    """The base URL of a proxy to this one. `spoilt` says what comes of a method: html, reset, hang, or cut."""

    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            method, body = self.path.rsplit("/", 1)[-1], self.rfile.read(int(self.headers["Content-Length"] or 0))
            match spoilt.get(method):
                case None:
                    self._pass_on(method, body)
                case "html":
                    self._answer(200, "text/html", PAGE)
                case "cut":
                    self._answer(200, "application/json", b'{"ok"', longer=90)
                case "hang":
                    over.wait()
                case _:
                    self.connection.close()

        do_GET = do_POST

        def _pass_on(self, method: str, body: bytes) -> None:
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if self.headers[name]}
            asked = urllib.request.Request(api_url + method, body, kept)
            with urllib.request.urlopen(asked) as answer:
                scopes = answer.headers.get("X-OAuth-Scopes", "")
                self._answer(answer.status, "application/json", answer.read(), scopes=scopes)

        def _answer(self, status: int, kind: str, body: bytes, longer: int = 0, scopes: str = "") -> None:
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("X-OAuth-Scopes", scopes)):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + longer))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/api/"
    over.set()
    server.shutdown()
    server.server_close()
