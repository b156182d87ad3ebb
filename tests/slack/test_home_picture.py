"""App Home's picture is drawn anew for ever: the old files do not stay at Slack, and no other file goes with them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.domain.status import State
from bot.manifest import manifest
from bot.registry import load_commands
from bot.simulator import cast
from bot.simulator.slack import LocalSlack
from bot.slack.outbox import YOUNG, Deliverer
from bot.slack.picture import at_home, last_day
from bot.store import outbox
from tests.support.past import ALICE, Past


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    found = LocalSlack(list(cast.FIVE), cast.channels(), cast.groups(), manifest(load_commands()))
    found.start()
    yield found
    found.stop()


def test_the_last_two_pictures_of_app_home_are_kept_and_what_a_message_shows(slack: LocalSlack, tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.pass_by(3)
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    deliverer = Deliverer(past.desk, client)
    shown = last_day(past.desk, client)  # of all pairs, as a summary and /ha-summary show it
    assert shown
    files: list[set[str]] = []
    for _ in range(4):
        outbox.open_home(past.store, ALICE)
        deliverer.round()
        files.append({one.id for one in slack.files} - {shown["slack_file"]["id"]})
        past.clock.tick(seconds=(YOUNG + timedelta(minutes=1)).total_seconds())
    assert [len(one) for one in files] == [1, 2, 2, 2]
    assert files[1] & files[2], "who has not got the newest yet still sees the one before"
    assert not files[0] & files[2]
    assert shown["slack_file"]["id"] in {one.id for one in slack.files}
    past.store.engine.dispose()


def test_the_picture_is_drawn_anew_once_a_pair_has_shown_something_new(slack: LocalSlack, tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.pass_by(3)
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    first, told = at_home(past.desk, client, YOUNG)
    assert told["elements"][0]["text"].startswith("Drawn at <!date^")
    past.pass_by(3)
    assert at_home(past.desk, client, YOUNG) == [first, told], "nothing has changed since"
    past.look(states=(State.DEMOTED, State.ACTIVE))
    past.clock.tick(minutes=1)
    again, later = at_home(past.desk, client, YOUNG)
    assert again["slack_file"] != first["slack_file"]
    assert later != told
    past.store.engine.dispose()
