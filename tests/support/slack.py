"""As much of Slack as a test of the desk needs."""

from typing import Any


class Slack:
    """As much of slack_sdk's client as is used here; it counts what is posted."""

    def __init__(self) -> None:
        self.posted: list[str] = []
        self.published: list[dict[str, Any]] = []
        self.ephemeral: list[str] = []
        self.error: Exception | None = None

    def chat_postMessage(self, channel: str, text: str, **_: Any) -> dict[str, str]:
        if self.error:
            raise self.error
        self.posted.append(text)
        return {"channel": channel, "ts": f"{len(self.posted)}.0"}

    def chat_update(self, **_: Any) -> None:
        pass

    def conversations_history(self, **_: Any) -> dict[str, Any]:
        return {"messages": []}

    def chat_postEphemeral(self, text: str, **_: Any) -> None:
        self.ephemeral.append(text)

    def conversations_open(self, users: str) -> dict[str, dict[str, str]]:
        return {"channel": {"id": f"D{users}"}}

    def users_info(self, user: str) -> dict[str, Any]:
        return {"user": {"id": user, "team_id": "T0", "is_restricted": user == "U0GUEST"}}

    def auth_test(self) -> dict[str, str]:
        return {"team_id": "T0"}

    def views_update(self, **_: Any) -> None:
        pass

    def views_publish(self, user_id: str, view: dict[str, Any]) -> None:
        self.published.append(view)
