"""What a person types: slash commands, messages, mentions; and the opening of App Home."""

from __future__ import annotations

from . import payloads
from .envelope import Delivery
from .errors import ApiError, Json, SlackError
from .people import Channel, Person
from .responses import say
from .text import escape
from .workspace import Workspace

FAILED = '{name} failed with the error "{error}"'


async def command(
    w: Workspace,
    who: Person,
    line: str,
    channel: str | None = None,
    thread_ts: str | None = None,
    anyway: bool = False,
) -> Delivery:
    """Type a slash command; raises SlackError where Slack never sends it to the app.

    People of other companies have no use of this workspace's commands, unless ``anyway``.
    """
    name, _, typed = line.strip().partition(" ")
    place = w.place(who, channel or w.direct(who.id).id)
    known = w.manifest.command(name)
    if known is None or not name.startswith("/") or (who.kind == "stranger" and not anyway):
        raise SlackError(f"{name} is not a valid command.")
    if thread_ts is not None:
        raise SlackError(f"{name} is not supported in threads. Sorry!")
    text = w.names().encode(typed.strip(), labels=True) if known.escaped else escape(typed.strip())
    delivery = await w.wire.send(payloads.command(w, who, place, name, text))
    _show_answer(w, who, place, delivery)
    if delivery.error:
        w.slackbot_says(place.id, who.id, FAILED.format(name=name, error=delivery.error))
    return delivery


async def post(w: Workspace, who: Person, channel: str, text: str, thread_ts: str | None = None) -> Delivery | None:
    """Write a message; returns the delivery of its first event, or None when the app is told nothing of it."""
    place = w.place(who, channel)
    encoded = w.names().encode(text, labels=False)
    parent = _parent(w, place, thread_ts)
    message = w.messages.add(place.id, {"user": who.id, "text": encoded, "thread_ts": parent})
    inner = {k: v for k, v in message.shown().items() if k != "is_ephemeral"}
    inner |= {"event_ts": message.ts, "team": who.team(w.me.team_id)}
    sent = [
        await w.wire.send(payloads.event(w, inner | about))
        for kind, about in _events(w, place, encoded).items()
        if w.manifest.wants(kind)
    ]
    for delivery in sent:
        delivery.message = message.shown()
    return sent[0] if sent else None


async def mention(w: Workspace, who: Person, channel: str, text: str, thread_ts: str | None = None) -> Delivery:
    """Write a message that begins with the bot's name; raises SlackError when the bot is not there to hear."""
    delivery = await post(w, who, channel, f"@{w.me.bot_name} {text}", thread_ts)
    if delivery is None:
        raise SlackError(f"@{w.me.bot_name} is not in {channel}, or does not listen to mentions")
    return delivery


async def direct(w: Workspace, who: Person, text: str, thread_ts: str | None = None) -> Delivery | None:
    """Write to the bot in the direct message with it; raises SlackError where the manifest takes none."""
    if not w.manifest.direct:
        raise SlackError("Sending messages to this app has been turned off.")
    return await post(w, who, w.direct(who.id).id, text, thread_ts)


async def open_home(w: Workspace, who: Person, tab: str = "home") -> Delivery | None:
    """Look at the bot's App Home; returns None when the app has not asked to be told."""
    if not w.manifest.wants("app_home_opened"):
        return None
    inner: Json = {
        "type": "app_home_opened",
        "user": who.id,
        "channel": w.direct(who.id).id,
        "tab": tab,
        "event_ts": w.messages.next_ts(),
    }
    if home := w.views.home(who.id):
        inner["view"] = w.views.shown(home)
    return await w.wire.send(payloads.event(w, inner))


def _show_answer(w: Workspace, who: Person, place: Channel, delivery: Delivery) -> None:
    answer = delivery.answer or {}
    if not (answer.get("text") or answer.get("blocks")):
        return
    try:
        delivery.reply = say(w, place.id, who.id, answer).shown()
    except ApiError as error:
        delivery.error = error.code


def _events(w: Workspace, place: Channel, encoded: str) -> dict[str, Json]:
    """What a message is told as, by the names of the subscriptions: a mention in a channel is a message there, too."""
    if place.direct_with:
        return {"message.im": {"channel_type": "im"}}
    if not place.bot:
        return {}
    found: dict[str, Json] = {"app_mention": {"type": "app_mention"}} if f"<@{w.me.bot_user}>" in encoded else {}
    if w.manifest.events:  # without a manifest the app is not taken to read along in channels
        kind = "group" if place.private else "channel"
        found[f"message.{kind}s"] = {"channel_type": kind}
    return found


def _parent(w: Workspace, place: Channel, thread_ts: str | None) -> str | None:
    if thread_ts is None:
        return None
    parent = w.messages.find(place.id, thread_ts)
    if parent is None or parent.only_for:
        raise SlackError("There is no such thread here")
    return parent.thread_ts or parent.ts
