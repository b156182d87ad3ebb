"""What somebody did is never left without an answer, whatever breaks while it is being given."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from http.client import BadStatusLine, HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from sqlalchemy import event

from bot.slack import inbox as own
from bot.slack.orphaned_interactions import OrphanResponder
from bot.slack.replies import Answer
from bot.slack.server import serve_http
from bot.slack.socket_mode import LastHeard
from bot.store import inbox, processes
from bot.store.inbox import Entry
from tests.store.breaking import Sqlite, held_by_another, sqlite
from tests.store.given import Clock
from tests.store.inbox import THIS
from tests.store.others import another
from tests.support.refusals import refused

LINE = Entry("1.2.a", "U0ALICE", "/ha-failover london", "Type it again", url="http://127.0.0.1:9/response/1")


@pytest.fixture
def it(sqlite_template: Path, clock: Clock) -> Iterator[Sqlite]:
    with sqlite(sqlite_template, clock) as found:
        processes.beat(found.store, THIS)
        yield found


def soon(look: Callable[[], Any]) -> None:
    """Within six seconds."""
    over = threading.Event()
    for _ in range(60):
        if look():
            return
        over.wait(0.1)
    raise AssertionError("not within six seconds")


def test_what_could_not_be_let_go_is_let_go_once_the_database_is_back(it: Sqlite) -> None:
    box = own.Inbox(it.store)
    assert box.take(LINE)
    with held_by_another(it):
        box.let_go(LINE.key)
    soon(lambda: inbox.left(another(it.store)) == [LINE.key])


def test_what_was_written_but_not_confirmed_is_taken_away_again(it: Sqlite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "WAIT", 0.5)
    box, lost = own.Inbox(it.store), [True]

    def unconfirmed(_connection: Any) -> None:
        if lost:
            lost.clear()
            connection = _connection.connection.driver_connection
            connection.execute("COMMIT")
            raise OSError("the answer to COMMIT was lost")

    event.listen(it.store.engine, "commit", unconfirmed)
    with refused("could not be written"):
        box.take(LINE)
    assert inbox.mine(it.store, LINE.key), "it is there all the same"
    soon(lambda: not inbox.mine(it.store, LINE.key))


class Fragile(WebClient):
    """A client that breaks in a way that nobody has thought of, once."""

    broken, told = True, ""

    def conversations_open(self, **_: Any) -> Any:
        if self.broken:
            self.broken = False
            raise RuntimeError("a mistake of ours")
        return {"channel": {"id": "D0ALICE"}}

    def chat_postMessage(self, **words: Any) -> Any:
        self.told = words["text"]


def test_who_could_not_be_told_because_the_telling_broke_is_told_later(it: Sqlite, clock: Clock) -> None:
    inbox.write(another(it.store), [LINE], [])
    client = Fragile("xoxb-none", base_url="http://127.0.0.1:9/", timeout=1)
    teller = OrphanResponder(it.store, client)
    with pytest.raises(RuntimeError):
        teller.round()
    for _ in range(2):
        clock.tick(seconds=20)
        teller.round()
    assert client.told.startswith("⛔ I was interrupted before you had my answer to /ha-failover london")
    assert inbox.left(another(it.store)) == []


def test_an_answer_of_slacks_that_is_cut_off_is_no_breakdown() -> None:
    lost: list[bool] = []

    def cut(_text: str, _blocks: Any) -> None:
        raise BadStatusLine("")

    client = WebClient("xoxb-none", base_url="http://127.0.0.1:9/", timeout=1)
    Answer(client, "U0ALICE", cut, lambda: lost.append(True))("It is done.", [])
    assert lost == [True]


def test_a_closing_port_answers_what_is_under_way_and_writes_nowhere_else(it: Sqlite) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = App(token="xoxb-none", signing_secret="s", token_verification_enabled=False)
    close = serve_http(app, "s", it.store, port, LastHeard())
    kept = HTTPConnection("127.0.0.1", port, timeout=5)
    kept.request("POST", "/slack/events", b"{}")
    assert kept.getresponse().read() is not None
    close()
    pipes = [os.pipe() for _ in range(4)]  # they get the numbers that have become free
    for reader, _ in pipes:
        os.set_blocking(reader, False)
    kept.request("POST", "/slack/events", b"{}")
    assert kept.getresponse().read() is not None
    for reader, writer in pipes:
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
        os.close(reader)
        os.close(writer)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
