"""The local port with /healthz, /readyz and /metrics, which listens on this machine only."""

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import waitress
from prometheus_client import CollectorRegistry, make_wsgi_app

from bot.monitoring.senses import VitalSignReader

HOST = "127.0.0.1"
STILL = 30.0  # seconds without a round of the self-monitor, after which the process does not count as alive

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Start = Callable[..., Any]


class Port:
    """A WSGI application, and its server if the port is free."""

    def __init__(self, senses: VitalSignReader, registry: CollectorRegistry) -> None:
        self._senses = senses
        self._metrics = make_wsgi_app(registry)
        self._server: Any = None

    def start(self, port: int) -> int:
        """Listen, unless the port is 0 or taken. Returns the port, or 0 if nothing listens."""
        if not port:
            return 0
        try:
            self._server = waitress.create_server(self, host=HOST, port=port, threads=2, ident=None)
        except OSError as error:
            words = "%s:%d cannot be had (%s): going on without /healthz, /readyz and /metrics"
            log.warning(f"{words}. Set PAIRKEEPER_METRICS_PORT.", HOST, port, error.strerror)
            return 0
        threading.Thread(target=self._serve, name="port", daemon=True).start()
        return port

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # `stop` closes the socket from another thread
            self._server.run()

    def stop(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return _say(start, "405 Method Not Allowed", {})
        match environ.get("PATH_INFO"):
            case "/metrics":
                body: Iterable[bytes] = self._metrics(environ, start)
                return body
            case "/healthz":
                alive = self._senses.age() < STILL
                return _say(start, "200 OK" if alive else "503 Service Unavailable", {"alive": alive})
            case "/readyz":
                ready = readiness(self._senses)
                return _say(start, "200 OK" if ready["ready"] else "503 Service Unavailable", ready)
            case _:
                return _say(start, "404 Not Found", {})


def readiness(senses: VitalSignReader) -> dict[str, Any]:
    """Return whether the bot can do its work, its troubles, and its vital signs."""
    vitals = senses.vitals()
    ready = vitals.ready() and senses.age() < STILL and not senses.stopping
    return {"ready": ready, "troubles": vitals.troubles(), "says": vitals.line(), "vitals": asdict(vitals)}


def _say(start: Start, status: str, facts: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(facts or {"error": status}, ensure_ascii=False, default=str).encode() + b"\n"
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
