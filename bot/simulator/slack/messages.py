"""The messages of all channels, as Slack keeps them: ordered by ts, threads by their parent's ts."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .errors import Json


@dataclass
class Post:
    """One message; ``only_for`` names the one person who sees an ephemeral message."""

    channel: str
    ts: str
    body: Json
    only_for: str | None = None

    @property
    def thread_ts(self) -> str | None:
        """Return the ts of the thread's parent, or None outside threads."""
        found: str | None = self.body.get("thread_ts")
        return found

    @property
    def is_reply(self) -> bool:
        """Tell whether this message stands in a thread and not in the channel."""
        return self.thread_ts not in (None, self.ts) and self.body.get("subtype") != "thread_broadcast"

    def shown(self) -> Json:
        """Return a copy as the client shows it: the message, its channel, and whether it is ephemeral."""
        return {
            **copy.deepcopy(self.body),
            "channel": self.channel,
            "is_ephemeral": self.only_for is not None,
        }


class Messages:
    """Every message of the workspace; timestamps are unique and grow."""

    def __init__(self, now: Callable[[], float], changed: Callable[[], None]) -> None:
        self._now = now
        self._changed = changed
        self._posts: dict[str, list[Post]] = {}
        self._last = 0

    def next_ts(self) -> str:
        """Return a new timestamp, seconds with six decimals, later than every one before."""
        self._last = max(int(self._now() * 1_000_000), self._last + 100)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def add(self, channel: str, body: Json, only_for: str | None = None) -> Post:
        """Keep a new message and return it."""
        ts = self.next_ts()
        kept = {"type": "message", **{k: v for k, v in body.items() if v is not None}, "ts": ts}
        if kept.get("blocks"):
            kept["blocks"] = with_ids(kept["blocks"])
        post = Post(channel, ts, kept, only_for)
        self._posts.setdefault(channel, []).append(post)
        self._count_replies(post)
        self._changed()
        return post

    def change(self, post: Post, fields: Json, editor: str | None = None) -> None:
        """Replace the text and blocks of a message; ``editor`` is recorded as Slack records edits."""
        for name in ("text", "blocks", "attachments", "metadata"):
            if name in fields:
                post.body[name] = fields[name]
        if post.body.get("blocks"):
            post.body["blocks"] = with_ids(post.body["blocks"])
        if editor:
            post.body["edited"] = {"user": editor, "ts": self.next_ts()}
        self._changed()

    def remove(self, post: Post) -> None:
        """Take a message away."""
        self._posts[post.channel].remove(post)
        self._count_replies(post)
        self._changed()

    def find(self, channel: str, ts: str) -> Post | None:
        """Return the message with this ts, ephemeral ones included, or None."""
        return next((post for post in self.all(channel) if post.ts == ts), None)

    def all(self, channel: str) -> Iterator[Post]:
        """Yield every message of a channel, oldest first, threads and ephemerals included."""
        yield from list(self._posts.get(channel, ()))

    def public(self, channel: str) -> list[Post]:
        """Return the messages everybody in the channel sees, oldest first."""
        return [post for post in self.all(channel) if post.only_for is None]

    def seen_by(self, person: str, channel: str, thread_ts: str | None = None) -> list[Json]:
        """Return what ``person`` sees in the channel, or in one of its threads, oldest first."""
        seen = [post for post in self.all(channel) if post.only_for in (None, person)]
        if thread_ts is None:
            return [post.shown() for post in seen if not post.is_reply]
        return [post.shown() for post in seen if thread_ts in (post.ts, post.thread_ts)]

    def _count_replies(self, post: Post) -> None:
        if not post.thread_ts or post.only_for:
            return
        parent = self.find(post.channel, post.thread_ts)
        if parent is None or parent is post:
            return
        replies = [p for p in self.public(post.channel) if p.thread_ts == parent.ts and p is not parent]
        parent.body.update(
            thread_ts=parent.ts,
            reply_count=len(replies),
            reply_users=list(dict.fromkeys(str(p.body.get("user")) for p in replies)),
            latest_reply=replies[-1].ts if replies else parent.ts,
        )


def with_ids(blocks: list[Json]) -> list[Json]:
    """Return a copy of the blocks in which each has a block_id and each element an action_id."""
    filled = copy.deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in interactive(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return filled


def interactive(block: Json) -> list[Json]:
    """Return the elements of a block that a person can press, choose from or type into."""
    held: list[Any] = [block.get("element"), block.get("accessory")]
    if block.get("type") in ("actions", "context_actions"):
        held += block.get("elements", [])
    return [e for e in held if isinstance(e, dict) and e.get("type") != "image"]
