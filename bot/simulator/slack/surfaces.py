"""Web API: views.*, blocks.validate and files.*."""

from __future__ import annotations

from .blocks import check_view, problems_of_blocks, problems_of_view
from .chat import content
from .errors import ApiError, Json, bad_argument
from .methods import Args, method
from .workspace import Workspace


@method("views.open", per_minute=100)
def open_view(w: Workspace, args: Args) -> Json:
    """Open a modal with a trigger."""
    view = _view(args, "modal")
    person = w.grants.exchange(args.text("trigger_id"))
    return {"ok": True, "view": w.views.shown(w.views.open(person, view))}


@method("views.push", per_minute=100)
def push_view(w: Workspace, args: Args) -> Json:
    """Put a modal on top of the open one with a trigger."""
    view = _view(args, "modal")
    person = w.grants.exchange(args.text("trigger_id"))
    return {"ok": True, "view": w.views.shown(w.views.push(person, view))}


@method("views.update", per_minute=100)
def update_view(w: Workspace, args: Args) -> Json:
    """Replace an open modal."""
    body = _view(args, "modal")
    if not (args.has("view_id") or args.has("external_id")):
        raise bad_argument("missing required field: view_id")
    view = w.views.find(args.maybe("view_id"), args.maybe("external_id"))
    w.views.update(view, body, args.maybe("hash"))
    return {"ok": True, "view": w.views.shown(view)}


@method("views.publish", per_minute=100)
def publish_view(w: Workspace, args: Args) -> Json:
    """Show a Home tab to one person."""
    body, user = _view(args, "home"), args.text("user_id")
    if not w.manifest.home:
        raise ApiError("not_enabled")
    if user not in w.people:
        raise bad_argument("invalid user_id", "/user_id")
    return {"ok": True, "view": w.views.shown(w.views.publish(user, body, args.maybe("hash")))}


@method("blocks.validate")
def validate(_: Workspace, args: Args) -> Json:
    """Tell what is wrong with blocks, a message or a view without showing it to anybody."""
    given = [name for name in ("blocks", "message", "view") if args.has(name)]
    if len(given) != 1:
        raise bad_argument("provide exactly one of blocks, message or view")
    payload = args.data(given[0])
    if given[0] == "view":
        problems = problems_of_view(payload)
    else:
        problems = problems_of_blocks(payload.get("blocks", []) if given[0] == "message" else payload)
    if problems:
        errors = [{"pointer": p.pointer, "code": "failed_constraint", "message": p.words} for p in problems]
        raise ApiError(f"invalid_{given[0]}", errors=errors)
    return {"ok": True}


@method("files.getUploadURLExternal", "files:write", per_minute=100)
def upload_url(w: Workspace, args: Args) -> Json:
    """Return where to send the bytes of a new file."""
    length = args.number("length")
    if length <= 0:
        raise bad_argument("must be greater than 0", "/length")
    file = w.files.announce(args.text("filename"), length)
    file.alt_text, file.snippet_type = args.text("alt_txt", ""), args.maybe("snippet_type")
    return {"ok": True, "upload_url": f"{w.url}/upload/v1/{file.ticket}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write", per_minute=100)
def complete_upload(w: Workspace, args: Args) -> Json:
    """Share uploaded files, as one message, in a channel or thread."""
    wanted = args.data("files") or []
    if not wanted:
        raise bad_argument("missing required field: files")
    if not isinstance(wanted, list) or not all(isinstance(entry, dict) and "id" in entry for entry in wanted):
        raise bad_argument("must provide an array of objects with an id", "/files")
    files = [w.files.get(entry["id"]) for entry in wanted]
    names = args.words("channels") or args.words("channel_id")
    for name in names:
        _share_target(w, name)
    for file, entry in zip(files, wanted, strict=True):
        file.title = entry.get("title", "")
    for name in names:
        _share(w, args, name, [file.id for file in files])
    return {"ok": True, "files": [{"id": file.id, "title": file.title or file.name} for file in files]}


@method("files.delete", "files:write", per_minute=50)
def delete_file(w: Workspace, args: Args) -> Json:
    """Delete a file; the message goes with it when it holds nothing else."""
    file = w.files.get(args.text("file"))
    w.files.remove(file)
    for post in w.messages.public(file.channel) if file.channel else ():
        shown = post.body.get("files") or []
        left = [one for one in shown if one["id"] != file.id]
        if len(left) < len(shown) and not (left or post.body.get("text")):
            w.messages.remove(post)
        elif len(left) < len(shown):
            post.body["files"] = left
    return {"ok": True}


def _share_target(w: Workspace, name: str) -> None:
    # Neither a person's id nor chat:write.public helps here: the bot has to be in the conversation.
    if name not in w.channels:
        raise ApiError("channel_not_found")
    channel = w.visible(name)
    if not channel.bot:
        raise ApiError("not_in_channel")
    if channel.archived:
        raise ApiError("is_archived")


def _share(w: Workspace, args: Args, channel: str, ids: list[str]) -> None:
    files = [w.files.get(id) for id in ids]
    for file in files:
        file.channel, file.thread_ts = channel, args.maybe("thread_ts")
    checked = content(args.maybe("initial_comment"), args.data("blocks"))
    shared = {"files": [file.info(w.url) for file in files], "thread_ts": args.maybe("thread_ts")}
    w.messages.add(channel, {**w.bot_message(**checked), **shared, "subtype": "file_share"})


def _view(args: Args, kind: str) -> Json:
    view = args.data("view")
    if not isinstance(view, dict):
        raise bad_argument("missing required field: view")
    if view.get("type") != kind:
        raise bad_argument(f"must be of type {kind}", "/view/type")
    check_view(view)
    return view
