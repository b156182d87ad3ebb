"""Web API: auth, users, usergroups, conversations, and other questions about the workspace."""

from __future__ import annotations

from typing import TypeVar

from .errors import ApiError, Json, bad_argument
from .methods import Args, method, need
from .people import Channel
from .workspace import Workspace

TYPES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
LONGEST_PAGE = 1000
LONGEST_HISTORY = 999
T = TypeVar("T")


@method("api.test", token="none", per_minute=100)
def api_test(_: Workspace, args: Args) -> Json:
    """Answer with the arguments; with ``error`` given, with that error."""
    if error := args.maybe("error"):
        raise ApiError(error, args=args.all())
    return {"ok": True, "args": args.all()}


@method("auth.test", per_minute=600)
def auth_test(w: Workspace, _: Args) -> Json:
    """Tell whose token this is."""
    return {
        "ok": True,
        "url": f"{w.url}/",
        "team": w.me.team_name,
        "user": w.me.bot_name,
        "team_id": w.me.team_id,
        "user_id": w.me.bot_user,
        "bot_id": w.me.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", "connections:write", token="app", per_minute=20)
def open_connection(w: Workspace, _: Args) -> Json:
    """Return the address at which one socket may be opened."""
    address = w.url.replace("http", "ws", 1)
    return {"ok": True, "url": f"{address}/link/?ticket={w.grants.ticket()}&app_id={w.me.app_id}"}


@method("team.info", "team:read")
def team_info(w: Workspace, _: Args) -> Json:
    """Tell the workspace's name."""
    return {"ok": True, "team": {"id": w.me.team_id, "name": w.me.team_name, "domain": w.me.team_name}}


@method("bots.info", "users:read")
def bots_info(w: Workspace, args: Args) -> Json:
    """Tell which app and user a bot id stands for."""
    if args.text("bot", w.me.bot_id) != w.me.bot_id:
        raise ApiError("bot_not_found")
    bot = {"id": w.me.bot_id, "app_id": w.me.app_id, "user_id": w.me.bot_user, "name": w.me.bot_name}
    return {"ok": True, "bot": {**bot, "deleted": False}}


@method("users.info", "users:read", per_minute=100)
def user_info(w: Workspace, args: Args) -> Json:
    """Return one account."""
    person = w.people.get(args.text("user"))
    if person is None:
        raise ApiError("user_not_found")
    return {"ok": True, "user": person.profile(w.me.team_id)}


@method("users.list", "users:read", per_minute=20)
def user_list(w: Workspace, args: Args) -> Json:
    """Return the workspace's own accounts, a page at a time."""
    return _page([p.profile(w.me.team_id) for p in w.members()], args, "members")


@method("users.conversations", "channels:read", "groups:read", "im:read")
def user_conversations(w: Workspace, args: Args) -> Json:
    """Return the conversations a user, by default the bot, is in."""
    user = args.text("user", w.me.bot_user)
    found = [c for c in _of_types(w, args) if user in c.everybody(w.me.bot_user)]
    return _page([c.info(w.me.bot_user) for c in found], args, "channels")


@method("usergroups.list", "usergroups:read", per_minute=20)
def group_list(w: Workspace, args: Args) -> Json:
    """Return the user groups, with their members when asked."""
    _need_paid_plan(w)
    groups = []
    for group in w.groups.values():
        if group.disabled and not args.flag("include_disabled"):
            continue
        users = {"users": list(group.users)} if args.flag("include_users") else {}
        groups.append({**group.info(w.me.team_id), **users})
    return {"ok": True, "usergroups": groups}


@method("usergroups.users.list", "usergroups:read", per_minute=20)
def group_users(w: Workspace, args: Args) -> Json:
    """Return the members of one user group."""
    _need_paid_plan(w)
    group = w.groups.get(args.text("usergroup"))
    if group is None:
        raise ApiError("no_such_subteam")
    if group.disabled and not args.flag("include_disabled"):
        return {"ok": True, "users": []}
    return {"ok": True, "users": list(group.users)}


@method("conversations.open", "im:write", "channels:manage", "groups:write", "mpim:write")
def open_conversation(w: Workspace, args: Args) -> Json:
    """Open the direct message of one person with the bot."""
    if name := args.maybe("channel"):
        return {"ok": True, "no_op": True, "already_open": True, "channel": {"id": w.visible(name).id}}
    users = args.words("users")
    if not users:
        raise ApiError("users_list_not_supplied")
    if len(users) > 1:
        need(w, "mpim:write")
    if users[0] not in w.people:
        raise ApiError("user_not_found")
    if w.people[users[0]].kind in ("deleted", "bot"):
        raise ApiError("user_disabled" if w.people[users[0]].kind == "deleted" else "cannot_dm_bot")
    known = f"D{users[0][1:]}" in w.channels
    return {"ok": True, "no_op": known, "already_open": known, "channel": {"id": w.direct(users[0]).id}}


@method("conversations.info", "channels:read", "groups:read", "im:read", "mpim:read")
def conversation_info(w: Workspace, args: Args) -> Json:
    """Return one conversation."""
    return {"ok": True, "channel": _readable(w, args, "read").info(w.me.bot_user)}


@method("conversations.members", "channels:read", "groups:read", "im:read", "mpim:read", per_minute=100)
def conversation_members(w: Workspace, args: Args) -> Json:
    """Return the ids of a conversation's members, a page at a time."""
    return _page(_readable(w, args, "read").everybody(w.me.bot_user), args, "members")


@method("conversations.list", "channels:read", "groups:read", "im:read", "mpim:read", per_minute=20)
def conversation_list(w: Workspace, args: Args) -> Json:
    """Return the conversations the bot can see, a page at a time."""
    visible = [c for c in _of_types(w, args) if c.bot or not c.private]
    if args.flag("exclude_archived"):
        visible = [c for c in visible if not c.archived]
    return _page([c.info(w.me.bot_user) for c in visible], args, "channels")


@method("conversations.history", "channels:history", "groups:history", "im:history", "mpim:history")
def history(w: Workspace, args: Args) -> Json:
    """Return the messages of a channel, the newest first; never threads, never ephemeral ones."""
    channel = _readable(w, args, "history")
    return _messages(w, args, channel, [p.ts for p in w.messages.public(channel.id) if not p.is_reply][::-1])


@method("conversations.replies", "channels:history", "groups:history", "im:history", "mpim:history")
def replies(w: Workspace, args: Args) -> Json:
    """Return the parent of a thread and its replies, the oldest first."""
    channel, ts = _readable(w, args, "history"), args.text("ts")
    found = [p.ts for p in w.messages.public(channel.id) if ts in (p.ts, p.thread_ts)]
    if not found:
        raise ApiError("thread_not_found")
    return _messages(w, args, channel, found)


def _messages(w: Workspace, args: Args, channel: Channel, wanted: list[str]) -> Json:
    if not channel.bot:
        raise ApiError("not_in_channel")
    oldest, latest = args.maybe("oldest") or "0", args.maybe("latest") or "9999999999"
    posts = {p.ts: p.shown() for p in w.messages.public(channel.id)}
    in_range = [ts for ts in wanted if float(oldest) < float(ts) < float(latest)]
    if args.flag("inclusive"):
        in_range = [ts for ts in wanted if float(oldest) <= float(ts) <= float(latest)]
    carrying = [_carrying(posts[ts], args.flag("include_all_metadata")) for ts in in_range]
    answer = _page(carrying, args, "messages", LONGEST_HISTORY)
    return {**answer, "has_more": bool(answer["response_metadata"]["next_cursor"])}


def _carrying(message: Json, everything: bool) -> Json:
    """What an app attached to its message: its name only, unless all of it is asked for."""
    carried = message.pop("metadata", None)
    if not carried:
        return message
    return {**message, "metadata": carried if everything else {"event_type": carried["event_type"]}}


def _readable(w: Workspace, args: Args, scope: str) -> Channel:
    if args.maybe("channel") is None:
        raise bad_argument("missing required field: channel")
    channel = w.visible(args.text("channel"))
    need(w, f"{channel.scope_kind}:{scope}")
    return channel


def _of_types(w: Workspace, args: Args) -> list[Channel]:
    wanted = args.words("types") or ["public_channel"]
    if any(kind not in TYPES for kind in wanted):
        raise ApiError("invalid_types")
    for kind in wanted:
        need(w, f"{TYPES[kind]}:read")
    return [c for c in w.channels.values() if c.scope_kind in [TYPES[kind] for kind in wanted]]


def _page(items: list[T], args: Args, key: str, longest: int = LONGEST_PAGE) -> Json:
    limit = args.number("limit", 100)
    if not 0 < limit <= longest:
        raise ApiError("invalid_limit")
    cursor = args.text("cursor", "")
    start = int(cursor) if cursor.isdigit() else 0
    following = str(start + limit) if start + limit < len(items) else ""
    page = items[start : start + limit]
    return {"ok": True, key: page, "response_metadata": {"next_cursor": following}}


def _need_paid_plan(w: Workspace) -> None:
    if not w.paid:
        raise ApiError("plan_upgrade_required")
