"""What people read in the thread of an incident."""

from typing import Any, cast

from slack_sdk import WebClient

from bot.slack.outbox import Deliverer
from tests.support.slack import Slack
from tests.views.house import House


class Threads(Slack):
    """It keeps what is posted, with the thread."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: list[tuple[str | None, str]] = []
        self.edits: list[str] = []
        self.kept: list[dict[str, Any]] = []

    def chat_postMessage(self, channel: str, text: str, **more: Any) -> dict[str, str]:
        found = super().chat_postMessage(channel, text, **more)
        self.replies.append((more.get("thread_ts"), text))
        self.kept.append({**found, "thread_ts": more.get("thread_ts"), "metadata": more["metadata"]})
        return found

    def conversations_replies(self, ts: str, **_: Any) -> dict[str, Any]:
        return {"messages": [one for one in self.kept if one["thread_ts"] == ts]}

    def chat_update(self, **given: Any) -> None:
        self.edits.append(given["text"])


def heard(s: House, slack: Threads, since: int) -> list[str]:
    """What is posted anew in the incident's thread."""
    Deliverer(s.desk, cast(WebClient, slack)).round()
    return [text for thread, text in slack.replies[since:] if thread == "1.0"]
