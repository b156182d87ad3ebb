"""Slack limits, loses its answers or is away: nothing stands twice, nothing is lost, and what is urgent comes first.

The real deliverer with slack_sdk's client, and the local Slack on the test's clock.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.domain.errors import Reason
from bot.domain.request import Stage
from bot.slack.deduplication import mark
from bot.slack.outbox import Deliverer
from bot.slack.people import People
from bot.store import MessageKind, Store, outbox, requests, runs
from tests.proof.away import OPS, Away
from tests.store.given import ASKER, CHANNEL, SUCCEEDED, asked, seen, sent
from tests.support.refusals import refused
from tests.support.stage import BOB, split

HISTORY = ("channels:history", "groups:history", "im:history")


@pytest.fixture
def s(tmp_path: Path) -> Iterator[Away]:
    stage = Away(tmp_path)
    yield stage
    stage.slack.stop()


def test_who_cannot_be_looked_up_is_refused_and_nothing_was_done() -> None:
    people = People(WebClient("xoxb-none", base_url="http://127.0.0.1:9/", timeout=2))
    for ask in (lambda: people.identify("U0BOB", None), lambda: people.members("S0OPS")):
        with refused("nothing was done") as told:
            ask()
        assert told.value.reason is Reason.SLACK


def test_a_message_whose_answer_was_lost_is_found_again(s: Away) -> None:
    split(s)
    request = s.asked("ha-demote-primary")
    s.slack.lose_answers("chat.postMessage")
    s.rounds(5)
    assert s.strangers() == []
    (card,) = [one for one in s.shown() if one["text"].startswith("Approve")]
    requests.decide(s.store, request.id, Stage.DENIED, BOB.id, "no")
    s.rounds()
    (again,) = [one for one in s.shown() if one["ts"] == card["ts"]]
    assert again["text"] != card["text"]
    assert s.strangers() == []


def test_a_message_of_a_process_that_died_before_its_note_is_found_again(s: Away) -> None:
    split(s)
    s.asked("ha-demote-primary")
    dead = Store("", s.clock, s.store.engine)
    for post in outbox.due(dead):
        assert outbox.take(dead, post)
        s.client.chat_postMessage(channel=post.to, text="on its way", metadata=mark(post))
    s.clock.tick(seconds=61)
    s.rounds()
    assert s.strangers() == []
    assert not [one for one in s.shown() if one["text"] == "on its way"], "found, and not brought up to date"


def test_a_reminder_is_found_by_its_number_and_the_next_one_is_posted(s: Away) -> None:
    split(s)
    s.asked("ha-demote-primary")
    s.rounds()
    s.clock.tick(minutes=8)
    requests.remind(s.store)
    s.slack.lose_answers("chat.postMessage")
    s.rounds(5)
    assert len([one for one in s.shown() if "Still waiting" in one["text"]]) == 1
    with s.store.writing() as session:
        session.connection().exec_driver_sql("UPDATE post SET wanted = wanted + 1, done = 0 WHERE kind = 'reminder'")
    s.rounds(5)
    assert len([one for one in s.shown() if "Still waiting" in one["text"]]) == 2


def test_a_file_whose_answer_was_lost_is_not_given_twice(s: Away) -> None:
    run = sent(s.store)
    runs.end(s.store, run.id, SUCCEEDED, seen(), "what was said")
    s.slack.lose_answers("files.completeUploadExternal")
    s.rounds(5)
    names = [file["name"] for one in s.shown(CHANNEL) for file in one.get("files") or ()]
    assert len(names) == 1, names
    assert outbox.undelivered(s.store) == 0


def test_where_nothing_may_be_read_it_is_posted_rather_twice_than_never(tmp_path: Path) -> None:
    s = Away(tmp_path, *HISTORY)
    split(s)
    s.asked("ha-demote-primary")
    s.slack.lose_answers("chat.postMessage")
    s.rounds(5)
    twice = s.strangers()
    s.slack.stop()
    assert len(twice) == 1
    assert outbox.undelivered(s.store) == 0


def test_what_has_lost_its_thread_is_shown_in_the_channel(s: Away) -> None:
    run = sent(s.store)
    s.rounds()
    for one in s.shown(CHANNEL):
        s.client.chat_delete(channel=CHANNEL, ts=one["ts"])
    runs.end(s.store, run.id, SUCCEEDED, seen(), "what was said")
    with s.store.writing() as session:
        session.connection().exec_driver_sql("UPDATE post SET done = 1 WHERE kind = 'card'")
    s.rounds(5)
    assert outbox.undelivered(s.store) == 0
    assert [one for one in s.shown(CHANNEL) if one["text"].startswith("✅ done: ha-failback")]
    assert [one for one in s.shown(CHANNEL) if one.get("files")], "the transcript"


def test_what_slack_refused_for_certain_is_not_looked_for(s: Away) -> None:
    split(s)
    s.asked("ha-demote-primary")
    s.slack.fail("chat.postMessage", "is_archived", 2)
    s.deliverer.round()
    assert {post.tried for post in _all(s.store)} == {False}


def _all(store: Store) -> list[outbox.DueMessage]:
    later = Store("", lambda: store.now().replace(year=2030), store.engine)
    return outbox.due(later)


class Limited(WebClient):
    """A client that counts what it is asked to post, and where to."""

    asked: list[str]

    def chat_postMessage(self, **words: Any) -> Any:
        self.asked.append(words["channel"])
        return super().chat_postMessage(**words)


def test_a_channel_that_is_limited_is_left_alone_and_the_others_are_not(s: Away) -> None:
    client = Limited(s.slack.bot_token, base_url=s.slack.api_url, timeout=5)
    client.asked = []
    s.slack.rate_limit(20, ["chat.postMessage"])
    for pair in ("a", "b", "c"):
        asked(s.store, pair)
    split(s)
    s.asked("ha-demote-primary")
    deliverer = Deliverer(s.desk, client, pictures=False)
    for _ in range(10):
        deliverer.round()
        s.clock.tick(seconds=1)
    assert sorted(set(client.asked)) == sorted(client.asked), "one that was limited was asked for again"
    assert {OPS, CHANNEL} <= set(client.asked)
    for _ in range(15):
        deliverer.round()
        s.clock.tick(seconds=1)
    assert outbox.undelivered(s.store) == 0
    assert len(s.shown(CHANNEL)) == 3


class Slow(WebClient):
    """A client whose first message takes longer than its claim: another process does what `meanwhile` says."""

    def chat_postMessage(self, **words: Any) -> Any:
        found = super().chat_postMessage(**words)
        self.meanwhile(found["ts"])
        return found


@pytest.mark.parametrize("finds", [True, False], ids=["which finds it", "which posts it anew"])
def test_a_message_that_another_process_took_over_stands_once_and_nothing_leaks(s: Away, finds: bool) -> None:
    split(s)
    s.asked("ha-demote-primary")
    s.rounds()
    asked(s.store, "paris")
    other = Store("", s.clock, s.store.engine)
    client = Slow(s.slack.bot_token, base_url=s.slack.api_url, timeout=5)
    client.meanwhile = lambda _: (s.clock.tick(seconds=61), outbox.take(other, outbox.due(other)[0]))  # type: ignore[attr-defined]
    deliverer = Deliverer(s.desk, client, pictures=False)
    deliverer.round()
    (mine,) = s.shown(CHANNEL)
    assert len(deliverer._shown) == 1, "the other one may find it yet"
    (post,) = [one for one in _all(s.store) if one.kind is MessageKind.CARD]
    ts = mine["ts"] if finds else s.client.chat_postMessage(channel=CHANNEL, text="anew")["ts"]
    assert outbox.delivered(other, post, CHANNEL, ts)
    client.meanwhile = lambda _: None  # type: ignore[attr-defined]
    deliverer.round()
    assert [one["ts"] for one in s.shown(CHANNEL)] == [ts]
    assert deliverer._shown == {}


def test_who_has_left_is_not_written_to_for_ever(s: Away) -> None:
    run = sent(s.store)
    s.slack.fail("conversations.open", "user_disabled", times=99)
    runs.end(s.store, run.id, SUCCEEDED, seen(), "what was said")
    s.rounds(5)
    assert outbox.undelivered(s.store) == 0
    with s.store.reading() as session:
        told = session.connection().exec_driver_sql("SELECT data FROM audit WHERE kind = 'message_given_up'").scalars()
        assert [json.loads(one) for one in told] == [{"to": ASKER, "why": "user_disabled"}]


def test_a_channel_that_is_gone_is_waited_for_a_day(s: Away) -> None:
    s.slack.fail("chat.postMessage", "is_archived", times=999)
    asked(s.store)
    for _ in range(23):
        s.rounds()
        s.clock.tick(hours=1)
    assert outbox.undelivered(s.store) == 1
    s.clock.tick(hours=2)
    s.rounds()
    assert outbox.undelivered(s.store) == 0


class Uploading(WebClient):
    """Something else happens before each upload, or after it."""

    def files_upload_v2(self, **words: Any) -> Any:
        self.before()
        sent = super().files_upload_v2(**words)
        self.after()
        return sent


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_that_another_process_took_over_is_given_once(s: Away, when: str) -> None:
    run = sent(s.store)
    s.rounds()
    runs.end(s.store, run.id, SUCCEEDED, seen(), "what was said")
    other = Deliverer(replace(s.desk, store=Store("", s.clock, s.store.engine)), s.client, pictures=False)
    client = Uploading(s.slack.bot_token, base_url=s.slack.api_url, timeout=5)
    client.before = client.after = lambda: None  # type: ignore[attr-defined]
    setattr(client, when, lambda: (s.clock.tick(seconds=61), other.round()))
    deliverer = Deliverer(s.desk, client, pictures=False)
    deliverer.round()
    names = [file["name"] for one in s.shown(CHANNEL) for file in one.get("files") or ()]
    assert len(names) == 1, names
    assert deliverer._shown == {}
    assert outbox.undelivered(s.store) == 0


def test_what_is_new_and_urgent_does_not_wait_for_a_backlog(s: Away) -> None:
    for number in range(6):
        run = sent(s.store, f"pair {number}")
        runs.end(s.store, run.id, SUCCEEDED, seen(), "text")
        s.clock.tick(minutes=1)
    asked(s.store, "fresh")
    first = outbox.due(s.store, most=3)
    assert [post.kind for post in first] == [MessageKind.CARD] * 3
    numbers = [post.request_id for post in first]
    assert numbers == sorted(numbers, reverse=True), "not the newest first"
