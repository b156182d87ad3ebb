"""Payloads Slack refuses, each with what the local Slack has to say and why another judge says otherwise."""

from collections.abc import Iterator

from tests.simulator.slack_payloads import (
    READY,
    TITLE,
    Payload,
    actions,
    ask,
    button,
    chooser,
    confirm,
    image,
    mrkdwn,
    option,
    plain,
    section,
    table,
)

LENIENT = "takes a string or another text object and makes the right one of it"
NO_UNIQUE = "does not compare ids"
NO_COUNT = "does not count these"
NO_URL = "takes any string for an address"
NO_EMPTY = "drops an empty list instead of refusing it"
NO_KINDS = "takes any element in this place"


def bad_text() -> Iterator[Payload]:
    """Yield texts that are too long, too short, of the wrong kind or missing."""
    yield Payload("section without text or fields", [section()], "must define either `text` or `fields`")
    yield Payload(
        "section text of 3001",
        [section(text=mrkdwn("x" * 3001))],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    )
    yield Payload(
        "empty section text",
        [section(text=mrkdwn(""))],
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    )
    yield Payload(
        "text given as a string",
        [section(text="hello")],
        "must provide an object [json-pointer:/blocks/0/text]",
        blockkit=LENIENT,
        slackblocks=LENIENT,
    )
    yield Payload("text of an unknown type", [section(text={"type": "html", "text": "x"})], "unsupported type: html")
    yield Payload(
        "11 fields",
        [section(fields=[mrkdwn("x")] * 11)],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        blockkit=NO_COUNT,
    )
    yield Payload(
        "field of 2001", [section(fields=[mrkdwn("x" * 2001)])], "must be less than 2001 characters", blockkit=NO_COUNT
    )
    yield Payload("header of 151", [{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters")
    yield Payload(
        "header in mrkdwn", [{"type": "header", "text": mrkdwn("x")}], "unsupported type: mrkdwn", slackblocks=LENIENT
    )
    yield Payload("11 context elements", [{"type": "context", "elements": [mrkdwn("x")] * 11}], "no more than 10 items")
    yield Payload(
        "empty context",
        [{"type": "context", "elements": []}],
        "no less than 1 items",
        blockkit=NO_EMPTY,
        slackblocks=NO_EMPTY,
    )
    yield Payload("button in a context", [{"type": "context", "elements": [button()]}], "unsupported type: button")
    yield Payload(
        "image without alt text",
        [{"type": "image", "image_url": "https://example.com/a.png"}],
        "missing required field: alt_text",
        slackblocks="writes an empty alt text itself",
    )
    yield Payload(
        "image without address", [{"type": "image", "alt_text": "x"}], "must define either `image_url` or `slack_file`"
    )
    yield Payload(
        "image at no web address", [image(image_url="a.png")], "must match", blockkit=NO_URL, slackblocks=NO_URL
    )
    yield Payload(
        "markdown of 12001", [{"type": "markdown", "text": "x" * 12_001}], "must be less than 12001 characters"
    )
    yield Payload(
        "markdown of 12001 in two blocks",
        [{"type": "markdown", "text": "x" * n} for n in (12_000, 1)],
        "markdown blocks must be less than 12001",
        blockkit=NO_COUNT,
    )
    yield Payload(
        "mrkdwn with emoji", [section(text={**mrkdwn("x"), "emoji": True})], "invalid additional property: emoji"
    )


def bad_elements() -> Iterator[Payload]:
    """Yield buttons, menus and inputs that Slack refuses."""
    yield Payload("empty actions", [actions()], "no less than 1 items", blockkit=NO_EMPTY, slackblocks=NO_EMPTY)
    yield Payload(
        "26 buttons",
        [actions(*[button(action_id=f"a{n}") for n in range(26)])],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    )
    yield Payload(
        "button text of 76",
        [actions(button("x" * 76))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    )
    yield Payload(
        "button text in mrkdwn",
        [actions({**button(), "text": mrkdwn("x")})],
        "unsupported type: mrkdwn",
        slackblocks=LENIENT,
    )
    yield Payload("button value of 2001", [actions(button(value="x" * 2001))], "must be less than 2001 characters")
    yield Payload(
        "button in blue",
        [actions(button(style="blue"))],
        "must be one of: primary, danger",
        slackblocks="takes any string for a style",
    )
    yield Payload(
        "button without text", [actions({"type": "button", "action_id": "a"})], "missing required field: text"
    )
    yield Payload("block_id on a button", [actions(button(block_id="b"))], "invalid additional property: block_id")
    yield Payload("action_id of 256", [actions(button(action_id="x" * 256))], "must be less than 256 characters")
    yield Payload(
        "confirm title of 101",
        [actions(button(confirm=confirm(title=plain("x" * 101))))],
        "must be less than 101 characters",
    )
    yield Payload(
        "confirm text of 301",
        [actions(button(confirm=confirm(text=plain("x" * 301))))],
        "must be less than 301 characters",
    )
    yield Payload(
        "confirm button of 31",
        [actions(button(confirm=confirm(deny=plain("x" * 31))))],
        "must be less than 31 characters",
    )
    yield Payload(
        "confirm text in mrkdwn",
        [actions(button(confirm=confirm(text=mrkdwn("x"))))],
        "unsupported type: mrkdwn",
        slackblocks="follows the older page; today's says plain_text, and this is the stricter",
    )
    yield Payload(
        "menu without options",
        [actions({"type": "static_select", "action_id": "a"})],
        "must define either `options` or `option_groups`",
        slackblocks="looks at options only where there are some",
    )
    yield Payload("menu of 101", [actions(chooser("static_select", 101))], "no more than 100 items")
    yield Payload(
        "option text of 76",
        [actions(chooser("static_select", 0, options=[option(text=plain("x" * 76))]))],
        "must be less than 76 characters",
    )
    yield Payload("overflow of 6", [section(text=plain("x"), accessory=chooser("overflow", 6))], "no more than 5 items")
    yield Payload("11 radio buttons", [actions(chooser("radio_buttons", 11))], "no more than 10 items")
    yield Payload(
        "initial option that is not offered",
        [actions(chooser("static_select", 2, initial_option=option(9)))],
        "initial option is not one of the options",
        slackblocks="does not compare options",
    )
    yield Payload(
        "text input in actions",
        [actions({"type": "plain_text_input", "action_id": "a"})],
        "unsupported type: plain_text_input",
        slackblocks=NO_KINDS,
    )
    yield Payload(
        "multi-select in actions",
        [actions(chooser("multi_static_select", 2))],
        "unsupported type: multi_static_select",
        blockkit="lists them there; Slack's page names section and input only, and this is the stricter",
        slackblocks=NO_KINDS,
    )
    yield Payload("button in an input", [ask(button())], "unsupported type: button")
    yield Payload(
        "input without a label",
        [{"type": "input", "element": {"type": "plain_text_input"}}],
        "missing required field: label",
    )
    yield Payload("input label of 2001", [ask(label="x" * 2001)], "must be less than 2001 characters")
    yield Payload(
        "text input for 3001", [ask({"type": "plain_text_input", "max_length": 3001})], "must be from 1 to 3000"
    )
    yield Payload(
        "number input that says nothing of decimals",
        [ask({"type": "number_input"})],
        "missing required field: is_decimal_allowed",
    )


def bad_wholes() -> Iterator[Payload]:
    """Yield payloads whose parts are good and whose whole is not."""
    yield Payload("no list", {"type": "divider"}, "must provide an array")
    yield Payload(
        "51 blocks",
        [{"type": "divider"}] * 51,
        "no more than 50 items allowed [json-pointer:/blocks]",
        blockkit=NO_COUNT,
    )
    yield Payload("block without a type", [{"text": plain("x")}], "missing required field: type")
    yield Payload("unknown block", [{"type": "sction", "text": plain("x")}], "unsupported type: sction")
    yield Payload("unknown field", [section(text=plain("x"), colour="red")], "invalid additional property: colour")
    yield Payload("block_id of 256", [{"type": "divider", "block_id": "x" * 256}], "must be less than 256 characters")
    yield Payload(
        "same block_id twice",
        [{"type": "divider", "block_id": "b"}] * 2,
        "duplicate block_id: b",
        blockkit=NO_UNIQUE,
        slackblocks=NO_UNIQUE,
    )
    yield Payload(
        "same action_id twice in a block",
        [actions(button(), button())],
        "duplicate action_id: approve",
        blockkit=NO_UNIQUE,
        slackblocks=NO_UNIQUE,
    )
    yield Payload("101 rows", [table(101)], "no more than 100 items")
    yield Payload("21 columns", [table(1, 21)], "no more than 20 items", blockkit=NO_COUNT)
    yield Payload("two tables", [table(1), table(1)], "only_one_table_allowed", blockkit=NO_COUNT, slackblocks=NO_COUNT)
    yield Payload("alert in a message", [{"type": "alert", "text": plain("x")}], "unsupported type: alert")
    yield Payload("table in a modal", [table(1)], "unsupported type: table", "modal", TITLE)
    yield Payload(
        "markdown in a modal", [{"type": "markdown", "text": "x"}], "unsupported type: markdown", "modal", TITLE
    )
    yield Payload("101 blocks in a modal", [{"type": "divider"}] * 101, "no more than 100 items", "modal", TITLE)
    yield Payload("modal without a title", [section(text=plain("x"))], "missing required field: title", "modal")
    yield Payload(
        "modal title of 25",
        [{"type": "divider"}],
        "must be less than 25 characters [json-pointer:/view/title/text]",
        "modal",
        {"title": plain("x" * 25)},
    )
    yield Payload(
        "modal submit of 25", [ask()], "must be less than 25 characters", "modal", {**TITLE, "submit": plain("x" * 25)}
    )
    yield Payload(
        "modal with an input and no submit",
        [ask()],
        "missing required field: submit",
        "modal",
        TITLE,
        blockkit="has this as a to-do",
    )
    yield Payload(
        "private_metadata of 3001",
        [{"type": "divider"}],
        "must be less than 3001 characters",
        "modal",
        {**TITLE, "private_metadata": "x" * 3001},
    )
    yield Payload(
        "callback_id of 256",
        [{"type": "divider"}],
        "must be less than 256 characters",
        "modal",
        {**TITLE, "callback_id": "x" * 256},
    )
    yield Payload("title on a home", [{"type": "divider"}], "invalid additional property: title", "home", TITLE)
    yield Payload(
        "two elements with the focus",
        [ask({"type": "plain_text_input", "focus_on_load": True})] * 2,
        "only one element may have focus_on_load",
        "modal",
        READY,
        blockkit=NO_COUNT,
        slackblocks=NO_COUNT,
    )


BAD = [*bad_text(), *bad_elements(), *bad_wholes()]
