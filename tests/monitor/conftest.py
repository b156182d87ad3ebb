"""A few pairs in the sky, a clock that jumps, a bot that watches, and a Slack that it tells."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.manifest import manifest
from bot.registry import load_commands
from bot.simulator import cast
from bot.simulator.slack import LocalSlack
from bot.slack.outbox import Deliverer
from bot.store import Store, outbox
from tests.monitor.house import START, House
from tests.monitor.sky import CHANNEL
from tests.monitor.virtual import VirtualTime
from tests.support.engines import engine_name

__all__ = ["engine_name"]


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """On each kind of database."""
    clock = VirtualTime(START)
    store = Store(database_url, clock.now)
    yield House(store, clock)
    store.engine.dispose()


@pytest.fixture
def slack(house: House) -> Iterator[LocalSlack]:
    """A local Slack by the house's clock."""
    slack = LocalSlack(
        list(cast.FIVE),
        cast.channels(),
        cast.groups(),
        manifest(load_commands()),
        now=lambda: house.clock.true.timestamp(),
    )
    slack.start()
    yield slack
    slack.stop()


@pytest.fixture
def delivered(house: House, slack: LocalSlack) -> Callable[[], list[dict[str, Any]]]:
    """Deliver all that is due; all the messages."""
    client = WebClient(slack.bot_token, base_url=slack.api_url, timeout=10)
    deliverer = Deliverer(house.desk, client, pictures=False)

    def delivered() -> list[dict[str, Any]]:
        for _ in range(60):
            deliverer.round()
            if outbox.undelivered(house.store) == 0:
                return slack.messages(CHANNEL)
            house.clock.advance(house.clock.true + timedelta(seconds=5))
        raise AssertionError("Slack does not take it")

    return delivered
