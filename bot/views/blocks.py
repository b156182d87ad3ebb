"""Block Kit pieces, cut to Slack's limits; pure."""

import re
from typing import Any

from bot.domain.words import JOINER

Block = dict[str, Any]
LEFT_ALONE = re.compile(r"(`[^`]*`|<[^<>]*>)")  # in these Slack reads none
EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:)", re.IGNORECASE)
LIMIT = 2900  # of the 3000 characters that a section takes


def cut(text: str, most: int) -> str:
    """The text, shortened with an ellipsis where it is too long."""
    return text if len(text) <= most else text[: most - 1] + "…"


def mrkdwn(text: str, most: int = LIMIT) -> Block:
    """Text with markup; `verbatim`, so that Slack makes no links or mentions of what somebody typed."""
    return {"type": "mrkdwn", "text": cut(without_emoji(text), most), "verbatim": True}


def without_emoji(text: str) -> str:
    """The text in which Slack reads no emoji: of fd00:a:b::1 it would make a letter in a box."""
    parts = LEFT_ALONE.split(text)
    return "".join(part if place % 2 else EMOJI.sub(f":{JOINER}", part) for place, part in enumerate(parts))


def label(text: str, most: int = 75) -> Block:
    return {"type": "plain_text", "text": cut(text, most), "emoji": False}


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text)}


def columns(*texts: str) -> Block:
    """Two texts beside each other, under each other on a phone."""
    return {"type": "section", "fields": [mrkdwn(text, 1900) for text in texts]}


def small(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(text, 1900) for text in texts]}


def button(text: str, action_id: str, value: str, style: str | None = None, confirm: Block | None = None) -> Block:
    found: Block = {"type": "button", "text": label(text), "action_id": action_id, "value": value}
    return found | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def confirm(title: str, text: str, yes: str) -> Block:
    return {
        "title": label(title, 100),
        "text": label(text, 300),
        "confirm": label(yes, 30),
        "deny": label("Go back", 30),
        "style": "danger",
    }


def buttons(*found: Block) -> list[Block]:
    """A row of buttons, or nothing where there is none."""
    return [{"type": "actions", "elements": list(found)}] if found else []


def entry(
    name: str, title: str, *, hint: str = "", placeholder: str = "", lines: bool = False, most: int = 500
) -> Block:
    """One text input of a modal; `name` is both its block's and its action's id."""
    element: Block = {"type": "plain_text_input", "action_id": name, "multiline": lines, "max_length": most}
    if placeholder:
        element["placeholder"] = label(placeholder, 150)
    found: Block = {"type": "input", "block_id": name, "label": label(title, 2000), "element": element}
    return found | ({"hint": label(hint, 2000)} if hint else {})


def modal(title: str, blocks: list[Block], *, callback: str = "", submit: str = "", metadata: str = "") -> Block:
    """A modal; without `submit` it only tells something."""
    found: Block = {"type": "modal", "title": label(title, 24), "close": label("Close", 24), "blocks": blocks}
    if submit:
        found |= {"submit": label(submit, 24), "callback_id": callback, "private_metadata": metadata}
    return found
