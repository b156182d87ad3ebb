"""Slack's HTTP requests, where the bot does not go and fetch by Socket Mode what there is to hear."""

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
CLOSING = 5.0  # seconds at most


def serve_http(app: App, secret: str, store: Store, port: int, heard: LastHeard) -> Callable[[], None]:
    """Listen for Slack's signed requests; returns how to close it."""
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
    """Take no more connections; those that are there are served on.

    In the loop's own thread, which would die of a socket that is closed while it waits for it. Not `server.close()`:
    that closes its trigger, too, which requests under way still pull, by then in somebody else's descriptor.
    """
    closed = threading.Event()

    def close() -> None:
        wasyncore.dispatcher.close(server)
        closed.set()

    server.trigger.pull_trigger(close)
    closed.wait(CLOSING)
