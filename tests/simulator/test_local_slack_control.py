"""The JSON side of the lab: looking, acting and faults over HTTP, and being told of changes."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from bot.simulator.slack import LocalSlack, SlackError
from tests.simulator.slack_apps import LONDON, MANIFEST, by_socket, card, make_app, modal, workspace


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with workspace(manifest=MANIFEST) as slack:
        app = make_app(slack)
        app.command("/ha-status")(lambda ack: ack("all is well"))
        app.action("approve")(
            lambda ack, body, client: (
                ack(),
                client.views_open(trigger_id=body["trigger_id"], view=modal(("pair", "Pair"))),
            )
        )
        app.view("approve")(lambda ack: ack(response_action="errors", errors={"pair": "Type london"}))
        with by_socket(slack, app):
            app.client.chat_postMessage(channel=LONDON, text="card", blocks=card())
            yield slack


def get(slack: LocalSlack, path: str) -> Any:
    with urllib.request.urlopen(f"{slack.url}/lab/{path}") as response:
        return json.load(response)


def post(slack: LocalSlack, path: str, **body: Any) -> Any:
    request = urllib.request.Request(f"{slack.url}/lab/{path}", json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        return {**json.load(error), "status": error.code}


def test_state_names_people_channels_and_commands(slack: LocalSlack) -> None:
    state = get(slack, "state")
    assert [person["name"] for person in state["people"]][:2] == ["alice", "bob"]
    assert state["channels"][0]["name"] == "pam-london"
    assert state["commands"][0] == {"name": "/ha-status", "description": "See a pair", "usage": ""}
    assert state["sockets"] == [0]


def test_a_person_acts_and_sees(slack: LocalSlack) -> None:
    told = post(slack, "as/U0ALICE/command", line="/ha-status", channel=LONDON)
    assert (told["ok"], told["acked"], told["reply"]["text"]) == (True, True, "all is well")
    seen = get(slack, "as/U0ALICE")["channels"][LONDON]
    assert [message["text"] for message in seen] == ["card", "all is well"]
    assert [message["text"] for message in get(slack, "as/U0BOB")["channels"][LONDON]] == ["card"]

    message = {"channel": LONDON, "ts": seen[0]["ts"]}
    assert post(slack, "as/U0BOB/click", label="Approve", message=message)["acked"]
    slack.wait_for(lambda: get(slack, "as/U0BOB")["modals"])
    assert post(slack, "as/U0BOB/submit", values={"Pair": "x"})["errors"] == {"Pair": "Type london"}
    assert post(slack, "as/U0BOB/close", view="V0GONE")["error"] == "Another modal is open"
    (modal,) = get(slack, "as/U0BOB")["modals"]
    assert post(slack, "as/U0BOB/close", view=modal["id"])["ok"]
    assert get(slack, "as/U0BOB")["modals"] == []


def test_what_slack_does_not_allow_is_told_in_its_words(slack: LocalSlack) -> None:
    assert post(slack, "as/U0ALICE/command", line="/nope")["error"] == "/nope is not a valid command."
    assert post(slack, "as/U0ALICE/dance")["status"] == 404
    assert post(slack, "as/U0ALICE/command")["status"] == 400
    assert post(slack, "faults/plague")["status"] == 400


def test_faults_and_their_end(slack: LocalSlack) -> None:
    assert post(slack, "faults/away")["ok"]
    assert get(slack, "state")["away"]
    assert post(slack, "faults/back")["ok"]
    assert not get(slack, "state")["away"]


def test_changes_are_told_as_they_happen(slack: LocalSlack) -> None:
    with urllib.request.urlopen(f"{slack.url}/lab/events", timeout=5) as stream:
        assert stream.readline() == b"event: changed\n"
        first = stream.readline()
        slack.as_person("U0ALICE").say(LONDON, "hello")
        stream.readline()
        assert stream.readline() == b"event: changed\n"
        assert stream.readline() != first


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"display_information": {"name": "x" * 36}}, "display_information.name must be less than 36 characters"),
        ({"display_information": {}}, "display_information.name is missing"),
        ({"features": {"slash_commands": [{"command": "x", "description": "y"}]}}, "command does not match"),
        (
            {"features": {"slash_commands": [{"command": "/" + "x" * 32, "description": "y"}]}},
            "command must be less than 33 characters",
        ),
        ({"features": {"slash_commands": [{"command": "/x"}]}}, "description is missing"),
        (
            {"features": {"slash_commands": [{"command": f"/x{n}", "description": "y"} for n in range(51)]}},
            "no more than 50 items",
        ),
        ({"features": {"slash_commands": [{"command": "/x", "description": "y"}] * 2}}, "listed twice"),
    ],
)
def test_manifest_is_held_to_its_limits(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SlackError, match=words):
        workspace(manifest={**MANIFEST, **change})


def back(slack: LocalSlack, headers: dict[str, str]) -> urllib.request.Request:
    return urllib.request.Request(f"{slack.url}/lab/faults/back", b"{}", headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Host": "elsewhere.example"},
        {"Host": "elsewhere.example:80", "Origin": "http://elsewhere.example:80"},
    ],
    ids=["another page's", "of a frame without one", "under another name", "its own, under another name"],
)
def test_another_page_cannot_act(slack: LocalSlack, headers: dict[str, str]) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(back(slack, headers))


def test_its_own_page_can_act(slack: LocalSlack) -> None:
    with urllib.request.urlopen(back(slack, {"Origin": slack.url})) as response:
        assert response.status == 200
    here = slack.url.replace("127.0.0.1", "localhost")
    with urllib.request.urlopen(back(slack, {"Origin": here, "Host": here.removeprefix("http://")})) as response:
        assert response.status == 200
