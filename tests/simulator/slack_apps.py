"""A workspace to test in, and real Bolt apps connected to it by either transport."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient
from waitress.server import create_server

from bot.simulator.slack import Channel, Group, LocalSlack, Person
from bot.slack.server import close_server

LONDON, PRIVATE, OTHER = "C0LONDON", "C0PRIVATE", "C0OTHER"
MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Pairkeeper"},
    "features": {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "slash_commands": [
            {"command": "/ha-status", "description": "See a pair", "should_escape": True},
            {"command": "/ha-history", "description": "Look back", "should_escape": False},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "commands",
                "chat:write",
                "chat:write.public",
                "files:write",
                "users:read",
                "usergroups:read",
                "app_mentions:read",
                "im:history",
                "im:write",
            ]
        }
    },
    "settings": {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {"bot_events": ["app_mention", "message.im", "app_home_opened"]},
    },
}


class Clock:
    """A clock that a test moves by hand; seconds."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def workspace(**options: Any) -> LocalSlack:
    """Return a local Slack, not yet started, with two members, a guest, a stranger and a leaver."""
    people = [
        Person("U0ALICE", "alice", "Alice"),
        Person("U0BOB", "bob", "Bob"),
        Person("U0GUEST", "gus", "Gus", kind="guest"),
        Person("U0STRANGER", "stella", "Stella", kind="stranger"),
        Person("U0GONE", "gone", "Gone", kind="deleted"),
    ]
    everybody = tuple(person.id for person in people)
    channels = [
        Channel(LONDON, "pam-london", members=everybody),
        Channel(PRIVATE, "pam-private", private=True, members=everybody, bot=False),
        Channel(OTHER, "pam-other", members=everybody, bot=False),
    ]
    return LocalSlack(people, channels, [Group("S0DBA", "dba", ("U0BOB",))], **options)


def make_app(slack: LocalSlack, **options: Any) -> App:
    """Return a Bolt app pointed at the local Slack."""
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    return App(client=client, signing_secret=slack.signing_secret, **options)


@contextmanager
def connected(slack: LocalSlack, app: App, way: str) -> Iterator[None]:
    """Connect an app by ``socket`` or ``http``."""
    with by_socket(slack, app) if way == "socket" else by_http(slack, app):
        yield


@contextmanager
def by_socket(slack: LocalSlack, app: App) -> Iterator[SocketModeHandler]:
    """Connect an app with Bolt's own Socket Mode client."""
    before = len(slack.sockets())
    handler = SocketModeHandler(app, slack.app_token, ping_interval=0.5)
    handler.connect()
    try:
        slack.wait_for(lambda: len(slack.sockets()) > before)
        yield handler
    finally:
        _close(slack, handler)


def _close(slack: LocalSlack, handler: SocketModeHandler) -> None:
    client: Any = handler.client
    # Left alone, the client closes after three seconds in a read and one at its queue; both are cut short.
    client.auto_reconnect_enabled = False
    slack.drop_sockets()
    client.message_processor.event.set()
    client.enqueue_message("")
    closing = threading.Thread(target=handler.close)
    closing.start()
    while closing.is_alive():
        # Said again: a session that just begins takes back that it is to end, and would be waited for for ever.
        client.current_session_state.terminated = True
        closing.join(0.05)


@contextmanager
def by_http(slack: LocalSlack, app: App) -> Iterator[None]:
    """Serve an app with Bolt's WSGI adapter on waitress, and let the local Slack post there."""
    server = create_server(SlackRequestHandler(app), host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    slack.deliver_to(f"http://127.0.0.1:{server.effective_port}/slack/events")
    try:
        yield
    finally:
        slack.deliver_to(None)
        close_server(server)
        thread.join(0.05)  # it ends when its last kept-alive connection does


def card(**fields: Any) -> list[dict[str, Any]]:
    """Return the blocks of a card with one button."""
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Approve"},
        "action_id": "approve",
        "value": "7",
        **fields,
    }
    return [{"type": "actions", "block_id": "decide", "elements": [button]}]


def modal(*inputs: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """Return a modal with plain text inputs, each a block_id and a label."""
    blocks = [
        {
            "type": "input",
            "block_id": block,
            "label": {"type": "plain_text", "text": label},
            "element": {"type": "plain_text_input", "action_id": "typed"},
        }
        for block, label in inputs
    ]
    return {
        "type": "modal",
        "callback_id": "approve",
        "title": {"type": "plain_text", "text": "Approve"},
        "submit": {"type": "plain_text", "text": "Approve"},
        "blocks": blocks,
        **fields,
    }
