"""Response URLs: five times, half an hour, ephemeral unless said otherwise, and never a secret made public."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from bot.simulator.slack import LocalSlack
from tests.simulator.slack_apps import LONDON, Clock, by_socket, card, make_app, workspace


class Scene:
    """A person who has typed a command and pressed a button, and the response URLs that came of it."""

    def __init__(self, slack: LocalSlack, clock: Clock, urls: list[str]) -> None:
        self.slack, self.clock, self.urls = slack, clock, urls

    def texts(self, person: str = "U0BOB") -> list[str]:
        return [message["text"] for message in self.slack.as_person(person).sees(LONDON)]


@pytest.fixture
def scene() -> Iterator[Scene]:
    clock, urls = Clock(), list[str]()
    with workspace(now=clock) as slack:
        app = make_app(slack)
        app.command("/x")(lambda ack, command: (urls.append(command["response_url"]), ack()))
        app.action("approve")(lambda ack, body: (urls.append(body["response_url"]), ack()))
        with by_socket(slack, app):
            bob = slack.as_person("U0BOB")
            bob.command("/x", channel=LONDON)
            app.client.chat_postEphemeral(channel=LONDON, user="U0BOB", text="only you", blocks=card())
            bob.click("Approve", message=bob.sees(LONDON)[-1])
            app.client.chat_postMessage(channel=LONDON, text="card", blocks=card())
            bob.click("Approve", message=bob.sees(LONDON)[-1])
            yield Scene(slack, clock, urls)


def send(url: str, **body: Any) -> tuple[int, str]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["error"]


def test_five_uses(scene: Scene) -> None:
    answers = [send(scene.urls[0], text=str(n)) for n in range(6)]
    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]


def test_half_an_hour(scene: Scene) -> None:
    scene.clock.now += 1800
    assert send(scene.urls[0], text="x")[0] == 200
    scene.clock.now += 1
    assert send(scene.urls[0], text="x") == (404, "expired_url")


def test_is_ephemeral_unless_in_channel(scene: Scene) -> None:
    send(scene.urls[0], text="quiet")
    send(scene.urls[0], text="loud", response_type="in_channel")
    assert scene.texts("U0ALICE") == ["card", "loud"]
    assert scene.texts("U0BOB") == ["only you", "card", "quiet", "loud"]


def test_ephemeral_message_cannot_be_made_public(scene: Scene) -> None:
    send(scene.urls[1], text="still only you", replace_original=True, response_type="in_channel")
    assert scene.texts("U0ALICE") == ["card"]
    assert scene.texts("U0BOB") == ["still only you", "card"]
    send(scene.urls[1], delete_original=True)
    assert scene.texts("U0BOB") == ["card"]


def test_public_card_is_replaced_for_all(scene: Scene) -> None:
    send(scene.urls[2], text="done", replace_original=True)
    assert scene.texts("U0ALICE") == ["done"]
    assert not scene.slack.messages(LONDON)[0]["blocks"]


def test_bad_blocks_are_refused(scene: Scene) -> None:
    assert send(scene.urls[0], blocks=[{"type": "sction"}]) == (400, "invalid_blocks")
    assert send(scene.urls[0]) == (400, "no_text")
    assert send(scene.slack.url + "/response/1/nonsense", text="x") == (404, "invalid_url")
