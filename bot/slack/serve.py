"""Slack's HTTP requests, where the bot does not go and fetch by Socket Mode what there is to hear."""

import threading
from collections.abc import Callable

import waitress
from slack_bolt import App
from waitress import wasyncore

from bot.slack.ear import Heard
from bot.slack.http import LARGEST, Gate
from bot.store import Store

HTTP_THREADS = 16


def serve_http(app: App, secret: str, store: Store, port: int, heard: Heard) -> Callable[[], None]:
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
    # Not server.close(): that closes its trigger, too, while requests under way still pull it, by then somebody else's.
    return lambda: wasyncore.dispatcher.close(server)
