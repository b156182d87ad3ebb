"""What an app says through a response URL, or in the acknowledgement of a slash command."""

from __future__ import annotations

from .chat import content
from .errors import ApiError, Json
from .grants import ResponseUrl
from .messages import Post
from .workspace import Workspace


def respond(w: Workspace, url: ResponseUrl, said: Json) -> Post | None:
    """Show, replace or delete a message; raises ApiError when Slack would refuse it.

    A message is ephemeral unless ``response_type`` is ``in_channel``; one that is ephemeral stays so.
    """
    source = w.messages.find(url.channel, url.source) if url.source else None
    if said.get("delete_original"):
        if source is not None:
            w.messages.remove(source)
        return None
    checked = _checked(said)
    if said.get("replace_original") and source is not None:
        w.messages.change(
            source, {**checked, "text": checked["text"] or ""}, editor=None if source.only_for else w.me.bot_user
        )
        return source
    return say(w, url.channel, url.person, said)


def say(w: Workspace, channel: str, person: str, said: Json) -> Post:
    """Show a new message in the channel, only to ``person`` unless it is meant for all."""
    body = w.bot_message(**_checked(said), thread_ts=said.get("thread_ts"))
    public = said.get("response_type") == "in_channel"
    return w.messages.add(channel, body, only_for=None if public else person)


def _checked(said: Json) -> Json:
    if not (said.get("text") or said.get("blocks") or said.get("attachments")):
        raise ApiError("no_text")
    return content(said.get("text"), said.get("blocks"))
