"""The two ways in which Slack reaches the bot: a socket of ours, or HTTP requests of theirs."""

import logging
import threading
from collections.abc import Callable

import waitress
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

from bot.slack.http import LARGEST, Gate
from bot.store import Store

PING = 3.0  # seconds: with the default a dropped Socket Mode connection goes unnoticed for most of a minute
HTTP_THREADS = 16

log = logging.getLogger(__name__)


def serve_socket(app: App, token: str, stop: threading.Event) -> Callable[[], None]:
    """Connect by Socket Mode, however long Slack is away; returns how to close it."""
    handler = SocketModeHandler(app, token, ping_interval=PING)
    threading.Thread(target=_connect, args=(handler, stop), name="connect", daemon=True).start()
    return lambda: handler.close()  # type: ignore[no-untyped-call]


def _connect(handler: SocketModeHandler, stop: threading.Event) -> None:
    wait = 1.0
    while not stop.is_set():
        try:
            handler.connect()  # type: ignore[no-untyped-call]
            return
        except Exception as error:
            log.warning("Slack cannot be reached (%s): again in %.0f s", type(error).__name__, wait)
            stop.wait(wait)
            wait = min(wait * 2, 30.0)


def serve_http(app: App, secret: str, store: Store, port: int) -> Callable[[], None]:
    """Listen for Slack's signed requests; returns how to close it."""
    server = waitress.create_server(
        Gate(app, secret, store),
        host="0.0.0.0",
        port=port,
        threads=HTTP_THREADS,
        ident=None,
        max_request_body_size=LARGEST,
    )
    threading.Thread(target=server.run, name="http", daemon=True).start()
    return lambda: server.close()
