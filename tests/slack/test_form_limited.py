"""Slack opens no form for a while: who pressed hears so at once, and may press again."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from bot.domain.request import Stage
from bot.registry import load_commands
from bot.settings import Settings
from bot.slack.app import Listeners
from bot.slack.client import ShortWaits, make_client
from bot.slack.people import People
from bot.store import requests
from tests.proof.away import OPS, Away
from tests.support.interactions import INTERACTIONS
from tests.support.patience import HANG, eventually
from tests.support.stage import split

NO_FORM = "Slack opens no form for me now, as I have asked it for too much. Nothing was done. Press again in a minute."


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Away]:
    found = Away(tmp_path)
    yield found
    found.slack.stop()


def listeners(stage: Away) -> Listeners:
    settings = Settings(pairs_file=Path("pairs.toml"), bot_token=stage.slack.bot_token, api_url=stage.slack.api_url)
    client = make_client(settings)
    return Listeners(stage.desk, load_commands(), client, People(client), lambda work: work())


def click(action: str, value: str) -> dict[str, Any]:
    """A button, as Slack tells of it, by Bob."""
    pressed = {"action_id": action, "value": value, "text": {"type": "plain_text", "text": "Approve…"}}
    user = {"id": "U0BOB", "team_id": "T0LOCAL"}
    return {"actions": [pressed], "channel": {"id": OPS}, "user": user, "trigger_id": f"1.{action}"}


def told(stage: Away) -> list[str]:
    return [message["text"] for message in stage.slack.as_person("U0BOB").directs()]


def test_who_presses_while_slack_limits_forms_hears_so_instead_of_waiting(stage: Away) -> None:
    split(stage)
    request, acknowledged = stage.asked("ha-demote-primary"), threading.Event()
    stage.slack.rate_limit(10 * HANG, ["views.open"])

    def press() -> None:
        pressed = listeners(stage).on_click(INTERACTIONS["approve"])
        pressed(lambda: acknowledged.set(), click("approve", str(request.id)))  # type: ignore[arg-type]

    threading.Thread(target=press, daemon=True).start()
    eventually(lambda: told(stage))  # were the limit waited for, this would give up first
    assert acknowledged.is_set()
    assert told(stage) == [f"⛔ {NO_FORM}"]
    assert "Nothing was done" in NO_FORM
    assert requests.get(stage.store, request.id).stage is Stage.PENDING


@pytest.mark.parametrize(("said", "waited_for"), [("1", True), ("2", True), ("3", False), ("60", False), ("", False)])
def test_only_a_short_limit_is_waited_for_and_once(said: str, waited_for: bool) -> None:
    waits, state = ShortWaits(max_retry_count=1), RetryState()
    request = HttpRequest(method="POST", url="http://127.0.0.1/api/views.open", headers={})
    limited = HttpResponse(status_code=429, headers={"Retry-After": [said]})
    assert waits.can_retry(state=state, request=request, response=limited) is waited_for
    state.current_attempt = 1
    assert not waits.can_retry(state=state, request=request, response=limited)
