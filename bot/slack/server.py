"""The server for Slack's HTTP requests, used where the bot does not connect by Socket Mode."""

import resource
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
CONNECTIONS = 1000  # open at once at most; one that sends nothing holds no thread, only its place among these
SILENCE = 10  # seconds after which a connection that says nothing more is closed; Slack's requests take less than one
DESCRIPTORS = 4 * CONNECTIONS  # files and connections that the process may have open, where its limits allow it


def serve_http(
    app: App, secret: str, store: Store, port: int, heard: LastHeard, address: str = "127.0.0.1"
) -> Callable[[], None]:
    """Start listening for Slack's signed requests. Returns a function that closes the server."""
    server = waitress.create_server(
        Gate(app, secret, store, heard),
        host=address,
        port=port,
        threads=HTTP_THREADS,
        ident=None,
        max_request_body_size=LARGEST,
        connection_limit=min(CONNECTIONS, _descriptors() // 2),
        channel_timeout=SILENCE,
        cleanup_interval=SILENCE // 2,
        asyncore_use_poll=True,
    )
    threading.Thread(target=server.run, name="http", daemon=True).start()
    return partial(close_server, server)


def _descriptors() -> int:
    """Let the process have enough open for all connections and its own work; return how many it may have."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = max(now, DESCRIPTORS if most == resource.RLIM_INFINITY else min(DESCRIPTORS, most))
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return allowed


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
