"""Good and bad payloads, each with the outcome expected from Slack's documentation of Block Kit.

A judge that says otherwise has its reason in the row; a reason that is no longer needed fails the test.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Payload:
    """Blocks on a surface, what is documented of them, and what ours has to say: None where they are good."""

    what: str
    blocks: Any
    refused: str | None = None
    surface: str = "message"
    view: Json = field(default_factory=dict)
    blockkit: str | None = None
    slackblocks: str | None = None


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**fields: Any) -> Json:
    return {"type": "section", **fields}


def button(text: str = "Approve", **fields: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": "approve", **fields}


def actions(*elements: Json, **fields: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **fields}


def option(number: int = 1, **fields: Any) -> Json:
    return {"text": plain(f"Option {number}"), "value": f"v{number}", **fields}


def options(count: int) -> list[Json]:
    return [option(number) for number in range(count)]


def chooser(kind: str, count: int, **fields: Any) -> Json:
    return {"type": kind, "action_id": "choose", "options": options(count), **fields}


def confirm(**fields: Any) -> Json:
    return {"title": plain("Sure?"), "text": plain("Gone."), "confirm": plain("Go"), "deny": plain("No"), **fields}


def ask(element: Json | None = None, label: str = "Pair", **fields: Any) -> Json:
    element = element or {"type": "plain_text_input", "action_id": "typed"}
    return {"type": "input", "label": plain(label), "element": element, **fields}


def image(**fields: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a ribbon", **fields}


def table(rows: int, columns: int = 2) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


def rich(text: str = "x") -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }


TITLE: Json = {"title": plain("Approve")}
READY: Json = {**TITLE, "submit": plain("Approve")}


def good() -> Iterator[Payload]:
    """Yield what Slack takes."""
    yield Payload("section with mrkdwn", [section(text=mrkdwn("*hello*"))])
    yield Payload("section text of 3000", [section(text=mrkdwn("x" * 3000))])
    yield Payload("section with 10 fields", [section(fields=[mrkdwn("x")] * 10)])
    yield Payload("section with a button", [section(text=plain("x"), accessory=button())])
    yield Payload("section with an image", [section(text=plain("x"), accessory=image())])
    yield Payload("section with an overflow of one", [section(text=plain("x"), accessory=chooser("overflow", 1))])
    yield Payload("header of 150", [{"type": "header", "text": plain("x" * 150)}])
    yield Payload("divider with a block_id", [{"type": "divider", "block_id": "line"}])
    yield Payload("context with text and image", [{"type": "context", "elements": [image(), mrkdwn("x"), plain("y")]}])
    yield Payload("actions with 25 buttons", [actions(*[button(action_id=f"a{n}") for n in range(25)])])
    yield Payload("button with everything", [actions(button(value="v" * 2000, style="danger", confirm=confirm()))])
    yield Payload("menu of 100", [actions(chooser("static_select", 100, placeholder=plain("Which?")))])
    yield Payload(
        "radio buttons with an initial option", [actions(chooser("radio_buttons", 3, initial_option=option(1)))]
    )
    yield Payload("input in a message", [ask()])
    yield Payload("image with a title", [image(title=plain("Last 24 h"))])
    yield Payload("markdown of 12000", [{"type": "markdown", "text": "x" * 12_000}])
    yield Payload("table of 100 rows and 20 columns", [table(100, 20)])
    yield Payload("rich text", [rich()])
    yield Payload("50 blocks", [{"type": "divider"}] * 50)
    yield Payload("same action_id in two blocks", [actions(button()), actions(button())])
    yield Payload("modal with an input", [ask()], surface="modal", view=READY)
    yield Payload("modal without inputs needs no submit", [section(text=plain("x"))], surface="modal", view=TITLE)
    yield Payload("modal with 100 blocks", [{"type": "divider"}] * 100, surface="modal", view=TITLE)
    yield Payload("alert in a modal", [{"type": "alert", "text": plain("Careful")}], surface="modal", view=TITLE)
    yield Payload("home with a section", [section(text=plain("x"))], surface="home")


GOOD = [*good()]
