"""What comes by HTTP and is not Slack's, or comes twice, never reaches the bot."""

import hashlib
import hmac
import http.client
import time
import urllib.parse
from collections.abc import Iterator

import pytest

from tests.e2e.play import Play, text_of

BODY = urllib.parse.urlencode(
    {
        "command": "/ha-demote-primary",
        "text": "london forged",
        "user_id": "U0ALICE",
        "team_id": "T0LOCAL",
        "channel_id": "C0PAMOPS",
        "trigger_id": "1.2.3",
        "response_url": "http://127.0.0.1:9/none",
    }
)


@pytest.fixture(scope="module")
def p(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with Play(tmp_path_factory.mktemp("http"), {"state": "split-brain"}, http=True) as play:
        yield play


def sign(p: Play, body: str, stamp: str) -> dict[str, str]:
    """The headers that Slack would send with this body at this time."""
    base = f"v0:{stamp}:{body}".encode()
    signature = "v0=" + hmac.new(p.slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }


def post(p: Play, body: str, headers: dict[str, str], path: str = "/slack/events") -> int:
    """The status that the bot answers with."""
    connection = http.client.HTTPConnection("127.0.0.1", p.stage.port, timeout=10)
    try:
        connection.request("POST", path, body.encode(), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def now(offset: float = 0) -> str:
    return str(int(time.time() + offset))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"X-Slack-Signature": "v0=" + "0" * 64}, 401),
        ({"X-Slack-Signature": ""}, 401),
        ({"X-Slack-Request-Timestamp": ""}, 401),
        ({"X-Slack-Request-Timestamp": "soon"}, 401),
        ({"X-Slack-Request-Timestamp": "²"}, 401),
        ({"X-Slack-Request-Timestamp": "9" * 400}, 401),
    ],
    ids=["forged", "unsigned", "no time", "a word for a time", "a digit that is none", "a time of 400 digits"],
)
def test_what_slack_did_not_sign_is_refused(p: Play, change: dict[str, str], status: int) -> None:
    before = p.rows("SELECT count(*) FROM request")
    headers = {name: value.encode().decode("latin-1") for name, value in (sign(p, BODY, now()) | change).items()}
    assert post(p, BODY, headers) == status
    assert p.rows("SELECT count(*) FROM request") == before


def test_a_stale_request_is_refused(p: Play) -> None:
    assert post(p, BODY, sign(p, BODY, now(-400))) == 401


def test_an_oversized_body_is_refused(p: Play) -> None:
    """By its length alone: whether all of it can be sent before the answer comes is a race."""
    body = "x" * ((1 << 20) + 1)
    connection = http.client.HTTPConnection("127.0.0.1", p.stage.port, timeout=10)
    connection.putrequest("POST", "/slack/events")
    for name, value in (sign(p, body, now()) | {"Content-Length": str(len(body))}).items():
        connection.putheader(name, value)
    connection.endheaders(body[:1000].encode())
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("body", ["", "payload=%7Bnot", "\x00\x01", "payload=[]", "payload={}", "{}"])
def test_a_malformed_body_breaks_nothing(p: Play, body: str) -> None:
    assert post(p, body, sign(p, body, now())) in (200, 400, 404)
    assert p.alice.command("/ha-help", channel="C0PAMOPS").acked
    assert "Traceback" not in p.log()


def test_another_path_is_not_there(p: Play) -> None:
    assert post(p, BODY, sign(p, BODY, now()), "/") == 404


def test_a_replay_does_nothing_the_second_time(p: Play) -> None:
    body = BODY.replace("ha-demote-primary", "ha-help")
    headers = sign(p, body, now())
    assert post(p, body, headers) == 200
    assert post(p, body, headers) == 409
    delivery = p.alice.command("/ha-demote-primary london once", channel="C0PAMOPS")
    p.reads(p.bob, "london: demote the Primary?")
    p.slack.replay(delivery)
    p.reads(p.alice, "/ha-help", since=p.type(p.alice, "/ha-help"))
    assert p.rows("SELECT count(*) FROM request") == [(1,)]
    assert not [m for m in p.all(p.alice) if "already" in text_of(m)]


def test_nothing_that_was_refused_stands_in_the_log(p: Play) -> None:
    assert "forged" not in p.stage.log.read_text()
