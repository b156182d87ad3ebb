"""Defects found in a review of what Slack sees: each fails on the code of 23 November and passes on the right one."""

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web import SlackResponse
from sqlmodel import col, update

from bot.domain.approval import Standing
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Role
from bot.domain.request import Stage
from bot.domain.statement import StatementKind, sentence
from bot.domain.words import JOINER
from bot.registry import actions_of, load_commands
from bot.services import Details, DetailsNeeded
from bot.services.requests import LONGEST
from bot.settings import read_pairs
from bot.slack.app import Listeners
from bot.slack.commands import needed_words
from bot.slack.http import Gate
from bot.slack.outbox import Deliverer
from bot.slack.people import People
from bot.slack.rendering import facts_of
from bot.store import outbox, requests
from bot.store.tables import OutboxMessage
from bot.views.card import card
from bot.views.modals import needed_modal, opened_from
from bot.views.terminal import plain_blocks
from tests.support.interactions import INTERACTIONS
from tests.support.pairs_file import GOOD
from tests.support.patience import HANG
from tests.support.slack import Slack
from tests.support.stage import ALICE, BOB, NO_ANSWER, OFF, Stage_, pair, split


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    return Stage_(tmp_path)


def client(slack: Slack) -> WebClient:
    return cast(WebClient, slack)


def refusal(error: str, status: int, **headers: str) -> SlackApiError:
    """As slack_sdk raises it."""
    answer = SlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": error},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        status_code=status,
    )
    return SlackApiError(error, answer)  # type: ignore[no-untyped-call]


# --- delivery


def test_a_card_is_posted_once_although_the_database_cannot_be_written(s: Stage_, tmp_path: Path) -> None:
    split(s)
    s.asked("ha-demote-primary")
    slack = Slack()
    deliverer = Deliverer(s.desk, client(slack))
    lock = sqlite3.connect(tmp_path / "review.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")  # a backup, a full disk, a hung volume
    for _ in range(3):
        with pytest.raises(Refusal):
            deliverer.round()
    lock.execute("ROLLBACK")
    deliverer.round()
    assert len([text for text in slack.posted if text.startswith("Approve")]) == 1, len(slack.posted)


def test_one_message_that_breaks_does_not_keep_the_others(s: Stage_, monkeypatch: pytest.MonkeyPatch) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    requests.decide(s.store, request.id, Stage.DENIED, BOB.id, "no")  # a second message, to Alice
    with s.store.writing() as session:
        session.execute(
            update(OutboxMessage).where(col(OutboxMessage.to) == "C0OPS").values(tries=1100)
        )  # 18 hours at a try a minute
    slack = Slack()

    def once(channel: str, **_: Any) -> dict[str, str]:
        if channel == "C0OPS":
            raise OSError("the channel's card is what Slack chokes on")
        slack.posted.append("told")
        return {"channel": "D", "ts": "1.0"}

    monkeypatch.setattr(slack, "chat_postMessage", once)
    deliverer = Deliverer(s.desk, client(slack))
    deliverer.round()  # must not raise
    assert slack.posted == ["told"]


def test_an_answer_that_is_no_json_is_put_off_like_any_other(s: Stage_) -> None:
    """slack_sdk gives SlackApiError a bare dict where a proxy answers with a page of HTML."""
    split(s)
    s.asked("ha-demote-primary")
    slack = Slack()
    page = {"status": 502, "headers": {}, "body": "<html>"}
    slack.error = SlackApiError("Received a response in a non-JSON format", page)  # type: ignore[no-untyped-call]
    Deliverer(s.desk, client(slack)).round()  # must not raise
    assert not outbox.due(s.store)


def test_an_outage_of_a_minute_does_not_delay_a_card_for_five(s: Stage_) -> None:
    split(s)
    s.asked("ha-demote-primary")
    slack = Slack()
    slack.error = refusal("service_unavailable", 503)
    deliverer = Deliverer(s.desk, client(slack))
    for _ in range(60):
        deliverer.round()
        s.clock.tick(seconds=1)
    slack.error = None
    for _ in range(70):
        deliverer.round()
        s.clock.tick(seconds=1)
    assert slack.posted, "Slack has been back for more than a minute, the request expires in 15"


def test_a_channel_that_was_limited_is_written_to_again_although_the_clock_was_set_back(s: Stage_) -> None:
    split(s)
    s.asked("ha-demote-primary")
    slack = Slack()
    slack.error = refusal("ratelimited", 429, Retry_After="30")
    deliverer = Deliverer(s.desk, client(slack))
    deliverer.round()
    slack.error = None
    deliverer.round()
    assert not slack.posted, "the limit holds"
    s.clock.tick(hours=-1)
    deliverer.round()
    assert slack.posted


def test_a_late_reminder_does_not_say_that_it_still_waits(s: Stage_) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    slack = Slack()
    deliverer = Deliverer(s.desk, client(slack))
    deliverer.round()
    s.clock.tick(minutes=8)
    requests.remind(s.store)  # Slack was away just now
    requests.decide(s.store, request.id, Stage.DENIED, BOB.id, "no")
    deliverer.round()
    assert not [text for text in slack.posted if text.startswith("⏳ Still waiting")], slack.posted


# --- limits


def values_of(blocks: list[dict[str, Any]]) -> list[str]:
    return [e["value"] for b in blocks if b["type"] == "actions" for e in b["elements"]]


@pytest.mark.parametrize("word", ["Штромпередача ", "東京のプライマリ", "🔥"])
def test_a_reason_in_another_script_fits_a_button_and_a_modal(s: Stage_, word: str) -> None:
    reason = (word * LONGEST)[:LONGEST]
    s.world.own[Role.PRIMARY] = NO_ANSWER
    found = s.ask("ha-failover")
    assert isinstance(found, DetailsNeeded)
    _, blocks = needed_words(found, reason)
    assert all(len(value) <= 2000 for value in values_of(cast(Any, blocks)))
    assert len(opened_from(needed_modal(found, reason), channel="C0123456789", posted=True)["private_metadata"]) <= 3000


@pytest.mark.parametrize("name", ["london", "pam-production-frankfurt-payment-cluster", "p" * 62])
def test_what_one_states_can_be_read_in_full_and_once(s: Stage_, name: str) -> None:
    one = replace(pair(name), primary=replace(pair(name).primary, address="fd00:0123:4567:89ab:cdef:0123:4567:89ab"))
    needed = cast(DetailsNeeded, s.ask("ha-failover"))
    view = needed_modal(replace(needed, pair=one), "why")
    (choice,) = (block["element"] for block in view["blocks"] if block.get("block_id") == "way")
    options = [" ".join(part["text"] for part in (o["text"], o.get("description")) if part) for o in choice["options"]]
    above = [block["text"]["text"].replace(JOINER, "") for block in view["blocks"] if block["type"] == "section"]
    for way in needed.ways:
        states = sentence(way[0], one)
        assert [states in options, f"• {states}" in above].count(True) == 1


def test_a_card_with_long_statements_still_says_how_to_do_it_by_hand(s: Stage_) -> None:
    s.world.own[Role.PRIMARY] = NO_ANSWER
    for _ in range(6):  # asked for, withdrawn, asked for again: each states it anew
        found = s.asked(
            "ha-failover", Details(statements={StatementKind.OFF: "r&d says: " + "it is off & unplugged " * 22})
        )
        requests.decide(s.store, found.id, Stage.WITHDRAWN, ALICE.id)
        s.clock.tick(minutes=1)
    request = s.asked("ha-failover", OFF)
    said = plain_blocks(card(facts_of(s.desk, request, None)))
    assert "By hand on 10.0.0.12 (Secondary): ha-failover, answer y" in said
    assert "Before you approve" in said
    assert "and 6 more (in the form)" in said


# --- listeners


def listeners(s: Stage_, slack: Slack) -> Listeners:
    people = People(client(slack))
    return Listeners(s.desk, {}, client(slack), people, lambda doing: doing())


def submission(request_id: int) -> dict[str, Any]:
    return {
        "user": {"id": "U0BOB", "team_id": "T0"},
        "view": {
            "id": "V1",
            "callback_id": "approve",
            "title": {"text": "Approve"},
            "private_metadata": json.dumps({"request": request_id}),
            "state": {"values": {"name": {"name": {"value": "london"}}}},
        },
    }


def test_an_approval_is_acknowledged_although_slack_limits_the_look_up(
    s: Stage_, monkeypatch: pytest.MonkeyPatch
) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    slack = Slack()

    acked, in_time = threading.Event(), []

    def limited(user: str) -> dict[str, Any]:
        in_time.append(acked.wait(HANG))  # RateLimitErrorRetryHandler waits for as long as Slack says, and Bob for 3 s
        return {"user": {"id": user, "team_id": "T0"}}

    monkeypatch.setattr(slack, "users_info", limited)
    work: list[threading.Thread] = []

    def begin(doing: Callable[[], None]) -> None:
        work.append(threading.Thread(target=doing))
        work[-1].start()

    sent = Listeners(s.desk, {}, client(slack), People(client(slack)), begin).on_submission(INTERACTIONS["approve"])
    sent(cast(Any, lambda **_: acked.set()), submission(request.id))
    work[0].join()
    assert in_time == [True]


def test_a_mention_is_answered_although_the_database_cannot_be_written(s: Stage_, tmp_path: Path) -> None:
    slack, went_on = Slack(), []
    lock = sqlite3.connect(tmp_path / "review.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    event = {"user": "U0BOB", "channel": "C0OPS", "ts": "1.0", "text": "<@U0BOT> status london", "team": "T0"}
    listeners(s, slack).heard({"event_id": "Ev1", "team_id": "T0"}, event, lambda: went_on.append(True))
    lock.execute("ROLLBACK")
    assert (slack.ephemeral, went_on) == (
        ["⛔ My database could not be written, so nothing was sent. Tell whoever runs Pairkeeper."],
        [],
    )


def test_home_shows_nothing_to_a_guest(s: Stage_) -> None:
    split(s)
    s.asked("ha-demote-primary")
    slack = Slack()
    there = listeners(s, slack)
    assert there.people.identify("U0GUEST", "T0").standing is Standing.GUEST
    there.opened({"user": "U0GUEST", "tab": "home"})
    assert "INC-4711" not in json.dumps(slack.published)


def test_settings_are_read_without_the_name_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack gives three seconds; a resolver that is away takes five to ten for each name, and each click reads anew."""

    asked: list[Any] = []

    def silent(*names: Any, **_: Any) -> list[Any]:
        asked.append(names)
        raise OSError("temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    file = tmp_path / "pairs.toml"
    file.write_text(GOOD.replace("192.0.2.11", "pam-a.example").replace("192.0.2.1", "jump.example"), encoding="utf-8")
    assert read_pairs(file, actions_of(load_commands()))["london"].primary.host == "pam-a.example"
    assert asked == []


# --- the gate


SECRET = "0123456789abcdef"


def call(s: Stage_, body: bytes, signature: str | None = None) -> str:
    stamp = str(int(time.time()))
    right = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body) if signature is None else signature
    gate = Gate(App(token="xoxb-1", signing_secret=SECRET, token_verification_enabled=False), SECRET, s.store)
    status: list[str] = []
    environ = {
        "PATH_INFO": "/slack/events",
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_X_SLACK_REQUEST_TIMESTAMP": stamp,
        "HTTP_X_SLACK_SIGNATURE": right,
        "wsgi.input": BytesIO(body),
    }
    list(gate(environ, lambda code, *_: status.append(code)))
    return status[0]


def test_bytes_that_are_no_text_are_refused(s: Stage_) -> None:
    assert call(s, b"\xff\xfe", "v0=" + "0" * 64).startswith("40")


def test_a_signature_with_strange_letters_is_refused(s: Stage_) -> None:
    assert call(s, b"a=b", "v0=\xe9").startswith("40")


def test_a_command_by_http_is_answered_although_the_database_cannot_be_written(
    s: Stage_, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> bool:
        raise Refusal(RefusalCode.UNWRITABLE)

    monkeypatch.setattr(outbox, "first_time", locked)
    assert not call(s, b"command=%2Fha-help&text=&user_id=U1&team_id=T0").startswith("5")
