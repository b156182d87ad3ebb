"""Socket Mode as a service: one of several sockets, disconnects of every kind, and connections that die silently."""

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest
from slack_bolt import App
from slack_sdk import WebClient

from bot.simulator.slack import LocalSlack
from tests.simulator.slack_apps import LONDON, by_socket, make_app, workspace


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with workspace(ack_seconds=1.0) as slack:
        yield slack


@pytest.fixture
def app(slack: LocalSlack) -> App:
    app = make_app(slack)
    app.command("/x")(lambda ack: ack())
    return app


def test_no_socket_no_dispatch(slack: LocalSlack) -> None:
    alice = slack.as_person("U0ALICE")
    assert alice.command("/x", channel=LONDON).error == "dispatch_failed"
    assert alice.sees(LONDON)[0]["text"] == '/x failed with the error "dispatch_failed"'


def test_each_envelope_goes_to_one_socket(slack: LocalSlack, app: App) -> None:
    heard: list[int] = []
    other = make_app(slack)
    other.command("/x")(lambda ack: (heard.append(1), ack()))
    with by_socket(slack, app), by_socket(slack, other):
        for _ in range(6):
            assert slack.as_person("U0ALICE").command("/x", channel=LONDON).acked
        assert slack.sockets() == [3, 3]
    assert len(heard) == 3


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
def test_connects_again_after_a_disconnect(slack: LocalSlack, app: App, reason: str) -> None:
    with by_socket(slack, app):
        assert slack.as_person("U0ALICE").command("/x", channel=LONDON).acked
        assert slack.sockets() == [1]
        slack.disconnect(reason)  # type: ignore[arg-type]
        slack.wait_for(lambda: slack.sockets() == [0])
        assert slack.as_person("U0ALICE").command("/x", channel=LONDON).acked


def test_notices_dropped_and_silent_sockets(slack: LocalSlack, app: App) -> None:
    with by_socket(slack, app):
        slack.mute_sockets()
        assert slack.as_person("U0ALICE").command("/x", channel=LONDON).error == "operation_timeout"
        slack.wait_for(lambda: slack.as_person("U0ALICE").command("/x", channel=LONDON).acked)
        slack.drop_sockets()
        assert slack.sockets() == []
        slack.wait_for(lambda: slack.as_person("U0ALICE").command("/x", channel=LONDON).acked)


def test_takes_ten_sockets_and_turns_the_eleventh_away(slack: LocalSlack) -> None:
    client = WebClient(base_url=slack.api_url)

    async def open_eleven() -> list[str]:
        said = []
        async with aiohttp.ClientSession() as session:
            sockets = []
            for _ in range(11):
                url = str(client.apps_connections_open(app_token=slack.app_token)["url"])
                socket = await session.ws_connect(url)
                sockets.append(socket)
                hello = await socket.receive_json()
                said.append(hello.get("reason") or f"{hello['type']} {hello['num_connections']}")
        return said

    assert asyncio.run(open_eleven()) == [*(f"hello {n}" for n in range(1, 11)), "too_many_websockets"]


def test_ticket_admits_once(slack: LocalSlack) -> None:
    url = str(WebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.app_token)["url"])

    async def twice() -> int:
        async with aiohttp.ClientSession() as session, session.ws_connect(url):
            with pytest.raises(aiohttp.WSServerHandshakeError) as failure:
                await session.ws_connect(url)
            return failure.value.status

    assert asyncio.run(twice()) == 403


def test_an_app_that_answers_no_ping_is_cut_off(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.simulator.slack.sockets.HEARTBEAT", 0.4)
    url = str(WebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.app_token)["url"])

    async def frozen() -> aiohttp.WSMsgType:
        async with aiohttp.ClientSession() as session, session.ws_connect(url, autoping=False) as socket:
            await socket.receive()
            assert (await socket.receive()).type is aiohttp.WSMsgType.PING
            return (await socket.receive()).type

    assert asyncio.run(frozen()) in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR)
    slack.wait_for(lambda: slack.sockets() == [])
