"""Builds pieces of Block Kit, cut to Slack's limits. Pure."""

import re
import textwrap
from collections.abc import Mapping
from typing import Any

from bot.domain.words import JOINER

Block = dict[str, Any]
LEFT_ALONE = re.compile(r"(`[^`]*`|<[^<>]*>)")  # code and marks, in which Slack reads no emoji
EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:)", re.IGNORECASE)
OPTIONS = 100  # options that a menu takes
OPTION = 75  # characters that an option takes, and its description as many more
LIMIT = 2900  # characters; a section takes 3000


def cut(text: str, most: int) -> str:
    """Return the text, shortened with an ellipsis if it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def mrkdwn(text: str, most: int = LIMIT) -> Block:
    """Return text with markup. It is `verbatim`, so that Slack makes no links or mentions of what somebody typed."""
    return {"type": "mrkdwn", "text": cut(without_emoji(text), most), "verbatim": True}


def without_emoji(text: str) -> str:
    """Return the text changed so that Slack reads no emoji in it.

    Otherwise it would draw `:a:` in fd00:a:b::1 as one.
    """
    parts = LEFT_ALONE.split(text)
    return "".join(part if place % 2 else EMOJI.sub(f":{JOINER}", part) for place, part in enumerate(parts))


def label(text: str, most: int = 75) -> Block:
    return {"type": "plain_text", "text": cut(text, most), "emoji": False}


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text)}


def small(*texts: str) -> Block:
    """Return a block of small print."""
    return {"type": "context", "elements": [mrkdwn(text, 1900) for text in texts]}


def button(text: str, action_id: str, value: str, style: str | None = None, confirm: Block | None = None) -> Block:
    element: Block = {"type": "button", "text": label(text), "action_id": action_id, "value": value}
    return element | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def primary(element: Block) -> Block:
    """Return a button as the one to press next, unless it has a style already."""
    return {"style": "primary"} | element


def confirm(title: str, text: str, yes: str) -> Block:
    return {
        "title": label(title, 100),
        "text": label(text, 300),
        "confirm": label(yes, 30),
        "deny": label("Go back", 30),
        "style": "danger",
    }


def buttons(*elements: Block) -> list[Block]:
    """Return a row of buttons, or an empty list if there are none."""
    return [{"type": "actions", "elements": list(elements)}] if elements else []


def entry(
    name: str, title: str, *, hint: str = "", placeholder: str = "", lines: bool = False, most: int = 500
) -> Block:
    """Return one text input of a modal. `name` is the id of both its block and its action."""
    element: Block = {"type": "plain_text_input", "action_id": name, "multiline": lines, "max_length": most}
    if placeholder:
        element["placeholder"] = label(placeholder, 150)
    block: Block = {"type": "input", "block_id": name, "label": label(title, 2000), "element": element}
    return block | ({"hint": label(hint, 2000)} if hint else {})


def choice(name: str, title: str, options: Mapping[str, str], chosen: str = "") -> Block:
    """Return one menu of a modal. `name` is the id of both its block and its action.

    `options` has the words for each value. The value `chosen` is selected already; none is if it is empty.
    """
    offered = {value: {"text": label(words), "value": cut(value, 150)} for value, words in options.items()}
    element: Block = {"type": "static_select", "action_id": name, "options": list(offered.values())}
    if chosen:
        element["initial_option"] = offered[chosen]
    return {"type": "input", "block_id": name, "label": label(title, 2000), "element": element}


def option(text: str, value: str) -> Block | None:
    """Return one option of a choice with the whole text, or None if it is longer than Slack allows."""
    lines = textwrap.wrap(text, OPTION, break_on_hyphens=False)
    if len(lines) > 2:
        return None
    first, *more = map(label, lines)
    return {"text": first, "value": value} | ({"description": more[0]} if more else {})


def modal(title: str, blocks: list[Block], *, callback: str = "", submit: str = "", metadata: str = "") -> Block:
    """Return a modal. Without `submit` it only shows something."""
    view: Block = {"type": "modal", "title": label(title, 24), "close": label("Close", 24), "blocks": blocks}
    if submit:
        view |= {"submit": label(submit, 24), "callback_id": callback, "private_metadata": metadata}
    return view
