"""The Web API as slack_sdk meets it: tokens, scopes, errors, files, pages, rate limits and faults."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler, ServerErrorRetryHandler

from bot.simulator.slack import LocalSlack
from tests.simulator.slack_apps import LONDON, MANIFEST, OTHER, PRIVATE, Clock, card, workspace

LARGE = {"event_type": "large", "event_payload": {"words": "x" * 16_000}}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[LocalSlack]:
    with workspace(now=clock) as slack:
        yield slack


@pytest.fixture
def client(slack: LocalSlack) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])


def refusal(client: WebClient, method: str, **given: Any) -> Any:
    with pytest.raises(SlackApiError) as failure:
        client.api_call(method, json=given)
    return failure.value.response


@pytest.mark.parametrize(
    ("method", "given", "error"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": PRIVATE, "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": LONDON}, "no_text"),
        ("chat.postMessage", {"channel": LONDON, "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": LONDON, "blocks": [{"type": "sction"}]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": LONDON, "blocks": "[{"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": LONDON, "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
        ("chat.postMessage", {"channel": LONDON, "attachments": [{}] * 101}, "too_many_attachments"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": LONDON, "text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": LONDON, "text": "x", "metadata": []}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": LONDON, "text": "x", "metadata": {"a": 1}}, "invalid_metadata_schema"),
        ("chat.postMessage", {"channel": LONDON, "text": "x", "metadata": LARGE}, "metadata_too_large"),
        ("chat.update", {"channel": LONDON, "ts": "1.2", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": LONDON, "ts": "1.2"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": LONDON, "user": "U0NOBODY", "text": "x"}, "user_not_found"),
        ("chat.postEphemeral", {"channel": OTHER, "user": "U0BOB", "text": "x"}, "not_in_channel"),
        ("chat.getPermalink", {"channel": LONDON, "message_ts": "1.2"}, "message_not_found"),
        ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("conversations.open", {"users": "U0GONE"}, "user_disabled"),
        ("conversations.history", {"channel": OTHER}, "not_in_channel"),
        ("conversations.replies", {"channel": LONDON, "ts": "1.2"}, "thread_not_found"),
        ("conversations.list", {"types": "nonsense"}, "invalid_types"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        ("files.getUploadURLExternal", {"filename": "x", "length": 0}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": [{"id": "F0"}]}, "file_not_found"),
        ("views.publish", {"user_id": "U0NOBODY", "view": {"type": "home", "blocks": []}}, "invalid_arguments"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
        ("chat.nonsense", {}, "unknown_method"),
        ("api.test", {"error": "my_error"}, "my_error"),
    ],
)
def test_refuses_with_slacks_code(client: WebClient, method: str, given: dict[str, Any], error: str) -> None:
    assert refusal(client, method, **given)["error"] == error


def test_knows_the_kinds_of_token(slack: LocalSlack, client: WebClient) -> None:
    def as_token(token: str | None) -> WebClient:
        return WebClient(token, base_url=slack.api_url)

    assert client.auth_test()["user_id"] == "U0PAIRKEEPER"
    assert refusal(as_token(None), "auth.test")["error"] == "not_authed"
    assert refusal(as_token("xoxb-wrong"), "auth.test")["error"] == "invalid_auth"
    assert refusal(as_token(slack.app_token), "users.list")["error"] == "not_allowed_token_type"
    assert as_token(slack.app_token).apps_connections_open(app_token=slack.app_token)["url"].startswith("ws://")
    assert as_token(None).api_test()["ok"]


def test_scopes_come_from_the_manifest(slack: LocalSlack, client: WebClient) -> None:
    slack.install(MANIFEST)
    answer = refusal(client, "conversations.info", channel=LONDON)
    assert answer["error"] == "missing_scope"
    assert "channels:read" in answer["needed"]
    assert "chat:write" in answer["provided"]
    assert "chat:write" in client.auth_test().headers["X-OAuth-Scopes"]
    assert client.chat_postMessage(channel=OTHER, text="chat:write.public")["ok"]
    scopes = {"scopes": {"bot": ["chat:write"]}}
    slack.install({**MANIFEST, "oauth_config": scopes})
    assert refusal(client, "chat.postMessage", channel=OTHER, text="x")["error"] == "not_in_channel"


def test_bad_blocks_are_refused_as_slack_does(client: WebClient) -> None:
    answer = refusal(client, "chat.postMessage", channel=LONDON, blocks=[{"type": "header"}])
    assert answer["errors"] == ["missing required field: text [json-pointer:/blocks/0]"]
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: text [json-pointer:/blocks/0]"]
    with pytest.raises(SlackApiError) as failure:
        client.blocks_validate(blocks=[{"type": "header"}])
    assert failure.value.response["error"] == "invalid_blocks"
    assert failure.value.response["errors"][0]["pointer"] == "/blocks/0"
    assert client.blocks_validate(message={"blocks": card()})["ok"]


def test_timestamps_are_unique_and_grow_while_the_clock_stands_still(client: WebClient) -> None:
    stamps = [client.chat_postMessage(channel=LONDON, text="x")["ts"] for _ in range(20)]
    assert stamps == sorted(set(stamps))
    assert all(len(ts.split(".")[1]) == 6 for ts in stamps)


def test_update_keeps_the_blocks_it_is_not_given(client: WebClient) -> None:
    ts = client.chat_postMessage(channel=LONDON, text="x", blocks=card())["ts"]
    client.chat_update(channel=LONDON, ts=ts, text="y")
    assert client.conversations_history(channel=LONDON)["messages"][0]["blocks"]
    client.chat_update(channel=LONDON, ts=ts, text="z", blocks=[])
    message = client.conversations_history(channel=LONDON)["messages"][0]
    assert (message["text"], message["blocks"], message["edited"]["user"]) == ("z", [], "U0PAIRKEEPER")
    assert refusal(client, "chat.update", channel=LONDON, ts=ts, text="x" * 4001)["error"] == "msg_too_long"
    assert refusal(client, "chat.update", channel="U0BOB", ts=ts, text="x")["error"] == "channel_not_found"


def test_only_its_own_messages_can_be_changed(slack: LocalSlack, client: WebClient) -> None:
    slack.as_person("U0BOB").say(LONDON, "hello")
    ts = slack.messages(LONDON)[0]["ts"]
    assert refusal(client, "chat.update", channel=LONDON, ts=ts, text="x")["error"] == "cant_update_message"
    assert refusal(client, "chat.delete", channel=LONDON, ts=ts)["error"] == "cant_delete_message"


def test_ephemeral_messages_are_in_no_history_and_for_members_only(slack: LocalSlack, client: WebClient) -> None:
    ts = client.chat_postEphemeral(channel=LONDON, user="U0BOB", text="you")["message_ts"]
    assert client.conversations_history(channel=LONDON)["messages"] == []
    assert slack.messages(LONDON) == []
    assert refusal(client, "chat.update", channel=LONDON, ts=ts, text="x")["error"] == "message_not_found"
    slack.change_channel(LONDON, members=("U0ALICE",))
    answer = refusal(client, "chat.postEphemeral", channel=LONDON, user="U0BOB", text="x")
    assert answer["error"] == "user_not_in_channel"


def test_archived_channel(slack: LocalSlack, client: WebClient) -> None:
    slack.change_channel(LONDON, archived=True)
    assert refusal(client, "chat.postMessage", channel=LONDON, text="x")["error"] == "is_archived"


def test_direct_message_by_user_id_and_threads(slack: LocalSlack, client: WebClient) -> None:
    direct = client.conversations_open(users="U0BOB")["channel"]["id"]
    posted = client.chat_postMessage(channel="U0BOB", text="waiting for you")
    assert posted["channel"] == direct
    client.chat_postMessage(channel=direct, text="more", thread_ts=posted["ts"])
    assert [m["text"] for m in slack.as_person("U0BOB").directs()] == ["waiting for you"]
    replies = client.conversations_replies(channel=direct, ts=posted["ts"])["messages"]
    assert [m["text"] for m in replies] == ["waiting for you", "more"]
    assert slack.as_person("U0ALICE").directs() == []


def test_people_groups_and_pages(slack: LocalSlack, client: WebClient) -> None:
    assert client.users_info(user="U0GUEST")["user"]["is_restricted"]
    assert client.users_info(user="U0GONE")["user"]["deleted"]
    assert client.users_info(user="U0STRANGER")["user"]["team_id"] == "T0ELSEWHERE"
    names = [member["name"] for page in client.users_list(limit=2) for member in page["members"]]
    assert names == ["alice", "bob", "gus", "gone", "pairkeeper", "slackbot"]
    assert client.usergroups_list(include_users=True)["usergroups"][0]["users"] == ["U0BOB"]
    assert client.usergroups_users_list(usergroup="S0DBA")["users"] == ["U0BOB"]
    assert [c["name"] for c in client.users_conversations()["channels"]] == ["pam-london"]
    assert "U0PAIRKEEPER" in client.conversations_members(channel=LONDON)["members"]


def test_user_groups_are_limited_to_20_calls_a_minute(client: WebClient, clock: Clock) -> None:
    for _ in range(20):
        client.usergroups_users_list(usergroup="S0DBA")
    answer = refusal(client, "usergroups.users.list", usergroup="S0DBA")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    clock.now += 60
    assert client.usergroups_users_list(usergroup="S0DBA")["ok"]


def test_user_groups_need_a_paid_plan() -> None:
    with workspace(paid=False) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        assert refusal(client, "usergroups.list")["error"] == "plan_upgrade_required"


def test_file_goes_up_into_a_thread(slack: LocalSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=LONDON, text="run")["ts"]
    client.files_upload_v2(
        channel=LONDON, thread_ts=ts, content="line\n" * 1000, filename="run.txt", initial_comment="transcript"
    )
    shown = slack.as_person("U0BOB").sees(LONDON, thread_ts=ts)[1]
    assert (shown["text"], shown["files"][0]["name"], shown["files"][0]["size"]) == ("transcript", "run.txt", 5000)
    (file,) = slack.files
    assert file.content == b"line\n" * 1000
    assert (file.channel, file.thread_ts) == (LONDON, ts)
    with pytest.raises(SlackApiError, match="not_in_channel"):
        client.files_upload_v2(channel=OTHER, content="x", filename="x.txt")


def test_a_deleted_file_takes_its_message_along_unless_that_says_more(slack: LocalSlack, client: WebClient) -> None:
    said, alone = (
        client.files_upload_v2(channel=LONDON, content="x", filename="x.txt", initial_comment=words)["files"][0]["id"]
        for words in ("transcript", None)
    )
    for file in (said, alone):
        assert client.files_delete(file=file)["ok"]
    (left,) = slack.as_person("U0BOB").sees(LONDON)
    assert (left["text"], left["files"]) == ("transcript", [])
    assert refusal(client, "files.delete", file=alone)["error"] == "file_not_found"


def test_429_is_waited_out_by_the_retry_handler(slack: LocalSlack, client: WebClient, clock: Clock) -> None:
    slack.rate_limit(1, methods=["chat.postMessage"])
    answer = refusal(client, "chat.postMessage", channel=LONDON, text="x")
    assert (answer.status_code, answer.headers["Retry-After"], answer["error"]) == (429, "1", "ratelimited")
    assert client.auth_test()["ok"]

    class MovesTheClock(RateLimitErrorRetryHandler):
        def prepare_for_next_attempt(self, **given: Any) -> None:
            super().prepare_for_next_attempt(**given)
            clock.now += 1

    patient = WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[MovesTheClock(max_retry_count=1)])
    assert patient.chat_postMessage(channel=LONDON, text="late")["ok"]


def test_strict_rates_allow_one_message_a_second_in_a_channel() -> None:
    clock = Clock()
    with workspace(now=clock, strict_rates=True) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        assert client.chat_postMessage(channel=LONDON, text="1")["ok"]
        assert client.chat_postMessage(channel=OTHER, text="1")["ok"]
        assert refusal(client, "chat.postMessage", channel=LONDON, text="2").status_code == 429
        clock.now += 1
        assert client.chat_postMessage(channel=LONDON, text="2")["ok"]


def test_away_and_back(slack: LocalSlack, client: WebClient) -> None:
    slack.away()
    with pytest.raises(SlackApiError):
        client.auth_test()
    slack.away(how="reset")
    with pytest.raises(OSError):
        client.auth_test()
    slack.back()
    assert client.auth_test()["ok"]


def test_ordered_failures_and_lost_answers(slack: LocalSlack, client: WebClient) -> None:
    slack.fail("chat.postMessage", "internal_error", times=1)
    assert refusal(client, "chat.postMessage", channel=LONDON, text="x")["error"] == "internal_error"
    assert slack.messages(LONDON) == []
    slack.lose_answers("chat.postMessage")
    with pytest.raises(OSError):
        client.chat_postMessage(channel=LONDON, text="arrived")
    assert [m["text"] for m in slack.messages(LONDON)] == ["arrived"]


def test_500_is_retried_by_the_retry_handler(slack: LocalSlack, clock: Clock) -> None:
    slack.away(seconds=5)

    class MovesTheClock(ServerErrorRetryHandler):
        def prepare_for_next_attempt(self, **given: Any) -> None:
            super().prepare_for_next_attempt(**given)
            clock.now += 6

    patient = WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[MovesTheClock()])
    assert patient.auth_test()["ok"]


def test_what_a_message_carries_is_told_in_full_only_when_asked_for(clock: Clock) -> None:
    scopes = [*MANIFEST["oauth_config"]["scopes"]["bot"], "channels:history"]
    manifest = {**MANIFEST, "oauth_config": {"scopes": {"bot": scopes}}}
    carried = {"event_type": "one_of_mine", "event_payload": {"post": 7, "number": 1}}
    with workspace(now=clock, manifest=manifest) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        first = client.chat_postMessage(channel=LONDON, text="one", metadata=carried)["ts"]
        client.chat_postMessage(channel=LONDON, text="two", thread_ts=first, metadata=carried)
        client.chat_update(channel=LONDON, ts=first, text="one, edited")  # what is left out stays

        def told(**words: Any) -> list[Any]:
            pages = (client.conversations_history(channel=LONDON, **words),)
            pages += (client.conversations_replies(channel=LONDON, ts=first, **words),)  # type: ignore[assignment]
            return [message.get("metadata") for page in pages for message in page["messages"]]

        assert told(include_all_metadata=True) == [carried] * 3
        assert told() == [{"event_type": "one_of_mine"}] * 3
        assert refusal(client, "conversations.history", channel=LONDON, limit=1000)["error"] == "invalid_limit"
        client.chat_update(channel=LONDON, ts=first, text="one", metadata={})
        assert told(include_all_metadata=True, latest=f"{float(first) + 0.00005:.6f}", inclusive=True) == [None, None]
