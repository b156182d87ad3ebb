"""What the app hears of its own messages: Slack sends an app the events of what it wrote itself, too."""

from __future__ import annotations

from . import payloads
from .errors import Json
from .messages import Post
from .people import Channel
from .workspace import Workspace


def posted(w: Workspace, place: Channel, post: Post) -> None:
    """Send the event of a new message."""
    _send(w, place, plain(post))


def changed(w: Workspace, place: Channel, post: Post, before: Json) -> None:
    """Send the event of an edit; ``before`` is the message as it was."""
    inner = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": w.messages.next_ts()}
    _send(w, place, {**inner, "message": plain(post), "previous_message": before})


def removed(w: Workspace, place: Channel, post: Post) -> None:
    """Send the event of a deletion."""
    inner = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": w.messages.next_ts()}
    _send(w, place, {**inner, "deleted_ts": post.ts, "previous_message": plain(post)})


def plain(post: Post) -> Json:
    """Return the message as it stands in answers and events."""
    return {k: v for k, v in post.shown().items() if k not in ("channel", "is_ephemeral")}


def _send(w: Workspace, place: Channel, inner: Json) -> None:
    kind = "im" if place.direct_with else "group" if place.private else "channel"
    event = f"message.{kind}" if kind == "im" else f"message.{kind}s"
    # Without a manifest the app is not taken to read along; where the bot is no member it hears nothing.
    if w.manifest.events and w.manifest.wants(event) and (place.bot or place.direct_with):
        event_ts = str(inner["ts"])
        envelope = payloads.event(w, {**inner, "channel": place.id, "channel_type": kind, "event_ts": event_ts})
        w.wire.send_later(envelope)
