"""`pairkeeper check` tells how the bot itself is watched, and how the one on this machine is."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.check.process import watched
from bot.settings import Settings, read_environment
from bot.simulator.stage import free_port
from bot.store import Store, canaries

BASE = {"PAIRKEEPER_CONFIG": "/etc/pairkeeper.toml", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


def settings(**more: str) -> Settings:
    return read_environment(BASE | {"PAIRKEEPER_METRICS_PORT": "0"} | more)


def told(found: Settings, store: Store | None = None) -> dict[str, tuple[bool, str]]:
    return {one.what: (one.right, one.words) for one in watched(found, store)}


def test_nothing_set_is_right_and_says_what_is_missing() -> None:
    found = told(settings())
    assert all(one.missing for one in watched(settings(), None))
    assert all(right for right, _ in found.values())
    assert "no PAIRKEEPER_CANARY_CHANNEL" in found["canary"][1]
    assert "no PAIRKEEPER_ALARM_URLS" in found["second way out"][1]
    assert "no PAIRKEEPER_HEARTBEAT_URL" in found["heartbeat"][1]
    assert "PAIRKEEPER_METRICS_PORT is 0" in found["bot"][1]


def test_what_is_set_is_told_without_its_secrets() -> None:
    urls = {"PAIRKEEPER_ALARM_URLS": "json://hooks.example/k3y-0123456789", "PAIRKEEPER_HEARTBEAT_URL": "https://h/k3y"}
    found = told(settings(**urls))
    assert found["second way out"] == (True, "1 set: json")
    assert "every minute" in found["heartbeat"][1]
    assert "k3y" not in str(found)
    missing = {one.what for one in watched(settings(**urls), None) if one.missing}
    assert missing == {"canary", "bot"}


def test_an_address_that_nobody_understands_is_wrong() -> None:
    right, words = told(settings(PAIRKEEPER_ALARM_URLS="nonsense://k3y-0123456789"))["second way out"]
    assert not right
    assert "does not understand number 1" in words
    assert "k3y" not in words


def test_the_canary_is_told_of(database_url: str) -> None:
    from bot.wiring import now

    store = Store(database_url, now)
    found = settings(PAIRKEEPER_CANARY_CHANNEL="C0CANARY")
    assert told(found, store)["canary"] == (True, "every 60 s, none has come back yet")
    canaries.back(store, canaries.send(store, "C0CANARY", "17.1", "a"), "C0CANARY", "17.1", "a")
    assert "the last came back" in told(found, store)["canary"][1]
    store.engine.dispose()


@pytest.fixture
def page() -> Iterator[dict[str, Any]]:
    """A bot's own page on this machine; what it says is what the test puts in."""
    said: dict[str, Any] = {"status": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(said["status"])
            self.end_headers()
            self.wfile.write(said["body"] if "body" in said else json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said["port"] = str(server.server_address[1])
    yield said
    server.shutdown()
    server.server_close()


def test_the_running_bot_is_asked(page: dict[str, Any]) -> None:
    found = settings(PAIRKEEPER_METRICS_PORT=page["port"])
    page |= {"ready": True, "troubles": {}, "says": "last envelope 3 s ago"}
    assert told(found)["bot"] == (True, "ready: last envelope 3 s ago")
    page |= {"status": 503, "ready": False, "troubles": {"deaf": "has heard nothing"}}
    assert told(found)["bot"] == (False, "has heard nothing")
    page |= {"troubles": {}}
    assert told(found)["bot"] == (False, "is not ready: last envelope 3 s ago")


@pytest.mark.parametrize("status", [200, 404, 503])
def test_another_programs_page_is_no_bot(page: dict[str, Any], status: int) -> None:
    page |= {"status": status, "body": b"<html>"}
    right, words = told(settings(PAIRKEEPER_METRICS_PORT=page["port"]))["bot"]
    assert right
    assert words.startswith("not running: nothing answers on 127.0.0.1:")


def test_no_bot_runs() -> None:
    assert told(settings(PAIRKEEPER_METRICS_PORT=str(free_port())))["bot"][0]
