"""What the check says of Slack: tokens, channels, people, the quorum, and Slack that gives no answer half-way."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.check import Finding
from bot.check.causes import WAY
from bot.check.workspace import workspace
from bot.domain.pair import Pair
from bot.manifest import manifest
from bot.registry import load_commands
from bot.settings import read_environment
from bot.simulator import cast
from bot.simulator.slack import Group, LocalSlack, Person
from tests.check.proxy import proxy
from tests.domain.build import pair

ROBOT = Person("U0ROBOT", "robot", "Robot", kind="bot")
EVERYBODY = [*cast.FIVE, *cast.REFUSED, ROBOT]
GROUPS = [
    Group("S0TWO", "two", ("U0BOB", "U0CAROL")),
    Group("S0ONE", "one", ("U0BOB",)),
    Group("S0NONE", "none", ()),
    Group("S0MIXED", "mixed", ("U0BOB", "U0GRETA", "U0STAN", "U0ROBOT", "U0DELIA")),
]


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack(EVERYBODY, cast.channels(), GROUPS, manifest(load_commands())) as one:
        yield one


def found(slack: LocalSlack, *pairs: Pair, api_url: str = "", **tokens: str) -> list[Finding]:
    """What the check says of Slack."""
    given = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token} | tokens
    settings = read_environment({"PAIRKEEPER_CONFIG": "pairs.toml"} | given)
    client = WebClient(settings.bot_token, base_url=api_url or slack.api_url)
    if api_url:
        client.timeout = 2  # seconds; so short for what the proxy lets hang, where it ends at once
    return list(workspace(client, settings, pairs))


def wrong(findings: list[Finding]) -> dict[str, Finding]:
    return {one.what: one for one in findings if not one.right}


def london(**changes: Any) -> Pair:
    usual = {"channel": cast.OPS, "requesters": ("U0ALICE",), "approvers": ("U0BOB",)}
    return pair(**(usual | changes))


def quorum(slack: LocalSlack, requesters: str, approvers: str, approvals: int) -> Finding:
    one = london(requesters=tuple(requesters.split()), approvers=tuple(approvers.split()), approvals=approvals)
    return next(finding for finding in found(slack, one) if finding.what == "people quorum")


def test_all_is_well(slack: LocalSlack) -> None:
    said = found(slack, london())
    assert not wrong(said)
    assert {one.what: one.words for one in said}["Slack app token"] == "opens connections"


@pytest.mark.parametrize("error", ["invalid_auth", "missing_scope", "token_revoked"])
def test_an_app_token_that_opens_no_connection(slack: LocalSlack, error: str) -> None:
    slack.fail("apps.connections.open", error)
    said = wrong(found(slack))
    assert said["Slack app token"].words == f"is refused: {error}"
    assert "connections:write" in said["Slack app token"].remedy


def test_an_app_token_of_another_app(slack: LocalSlack) -> None:
    assert list(wrong(found(slack, SLACK_APP_TOKEN="xapp-1-other"))) == ["Slack app token"]


def test_by_http_there_is_no_app_token_to_try(slack: LocalSlack) -> None:
    said = found(slack, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET=slack.signing_secret)
    assert "Slack app token" not in [one.what for one in said]


def test_a_bot_token_that_is_revoked(slack: LocalSlack) -> None:
    said = wrong(found(slack, london(), SLACK_BOT_TOKEN="xoxb-old"))
    assert said["Slack"].words == "refuses the bot token: invalid_auth"


@pytest.mark.parametrize(
    ("requesters", "approvers", "approvals", "left"),
    [
        ("S0TWO", "S0NONE", 1, 0),  # nobody can approve
        ("U0ALICE", "S0NONE", 1, 0),
        ("U0ALICE", "S0ONE", 2, 1),
        ("S0ONE", "S0ONE", 1, 0),  # the group of one asks, and nobody else is in it
        ("S0TWO", "S0TWO", 2, 1),
        ("S0TWO", "U0BOB", 1, 0),
        ("U0ALICE", "S0MIXED", 2, 1),  # guests, strangers, bots and deleted people do not count
        ("U0ALICE", "U0GRETA", 1, 0),
    ],
)
def test_a_quorum_that_cannot_be_met(
    slack: LocalSlack, requesters: str, approvers: str, approvals: int, left: int
) -> None:
    said = quorum(slack, requesters, approvers, approvals)
    assert not said.right
    assert f"asks, {left} can approve and {approvals} must" in said.words
    assert "Add approvers" in said.remedy


@pytest.mark.parametrize(
    ("requesters", "approvers", "approvals"),
    [("S0TWO", "S0TWO", 1), ("U0ALICE", "S0TWO", 2), ("U0ALICE", "S0MIXED", 1), ("S0TWO U0ALICE", "S0TWO U0DAVE", 2)],
)
def test_a_quorum_that_can_be_met(slack: LocalSlack, requesters: str, approvers: str, approvals: int) -> None:
    assert quorum(slack, requesters, approvers, approvals).right


def test_nobody_can_ask(slack: LocalSlack) -> None:
    said = quorum(slack, "S0NONE U0GRETA", "U0BOB", 1)
    assert (said.right, said.words) == (False, "nobody can ask for anything")


def test_who_does_not_count_is_told(slack: LocalSlack) -> None:
    out = "U0DELIA is deactivated, U0GRETA is a guest or a bot, U0ROBOT is a guest or a bot, U0STAN is from another"
    said = {one.what: one for one in found(slack, london(approvers=("S0MIXED", "U0GRETA")))}
    assert said["people S0MIXED"].right, "a group may have more in it"
    assert said["people S0MIXED"].words == f"approvers, not counted: {out} workspace"
    assert not said["people U0GRETA"].right
    assert said["people U0GRETA"].remedy == "Take them out of the pairs file."


@pytest.mark.parametrize("how", ["html", "reset", "hang", "cut"])
@pytest.mark.parametrize(
    ("method", "what"),
    [
        ("auth.test", "Slack"),
        ("apps.connections.open", "Slack app token"),
        ("conversations.info", f"channel {cast.OPS}"),
        ("users.info", "people U0ALICE"),
        ("usergroups.users.list", "people S0TWO"),
    ],
)
def test_a_method_that_gets_no_answer_of_slacks(slack: LocalSlack, method: str, what: str, how: str) -> None:
    with proxy(slack.api_url, {method: how}) as url:
        said = wrong(found(slack, london(approvers=("S0TWO",)), api_url=url))
    assert said[what].words.startswith("Slack cannot be reached: ")
    assert said[what].remedy == WAY
    assert "people quorum" not in said, "what is not known is not counted"


def test_slack_that_is_asked_too_often(slack: LocalSlack) -> None:
    slack.rate_limit(60, ["conversations.info"])
    said = wrong(found(slack, london()))
    slack.back()
    assert said[f"channel {cast.OPS}"].remedy == "Check again in a minute."


def test_a_channel_without_the_bot(slack: LocalSlack) -> None:
    slack.change_channel("C0GENERAL", bot=False)
    said = wrong(found(slack, london(channel="C0GENERAL")))
    assert said["channel C0GENERAL"].words == "the bot is not in #general"
