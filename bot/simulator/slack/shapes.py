"""Block Kit as data: every block and view the local Slack knows, with Slack's documented limits.

Newer blocks of which the use by an ordinary app is not certain (cards, plans, data tables) are left out, and so
refused.
"""

from __future__ import annotations

from .elements import ELEMENTS, RICH_PARTS, SPAN_PARTS, WEB
from .rules import Flag, Items, Kinds, Part, Rule, Shape, Str, Text

MENUS = (
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
)
MULTI_MENUS = tuple(f"multi_{name}" for name in MENUS)
CHOICES = ("checkboxes", "radio_buttons", "datepicker", "timepicker")
TYPED = (
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
)
IN_SECTION = Kinds(("button", "overflow", "image", *CHOICES, *MENUS, *MULTI_MENUS), "element")
IN_ACTIONS = Kinds(("button", "overflow", "datetimepicker", *CHOICES, *MENUS), "element")
IN_INPUT = Kinds(("datetimepicker", *CHOICES, *MENUS, *MULTI_MENUS, *TYPED), "element")
IN_CONTEXT = Kinds(("image", "plain_text", "mrkdwn"), "context")
RICH = Kinds(("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"), "rich")
CELL = Kinds(("raw_text", "rich_text"), "cell")

BLOCKS: dict[str, Shape] = {
    "section": Shape(
        {"text": Text(), "fields": Items(Text(2000), 10), "accessory": IN_SECTION, "expand": Flag()},
        either=("text", "fields"),
    ),
    "header": Shape({"text": Text(150, plain=True)}, ("text",)),
    "divider": Shape(),
    "context": Shape({"elements": Items(IN_CONTEXT, 10)}, ("elements",)),
    "actions": Shape({"elements": Items(IN_ACTIONS, 25)}, ("elements",)),
    "input": Shape(
        {
            "label": Text(2000, plain=True),
            "element": IN_INPUT,
            "hint": Text(2000, plain=True),
            "optional": Flag(),
            "dispatch_action": Flag(),
        },
        ("label", "element"),
    ),
    "image": Shape(
        {
            "image_url": WEB,
            "slack_file": Part("slack_file"),
            "alt_text": Str(2000),
            "title": Text(2000, plain=True),
        },
        ("alt_text",),
        one_of=("image_url", "slack_file"),
    ),
    "rich_text": Shape({"elements": Items(RICH, 1000)}, ("elements",)),
    "markdown": Shape({"text": Str(12_000)}, ("text",)),
    "table": Shape(
        {
            "rows": Items(Items(CELL, 20), 100),
            "column_settings": Items(Part("column"), 20),
        },
        ("rows",),
    ),
    "video": Shape(
        {
            "alt_text": Str(2000),
            "title": Text(199, plain=True),
            "thumbnail_url": WEB,
            "video_url": Str(3000, pattern=r"https://\S+"),
            "title_url": Str(3000, pattern=r"https://\S+"),
            "author_name": Str(49),
            "description": Text(199, plain=True),
            "provider_name": Str(),
            "provider_icon_url": WEB,
        },
        ("alt_text", "title", "thumbnail_url", "video_url"),
    ),
    "alert": Shape(
        {"text": Text(200), "level": Str(among=("default", "info", "warning", "error", "success"))}, ("text",)
    ),
}

CELLS: dict[str, Shape] = {"raw_text": Shape({"text": Str()}, ("text",)), "rich_text": BLOCKS["rich_text"]}
FAMILIES: dict[str, dict[str, Shape]] = {
    "element": ELEMENTS,
    "context": {"image": ELEMENTS["image"]},
    "rich": RICH_PARTS,
    "span": SPAN_PARTS,
    "cell": CELLS,
}

_IDS: dict[str, Rule] = {"private_metadata": Str(3000, 0), "callback_id": Str(255, 0), "external_id": Str(255, 0)}
_EVERYWHERE = ("section", "header", "divider", "context", "actions", "input", "image", "rich_text", "video")

# Which blocks may stand where, how many of them at most, and the fields of the two kinds of view beside them.
SURFACES: dict[str, tuple[tuple[str, ...], int]] = {
    "message": ((*_EVERYWHERE, "markdown", "table"), 50),
    "modal": ((*_EVERYWHERE, "alert"), 100),
    "home": (_EVERYWHERE, 100),
}
VIEWS: dict[str, Shape] = {
    "modal": Shape(
        {
            **_IDS,
            "title": Text(24, plain=True),
            "submit": Text(24, plain=True),
            "close": Text(24, plain=True),
            "clear_on_close": Flag(),
            "notify_on_close": Flag(),
            "submit_disabled": Flag(),
        },
        ("title", "blocks"),
    ),
    "home": Shape(_IDS, ("blocks",)),
}
