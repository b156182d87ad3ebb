"""The head message of an incident, as the deliverer draws it."""

from bot.slack.drawing import draw
from bot.store import PostKind, posts
from bot.terminal import plain_blocks
from tests.views.house import House
from tests.views.pressing import pressed

LINK = "https://example.slack.com/archives/C0OPS/p1"


def head(s: House) -> tuple[str, list[str]]:
    """The head as it would be drawn now, and what can be pressed."""
    (post,) = [one for one in due(s) if one.kind is PostKind.INCIDENT]
    text, blocks = draw(s.desk, post, lambda _: (), lambda channel, ts: LINK) or ("", [])
    return f"{text}\n{plain_blocks(blocks)}", [does for _, does, _ in pressed(blocks)]


def due(s: House) -> list[posts.Due]:
    """Every message, whether it is due or not."""
    with s.store.writing() as session:
        session.connection().exec_driver_sql("UPDATE post SET done = false, next_try_at = '2000-01-01 00:00:00.000000'")
    return posts.due(s.store, 99)


def deliver(s: House) -> None:
    while found := posts.due(s.store):
        for post in found:
            posts.delivered(s.store, post, "C0OPS", f"{post.id}.0")
