"""What a person does with an open modal: fill it in, send it, close it."""

from __future__ import annotations

from typing import Any

from . import payloads
from .blocks import check_view
from .envelope import Delivery
from .errors import ApiError, Json, SlackError
from .people import Person
from .presses import finder, need_interactivity
from .views import View
from .widgets import Widget, entry, is_empty, named, values, widgets
from .workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"
REQUIRED = "Please complete this required field."
LONGEST_TYPED = 3000


async def submit(w: Workspace, who: Person, filled: dict[str, Any] | None = None) -> dict[str, str] | None:
    """Fill in inputs by their labels and send the topmost modal.

    Returns the errors shown, by label, or None when the modal went away or changed. What the client itself
    refuses (a required field, a length) is returned without troubling the app. Raises SlackError when no modal is
    open, when it has no such input, and with the client's words when the app did not answer as it should.
    """
    view = _top(w, who)
    for label, said in (filled or {}).items():
        widget = named(view.blocks, label)
        state = entry(widget, said, finder(w))
        view.entered.setdefault(widget.block["block_id"], {})[widget.element["action_id"]] = state
    if errors := _client_errors(view):
        return errors
    if "submit" not in view.body:
        raise SlackError("This modal has nothing to send it with")
    need_interactivity(w)
    delivery = await w.wire.send(payloads.submission(w, who, view))
    if not delivery.acked:
        raise SlackError(TROUBLE)
    try:
        return _follow(w, who, view, delivery.answer or {})
    except (ApiError, KeyError, TypeError, AttributeError):
        raise SlackError(TROUBLE) from None


async def close(w: Workspace, who: Person, everything: bool = False, only: str | None = None) -> Delivery | None:
    """Close the topmost modal, or all; the app is told of those with ``notify_on_close`` only.

    ``only`` is the id of the modal that was meant: one that has come on top of it meanwhile stays.
    """
    view = _top(w, who)
    if only not in (None, view.id):
        raise SlackError("Another modal is open")
    everything = everything or bool(view.body.get("clear_on_close"))
    told = None
    for gone in w.views.close(who.id, everything):
        if gone.body.get("notify_on_close"):
            told = await w.wire.send(payloads.closing(w, who, gone, everything))
    return told


def _top(w: Workspace, who: Person) -> View:
    stack = w.views.stack(who.id)
    if not stack:
        raise SlackError("No modal is open")
    return stack[-1]


def _follow(w: Workspace, who: Person, view: View, answer: Json) -> dict[str, str] | None:
    match answer.get("response_action"):
        case None:
            _take_away(w, who, view)
        case "errors":
            return _by_label(view, answer["errors"])
        case "clear":
            w.views.close(who.id, everything=True)
        case "update":
            check_view(answer["view"])
            w.views.update(view, answer["view"], None)
        case "push":
            check_view(answer["view"])
            w.views.push(who.id, answer["view"])
        case other:
            raise KeyError(other)
    return None


def _take_away(w: Workspace, who: Person, view: View) -> None:
    if view in w.views.stack(who.id):
        w.views.stack(who.id).remove(view)
        w.changed()


def _by_label(view: View, errors: dict[str, str]) -> dict[str, str]:
    inputs = {b["block_id"]: Widget(b, b["element"]).label for b in view.blocks if b["type"] == "input"}
    if not errors:
        raise KeyError("errors")
    return {inputs[block]: str(words) for block, words in errors.items()}


def _client_errors(view: View) -> dict[str, str]:
    states = values(view.blocks, view.entered)
    errors: dict[str, str] = {}
    for widget in widgets(view.blocks):
        state = states.get(widget.block["block_id"], {}).get(widget.element["action_id"])
        if state is None:
            continue
        if problem := _client_error(widget, state):
            errors[widget.label] = problem
    return errors


def _client_error(widget: Widget, state: Json) -> str | None:
    if is_empty(state):
        return None if widget.optional else REQUIRED
    if widget.kind != "plain_text_input":
        return None
    typed = len(str(state["value"]))
    most = widget.element.get("max_length", LONGEST_TYPED)
    least = widget.element.get("min_length", 0)
    if typed > most:
        return f"This must be {most} characters or fewer."
    return f"This must be at least {least} characters." if typed < least else None
