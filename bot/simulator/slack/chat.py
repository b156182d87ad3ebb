"""Web API: chat.* and reactions.add."""

from __future__ import annotations

import json
import re

from . import echoes
from .blocks import check_message
from .errors import ApiError, Json
from .messages import Post
from .methods import Args, method
from .people import Channel
from .workspace import Workspace

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
MOST_ATTACHMENTS = 100
LONGEST_METADATA = 16_000
EVENT_TYPE = re.compile(r"^\w+$", re.ASCII)


@method("chat.postMessage", "chat:write", per_minute=60)
def post_message(w: Workspace, args: Args) -> Json:
    """Post to a channel, a thread or a person's direct message."""
    channel = w.postable(args.text("channel"))
    body = w.bot_message(**_content(args, LONGEST_POST))
    body["thread_ts"] = _parent(w, channel, args.maybe("thread_ts"))
    if body["thread_ts"] and args.flag("reply_broadcast"):
        body["subtype"] = "thread_broadcast"
    post = w.messages.add(channel.id, body)
    echoes.posted(w, channel, post)
    return {"ok": True, "channel": channel.id, "ts": post.ts, "message": echoes.plain(post)}


@method("chat.update", "chat:write")
def update(w: Workspace, args: Args) -> Json:
    """Replace a message of the bot."""
    channel = w.visible(args.text("channel"))
    post = _own(w, channel, args.text("ts"), "cant_update_message")
    content = _content(args, LONGEST_UPDATE)
    # What is left out stays as it was: text alone keeps the old blocks, buttons and all; [] removes them.
    given = {name: value for name, value in content.items() if args.has(name)}
    before = echoes.plain(post)
    w.messages.change(post, given, editor=w.me.bot_user)
    echoes.changed(w, channel, post, before)
    return {
        "ok": True,
        "channel": channel.id,
        "ts": post.ts,
        "text": post.body["text"],
        "message": echoes.plain(post),
    }


@method("chat.delete", "chat:write")
def delete(w: Workspace, args: Args) -> Json:
    """Delete a message of the bot."""
    channel = w.visible(args.text("channel"))
    post = _own(w, channel, args.text("ts"), "cant_delete_message")
    w.messages.remove(post)
    echoes.removed(w, channel, post)
    return {"ok": True, "channel": channel.id, "ts": post.ts}


@method("chat.postEphemeral", "chat:write", per_minute=100)
def post_ephemeral(w: Workspace, args: Args) -> Json:
    """Show a message to one member of a channel."""
    channel = w.visible(args.text("channel"))
    user = args.text("user")
    if channel.archived:
        raise ApiError("is_archived")
    if user not in w.people:
        raise ApiError("user_not_found")
    if not channel.bot:
        raise ApiError("not_in_channel")
    if user not in channel.everybody(w.me.bot_user):
        raise ApiError("user_not_in_channel")
    body = w.bot_message(**_content(args, LONGEST_POST))
    body["thread_ts"] = _parent(w, channel, args.maybe("thread_ts"))
    return {"ok": True, "message_ts": w.messages.add(channel.id, body, only_for=user).ts}


@method("chat.getPermalink", per_minute=1000)
def permalink(w: Workspace, args: Args) -> Json:
    """Return the address of a message."""
    channel = w.visible(args.text("channel"))
    post = w.messages.find(channel.id, args.text("message_ts"))
    if post is None or post.only_for:
        raise ApiError("message_not_found")
    address = f"{w.url}/archives/{channel.id}/p{post.ts.replace('.', '')}"
    if post.is_reply:
        address += f"?thread_ts={post.thread_ts}&cid={channel.id}"
    return {"ok": True, "channel": channel.id, "permalink": address}


@method("reactions.add", "reactions:write")
def react(w: Workspace, args: Args) -> Json:
    """Put the bot's reaction on a message."""
    channel = w.visible(args.text("channel"))
    post = w.messages.find(channel.id, args.text("timestamp"))
    if post is None or post.only_for:
        raise ApiError("message_not_found")
    held: list[Json] = post.body.setdefault("reactions", [])
    name = args.text("name")
    reaction = next((r for r in held if r["name"] == name), None)
    if reaction and w.me.bot_user in reaction["users"]:
        raise ApiError("already_reacted")
    if reaction is None:
        reaction = {"name": name, "users": [], "count": 0}
        held.append(reaction)
    reaction["users"].append(w.me.bot_user)
    reaction["count"] += 1
    w.changed()
    return {"ok": True}


def content(text: str | None, blocks: list[Json] | None, longest: int = LONGEST_POST) -> Json:
    """Return checked text and blocks; raises ApiError with Slack's code for what is wrong with them."""
    if blocks:
        check_message(blocks)
    if text and len(text) > longest:
        raise ApiError("msg_too_long")
    return {"text": text, "blocks": blocks}


def _content(args: Args, longest: int) -> Json:
    blocks, attachments = args.data("blocks"), args.data("attachments")
    text = args.maybe("text")
    if not (text or blocks or attachments):
        raise ApiError("no_text")
    if not isinstance(attachments or [], list):
        raise ApiError("invalid_attachments")
    if attachments and len(attachments) > MOST_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    checked = content(text, blocks, longest)
    if attachments:
        checked["attachments"] = attachments
    if args.has("metadata"):
        checked["metadata"] = _metadata(args.data("metadata"))
    return checked


def _metadata(given: object) -> Json | None:
    """Return what a message carries unseen; an empty object is nothing, and takes away what there was."""
    if not isinstance(given, dict):
        raise ApiError("invalid_metadata_format")
    if not given:
        return None
    if not (isinstance(given.get("event_type"), str) and EVENT_TYPE.match(given["event_type"])):
        raise ApiError("invalid_metadata_schema")
    if not isinstance(given.get("event_payload"), dict) or set(given) - {"event_type", "event_payload"}:
        raise ApiError("invalid_metadata_schema")
    if len(json.dumps(given)) > LONGEST_METADATA:
        raise ApiError("metadata_too_large")
    return given


def _parent(w: Workspace, channel: Channel, thread_ts: str | None) -> str | None:
    if thread_ts is None:
        return None
    parent = w.messages.find(channel.id, thread_ts)
    if parent is None or parent.only_for:
        raise ApiError("thread_not_found")
    return parent.thread_ts or parent.ts


def _own(w: Workspace, channel: Channel, ts: str, not_mine: str) -> Post:
    post = w.messages.find(channel.id, ts)
    if post is None or post.only_for:
        raise ApiError("message_not_found")
    if post.body.get("bot_id") != w.me.bot_id:
        raise ApiError(not_mine)
    return post
