"""What a person can press, choose from or type into, found by the words they read."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .errors import Json, SlackError
from .messages import interactive

Find = Callable[[str], str | None]
Entered = dict[str, dict[str, Json]]

# Kind of element: the key of its value in ``state.values``, and the key of its value at the start.
STATEFUL = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}
TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")


@dataclass(frozen=True)
class Widget:
    """An element and the block it stands in."""

    block: Json
    element: Json

    @property
    def kind(self) -> str:
        """Return the type of the element."""
        return str(self.element["type"])

    @property
    def label(self) -> str:
        """Return the words by which a person knows it: label, caption, placeholder or the text beside it."""
        for found in (
            self.block.get("label"),
            self.element.get("text"),
            self.element.get("placeholder"),
            self.block.get("text"),
        ):
            if isinstance(found, dict):
                return str(found.get("text", ""))
        return str(self.element.get("action_id", ""))

    @property
    def optional(self) -> bool:
        """Tell whether the client lets a modal be sent without it."""
        return bool(self.block.get("optional")) or self.block.get("type") != "input"

    def options(self) -> list[Json]:
        """Return every option, those in groups included."""
        groups = self.element.get("option_groups", [])
        return [*self.element.get("options", []), *(o for group in groups for o in group["options"])]

    def option(self, words: str) -> Json:
        """Return the option with this text or value; raises SlackError when there is none."""
        for option in self.options():
            if words in (option["text"]["text"], option.get("value")):
                return copy.deepcopy(option)
        offered = ", ".join(option["text"]["text"] for option in self.options())
        raise SlackError(f"There is no option {words!r} in {self.label!r}. It offers: {offered}")


def widgets(blocks: list[Json]) -> Iterator[Widget]:
    """Yield every element a person can use, in reading order."""
    for block in blocks:
        yield from (Widget(block, element) for element in interactive(block))


def named(blocks: list[Json], label: str, kinds: tuple[str, ...] | None = None, block: str | None = None) -> Widget:
    """Return the element a person knows as ``label``, the first one or the one in the block with that id.

    Raises SlackError naming what there is.
    """
    there = [w for w in widgets(blocks) if kinds is None or w.kind in kinds]
    there = [w for w in there if block in (None, w.block["block_id"])]
    if found := [w for w in there if label in (w.label, w.element.get("action_id"))]:
        return found[0]
    raise SlackError(f"There is no {label!r} here. There is: {', '.join(w.label for w in there) or 'nothing'}")


def values(blocks: list[Json], entered: Entered) -> Entered:
    """Return ``state.values``: what was entered, or what each element started with."""
    state: Entered = {}
    for widget in widgets(blocks):
        if widget.kind not in STATEFUL:
            continue
        block, action = widget.block["block_id"], widget.element["action_id"]
        given = entered.get(block, {}).get(action)
        state.setdefault(block, {})[action] = copy.deepcopy(given) if given else _initial(widget)
    return state


def entry(widget: Widget, said: Any, find: Find) -> Json:
    """Return the state of ``widget`` after a person entered ``said``; ``find`` turns a name into an id."""
    if widget.kind not in STATEFUL:
        raise SlackError(f"Nothing can be entered in {widget.label!r}")
    key = STATEFUL[widget.kind][0]
    if said in (None, "", []):
        return {"type": widget.kind, key: [] if key.endswith("s") else None}
    if "option" in key:
        chosen: Any = [widget.option(s) for s in _many(said)] if key.endswith("s") else widget.option(said)
    elif widget.kind.removeprefix("multi_") in ("users_select", "channels_select", "conversations_select"):
        ids = [find(word) or _unknown(word) for word in _many(said)]
        chosen = ids if key.endswith("s") else ids[0]
    else:
        chosen = said if widget.kind not in TYPED else str(said)
    return {"type": widget.kind, key: chosen}


def is_empty(state: Json) -> bool:
    """Tell whether a state entry holds nothing."""
    return all(value in (None, "", []) for key, value in state.items() if key != "type")


def _initial(widget: Widget) -> Json:
    key, initial = STATEFUL[widget.kind]
    start = widget.element.get(initial, [] if key.endswith("s") else None)
    return {"type": widget.kind, key: copy.deepcopy(start)}


def _many(said: Any) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def _unknown(word: str) -> str:
    raise SlackError(f"There is nobody and nothing called {word!r} here")
