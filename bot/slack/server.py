"""The server for Slack's HTTP requests, used where the bot does not connect by Socket Mode."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import waitress
from slack_bolt import App
from waitress import wasyncore

from bot.slack.http import LARGEST, Gate
from bot.slack.socket_mode import LastHeard
from bot.store import Store

HTTP_THREADS = 16
CLOSING = 5.0  # seconds at most that closing the server may take


def serve_http(app: App, secret: str, store: Store, port: int, heard: LastHeard) -> Callable[[], None]:
    """Start listening for Slack's signed requests. Returns a function that closes the server."""
    server = waitress.create_server(
        Gate(app, secret, store, heard),
        host="0.0.0.0",
        port=port,
        threads=HTTP_THREADS,
        ident=None,
        max_request_body_size=LARGEST,
    )
    threading.Thread(target=server.run, name="http", daemon=True).start()
    return partial(close_server, server)


def close_server(server: Any) -> None:
    """Accept no more connections; requests under way are finished.

    The socket is closed in the loop's own thread: the loop would die if another thread closed the socket that it waits
    on. `server.close()` would also close the trigger, which requests under way still pull; its descriptor might belong
    to something else by then.
    """
    closed = threading.Event()

    def close() -> None:
        wasyncore.dispatcher.close(server)
        closed.set()

    server.trigger.pull_trigger(close)
    closed.wait(CLOSING)
