"""A Socket Mode connection that dies, with or without a word, is noticed and replaced in time; it is printed."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from slack_bolt import App
from slack_sdk.socket_mode.builtin.connection import Connection

from bot.simulator.slack import LocalSlack
from bot.slack.socket_mode import LastHeard, SocketModeSupervisor, _ended
from tests.monitoring.swallow import Swallow
from tests.simulator.slack_apps import LONDON, make_app, workspace

PROMISE = 15.0  # seconds in which a dead connection is noticed and mended


@contextmanager
def hearing(
    slack: LocalSlack, app: App | None = None, **options: Any
) -> Iterator[tuple[SocketModeSupervisor, LastHeard]]:
    """An ear on a small app that acknowledges one command."""
    app = app or make_app(slack)
    app.command("/x")(lambda ack: ack())
    heard = LastHeard()
    ear = SocketModeSupervisor(app, slack.app_token, heard, **options)
    ear.start()
    try:
        slack.wait_for(lambda: heard.connected)
        yield ear, heard
    finally:
        ear.close()


def answers(slack: LocalSlack) -> bool:
    return bool(slack.sockets()) and slack.as_person("U0ALICE").command("/x", channel=LONDON).acked


def mended(slack: LocalSlack, heard: LastHeard, how: str, kill: Callable[[], object]) -> None:
    """Print the seconds from a death until it was noticed and a command acknowledged again, and hold them to it."""
    assert answers(slack)
    began, connections = time.monotonic(), heard.connections
    kill()
    slack.wait_for(lambda: not heard.connected or heard.connections > connections)
    noticed = time.monotonic() - began
    slack.wait_for(lambda: heard.connections > connections and answers(slack))
    took = time.monotonic() - began
    print(f"{how}: noticed after {noticed:.1f} s, mended after {took:.1f} s")
    assert took <= PROMISE


@pytest.mark.proof
def test_packets_swallowed_without_a_word() -> None:
    with workspace(ack_seconds=0.5) as slack, Swallow(slack.url) as proxy:
        proxy.before(slack)
        with hearing(slack) as (_, heard):
            opened = proxy.opened
            mended(slack, heard, "packets swallowed", proxy.swallow)
            assert proxy.opened > opened, "the new connection went through the proxy, too"


@pytest.mark.proof
def test_a_socket_that_is_open_and_deaf() -> None:
    with workspace(ack_seconds=0.5) as slack, hearing(slack) as (_, heard):
        mended(slack, heard, "socket muted", slack.mute_sockets)


@pytest.mark.parametrize("how", ["drop_sockets", "disconnect"])
def test_a_connection_that_ends_with_a_word(how: str) -> None:
    with workspace(ack_seconds=0.5) as slack, hearing(slack) as (_, heard):
        assert answers(slack)
        getattr(slack, how)()
        slack.wait_for(lambda: answers(slack))
        slack.wait_for(lambda: heard.connected)


def test_a_connection_that_slack_closes_is_replaced_before_a_ping_fails_and_is_read_no_more() -> None:
    with workspace(ack_seconds=0.5) as slack, hearing(slack, silent=600.0) as (ear, heard):
        handler = ear._handler
        assert handler
        session = handler.client.current_session
        assert session
        session.check_state = lambda: None  # no ping is due
        slack.away()  # it closes the connection, and gives no fresh one
        slack.wait_for(lambda: session.sock is None)
        slack.back()
        slack.wait_for(lambda: heard.connections == 2 and answers(slack))


class Vanishing:
    """A session of which the library forgets the socket just after it was looked at."""

    def __init__(self) -> None:
        self._socks = [socket.socketpair()[0], None]

    @property
    def sock(self) -> socket.socket | None:
        return self._socks.pop(0)


def test_a_socket_that_is_forgotten_meanwhile_breaks_nothing() -> None:
    assert _ended(cast(Connection, Vanishing()))


def test_a_connection_that_never_answers_is_given_up_and_mended_when_the_way_is_free() -> None:
    with workspace(ack_seconds=0.5) as slack, Swallow(slack.url) as proxy:
        proxy.before(slack)
        with hearing(slack, silent=2.0) as (_, heard):
            proxy.swallow(new=True)
            slack.wait_for(lambda: not heard.connected)
            assert heard.silence() > 1
            proxy.heal()
            slack.wait_for(lambda: heard.connected and answers(slack))


def test_a_fresh_connection_on_demand() -> None:
    with workspace(ack_seconds=0.5) as slack, hearing(slack) as (ear, heard):
        ear.renew()
        slack.wait_for(lambda: heard.connections == 2 and heard.connected)
        slack.wait_for(lambda: answers(slack))
        slack.wait_for(lambda: len(slack.sockets()) == 1)


def test_starts_while_slack_is_away() -> None:
    with workspace(ack_seconds=0.5) as slack:
        slack.away(2)
        app = make_app(slack, token_verification_enabled=False)
        with hearing(slack, app) as (_, heard):
            assert heard.envelope_at is None
            slack.wait_for(lambda: answers(slack))
            assert heard.envelope_at is not None


def test_a_connection_that_comes_after_the_end_is_not_kept() -> None:
    with workspace(ack_seconds=0.5) as slack, Swallow(slack.url) as proxy:
        proxy.before(slack)
        app, heard = make_app(slack), LastHeard()
        ear, opened = SocketModeSupervisor(app, slack.app_token, heard), proxy.opened
        proxy.hold()
        ear.start()
        slack.wait_for(lambda: proxy.opened > opened)
        ear.close()
        proxy.heal()
        slack.wait_for(lambda: heard.connections == 1)
        slack.wait_for(lambda: not slack.sockets())
