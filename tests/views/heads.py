"""The head message of an incident, as the deliverer draws it."""

from bot.slack.rendering import draw
from bot.store import MessageKind, outbox
from bot.views.terminal import plain_blocks
from tests.views.house import House
from tests.views.pressing import pressed

LINK = "https://example.slack.com/archives/C0OPS/p1"


def head(s: House) -> tuple[str, list[str]]:
    """The head as it would be drawn now, and what can be pressed."""
    (post,) = [one for one in due(s) if one.kind is MessageKind.INCIDENT]
    text, blocks = draw(s.desk, post, lambda _: (), lambda channel, ts: LINK) or ("", [])
    return f"{text}\n{plain_blocks(blocks)}", [does for _, does, _ in pressed(blocks)]


def due(s: House) -> list[outbox.DueMessage]:
    """Every message, whether it is due or not."""
    with s.store.writing() as session:
        session.connection().exec_driver_sql("UPDATE post SET done = false, next_try_at = '2000-01-01 00:00:00.000000'")
    return outbox.due(s.store, 99)


def deliver(s: House) -> None:
    while found := outbox.due(s.store):
        for post in found:
            outbox.delivered(s.store, post, "C0OPS", f"{post.id}.0")
