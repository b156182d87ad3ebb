"""What a person does with a mouse: buttons and menus, in messages, modals and App Home."""

from __future__ import annotations

from typing import Any

from . import payloads
from .envelope import Delivery, Envelope
from .errors import Json, SlackError
from .people import Person
from .views import View
from .widgets import STATEFUL, Find, Widget, entry, named, values
from .workspace import Workspace

PRESSED = ("button", "workflow_button", "overflow", "icon_button", "feedback_buttons")


async def click(
    w: Workspace,
    who: Person,
    label: str,
    message: Json | None = None,
    confirm: bool = True,
    stale: bool = False,
    block: str | None = None,
) -> Delivery:
    """Press the button a person reads as ``label``: on ``message``, else in the modal, else in App Home.

    ``block``, an id, tells buttons of one name apart. A confirm dialog is accepted, or with ``confirm=False``
    declined, which raises SlackError. ``stale`` presses what ``message`` shows although it has changed since.
    Raises SlackError when there is no such button.
    """
    need_interactivity(w)
    surface = _Surface(w, who, message, stale)
    widget = named(surface.blocks, label, PRESSED, block)
    if widget.element.get("confirm") and not confirm:
        raise SlackError("The confirm dialog was declined")
    return await w.wire.send(surface.envelope(_pressed(widget)))


async def choose(
    w: Workspace, who: Person, label: str, said: Any, message: Json | None = None, block: str | None = None
) -> Delivery | None:
    """Choose in a menu, a date, radio buttons, checkboxes or an overflow menu.

    Returns None where the app is not told: an input block without ``dispatch_action``.
    """
    need_interactivity(w)
    surface = _Surface(w, who, message, stale=False)
    widget = named(surface.blocks, label, block=block)
    if widget.kind == "overflow":
        chosen: Json = {"selected_option": widget.option(said)}
    else:
        chosen = entry(widget, said, finder(w))
        surface.enter(widget, chosen)
    if widget.block["type"] == "input" and not widget.block.get("dispatch_action"):
        return None
    action = {**_named(widget), **{k: v for k, v in chosen.items() if k != "type"}}
    return await w.wire.send(surface.envelope(action))


def need_interactivity(w: Workspace) -> None:
    """Raise SlackError where the manifest does not turn interactivity on."""
    if not w.manifest.interactive:
        raise SlackError("This app is not configured to handle interactive responses.")


def finder(w: Workspace) -> Find:
    """Return the function that turns the name of a person or channel into its id."""

    def find(word: str) -> str | None:
        if word in w.people or word in w.channels:
            return word
        person = next((p.id for p in w.people.values() if word.lstrip("@") in (p.name, p.real_name)), None)
        channel = w.find_channel(word)
        return person or (channel.id if channel else None)

    return find


class _Surface:
    """Where a person looks: a message, the topmost modal, or App Home."""

    def __init__(self, w: Workspace, who: Person, message: Json | None, stale: bool) -> None:
        self._w, self._who = w, who
        self._view: View | None = None
        self._message: Json = {}
        if message is not None:
            self._message = message if stale else _current(w, who, message)
            self.blocks: list[Json] = self._message.get("blocks") or []
        else:
            self._view = visible_view(w, who)
            self.blocks = self._view.blocks

    def enter(self, widget: Widget, state: Json) -> None:
        """Keep what the person entered."""
        self._entered().setdefault(widget.block["block_id"], {})[widget.element["action_id"]] = state
        self._w.changed()

    def envelope(self, action: Json) -> Envelope:
        """Return what Slack sends for this action."""
        if self._view is not None:
            return payloads.click_on_view(self._w, self._who, self._view, action)
        state = values(self.blocks, self._entered())
        return payloads.click_on_message(self._w, self._who, self._message, action, state)

    def _entered(self) -> dict[str, dict[str, Json]]:
        if self._view is not None:
            return self._view.entered
        key = (self._who.id, self._message["channel"], self._message["ts"])
        return self._w.entered.setdefault(key, {})


def visible_view(w: Workspace, who: Person) -> View:
    """Return the topmost modal, else the Home tab; raises SlackError when neither is there."""
    stack = w.views.stack(who.id)
    view = stack[-1] if stack else w.views.home(who.id)
    if view is None:
        raise SlackError("No modal is open, and the Home tab is empty")
    return view


def _current(w: Workspace, who: Person, message: Json) -> Json:
    post = w.messages.find(message["channel"], message["ts"])
    if post is None or post.only_for not in (None, who.id):
        raise SlackError("This message is gone")
    w.place(who, post.channel)
    return post.shown()


def _named(widget: Widget) -> Json:
    action: Json = {
        "type": widget.kind,
        "action_id": widget.element["action_id"],
        "block_id": widget.block["block_id"],
    }
    initial = STATEFUL.get(widget.kind, ("", ""))[1]
    for field in ("placeholder", "confirm", initial):
        if field in widget.element:
            action[field] = widget.element[field]
    return action


def _pressed(widget: Widget) -> Json:
    carried: Json = {k: widget.element[k] for k in ("text", "value", "style", "url", "confirm") if k in widget.element}
    return {**_named(widget), **carried}
