"""A Slack that can be away, with the bot in this process."""

from pathlib import Path
from typing import Any

from slack_sdk import WebClient

from bot.manifest import manifest
from bot.registry import load_commands
from bot.simulator.slack import Channel, LocalSlack, Person
from bot.slack.outbox import Deliverer
from tests.store.given import ASKER, CHANNEL
from tests.support.stage import Stage_

OPS = "C0OPS"


PEOPLE = [Person("U0ALICE", "alice", "Alice"), Person("U0BOB", "bob", "Bob"), Person(ASKER, "ann", "Ann")]


class Away(Stage_):
    """A desk, a local Slack on the same clock, and a deliverer between them."""

    def __init__(self, folder: Path, *without: str) -> None:
        super().__init__(folder)
        everybody = (*(one.id for one in PEOPLE), "U0PAIRKEEPER")
        places = [Channel(OPS, "ops", members=everybody), Channel(CHANNEL, "one", members=everybody)]
        installed = manifest(load_commands())
        scopes = installed["oauth_config"]["scopes"]
        scopes["bot"] = [scope for scope in scopes["bot"] if scope not in without]
        events = installed["settings"]["event_subscriptions"]
        events["bot_events"] = ["app_home_opened"]
        self.slack = LocalSlack(PEOPLE, places, [], installed, now=lambda: self.clock().timestamp())
        self.slack.start()
        self.client = WebClient(self.slack.bot_token, base_url=self.slack.api_url, timeout=5)
        self.deliverer = Deliverer(self.desk, self.client, pictures=False)

    def rounds(self, seconds: int = 0) -> None:
        """Deliver, and again each second."""
        for _ in range(seconds):
            self.deliverer.round()
            self.clock.tick(seconds=1)
        self.deliverer.round()

    def shown(self, channel: str = OPS) -> list[dict[str, Any]]:
        return [one for one in self.slack.messages(channel) if one.get("bot_id")]

    def strangers(self) -> list[str]:
        """What Slack shows that no row knows: it stands twice."""
        with self.store.reading() as session:
            known = set(session.connection().exec_driver_sql("SELECT ts FROM post").scalars())
        return [one["text"] for one in self.shown() if one["ts"] not in known]
