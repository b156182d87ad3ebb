"""The port for Slack's HTTP requests: where it listens, and what those do to it who send nothing."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from slack_bolt import App

from bot.simulator.stage import free_port
from bot.slack import server
from bot.slack.http import PATH
from bot.slack.socket_mode import LastHeard
from bot.store import Store
from tests.store.given import Clock
from tests.support import databases

HALF_OPEN = 500


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """A port that is served with the default address."""
    store, number = Store(databases.fresh_sqlite(folder / "pairkeeper.db"), Clock()), free_port()
    app = App(token="xoxb-none", signing_secret="s", token_verification_enabled=False)
    close = server.serve_http(app, "s", store, number, LastHeard())
    try:
        yield number
    finally:
        close()
        store.engine.dispose()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with served(tmp_path) as number:
        yield number


def status(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", PATH, b"{}")
    return connection.getresponse().status


def test_half_open_connections_keep_nobody_out(port: int) -> None:
    """They are answered beside them, and not when those before them have been let go."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(HALF_OPEN)
        ]
        for client in clients[::2]:
            client.sendall(b"POST /slack/events HTTP/1.1\r\nContent-Le")
        assert status(port) == 401, "it is not signed, and it was read"
        clients[-1].setblocking(False)
        with pytest.raises(BlockingIOError):  # still open
            clients[-1].recv(1)


def test_who_says_nothing_more_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENCE", 1)
    with served(tmp_path) as port, socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"POST /slack/events HTTP/1.1\r\n")
        assert client.recv(1) == b""


def test_it_listens_on_loopback_alone(port: int) -> None:
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=60):
        pass
