"""The elements and small objects of Block Kit as data, with Slack's documented limits."""

from __future__ import annotations

from .rules import Flag, Items, Kinds, Part, Rule, Shape, Str, Text, Whole

ID = Str(255)
WEB = Str(3000, pattern=r"https?://\S+")
PLACEHOLDER = Text(150, plain=True)
DATE = Str(10, pattern=r"\d{4}-\d{2}-\d{2}")
TIME = Str(5, pattern=r"([01]\d|2[0-3]):[0-5]\d")
DECIMAL = Str(64, pattern=r"-?\d+(\.\d+)?")
COLOURS = Str(among=("primary", "danger"))
USER, CHANNEL = Str(pattern=r"[UW]\w+"), Str(pattern=r"[CGD]\w+")
CONFIRM = Part("confirm")
OPTION, OPTIONS = Part("option"), Items(Part("option"), 100)

SPANS = Kinds(("text", "link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color", "team"), "span")

# What every element that can be chosen from shares, and what menus share on top.
_CHOSEN: dict[str, Rule] = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": Flag()}
_MENU: dict[str, Rule] = {**_CHOSEN, "placeholder": PLACEHOLDER}
_MULTI: dict[str, Rule] = {**_MENU, "max_selected_items": Whole(1)}
_STATIC: dict[str, Rule] = {"options": OPTIONS, "option_groups": Items(Part("option_group"), 100)}
_CONVERSATIONS: dict[str, Rule] = {"default_to_current_conversation": Flag(), "filter": Part("filter")}
_ANSWERING: dict[str, Rule] = {"response_url_enabled": Flag()}
_TYPED: dict[str, Rule] = {
    "action_id": ID,
    "placeholder": PLACEHOLDER,
    "focus_on_load": Flag(),
    "dispatch_action_config": Part("dispatch_action_config"),
}
_TEN_OPTIONS = Items(Part("marked_option"), 10)

ELEMENTS: dict[str, Shape] = {
    "button": Shape(
        {
            "text": Text(75, plain=True),
            "action_id": ID,
            "url": WEB,
            "value": Str(2000),
            "style": COLOURS,
            "confirm": CONFIRM,
            "accessibility_label": Str(75),
        },
        ("text",),
    ),
    "overflow": Shape({"action_id": ID, "options": Items(Part("linked_option"), 5), "confirm": CONFIRM}, ("options",)),
    "image": Shape(
        {"image_url": WEB, "slack_file": Part("slack_file"), "alt_text": Str(2000)},
        ("alt_text",),
        one_of=("image_url", "slack_file"),
    ),
    "checkboxes": Shape({**_CHOSEN, "options": _TEN_OPTIONS, "initial_options": _TEN_OPTIONS}, ("options",)),
    "radio_buttons": Shape({**_CHOSEN, "options": _TEN_OPTIONS, "initial_option": Part("marked_option")}, ("options",)),
    "datepicker": Shape({**_MENU, "initial_date": DATE}),
    "timepicker": Shape({**_MENU, "initial_time": TIME, "timezone": Str(64)}),
    "datetimepicker": Shape({**_CHOSEN, "initial_date_time": Whole(10**9, 10**10 - 1)}),
    "static_select": Shape({**_MENU, **_STATIC, "initial_option": OPTION}, one_of=("options", "option_groups")),
    "external_select": Shape({**_MENU, "initial_option": OPTION, "min_query_length": Whole()}),
    "users_select": Shape({**_MENU, "initial_user": USER}),
    "channels_select": Shape({**_MENU, **_ANSWERING, "initial_channel": CHANNEL}),
    "conversations_select": Shape({**_MENU, **_ANSWERING, **_CONVERSATIONS, "initial_conversation": CHANNEL}),
    "multi_static_select": Shape(
        {**_MULTI, **_STATIC, "initial_options": OPTIONS}, one_of=("options", "option_groups")
    ),
    "multi_external_select": Shape({**_MULTI, "initial_options": OPTIONS, "min_query_length": Whole()}),
    "multi_users_select": Shape({**_MULTI, "initial_users": Items(USER, 1000)}),
    "multi_channels_select": Shape({**_MULTI, "initial_channels": Items(CHANNEL, 1000)}),
    "multi_conversations_select": Shape({**_MULTI, **_CONVERSATIONS, "initial_conversations": Items(CHANNEL, 1000)}),
    "plain_text_input": Shape(
        {
            **_TYPED,
            "initial_value": Str(3000, 0),
            "multiline": Flag(),
            "min_length": Whole(0, 3000),
            "max_length": Whole(1, 3000),
        }
    ),
    "email_text_input": Shape({**_TYPED, "initial_value": Str(pattern=r"\S+@\S+")}),
    "url_text_input": Shape({**_TYPED, "initial_value": WEB}),
    "number_input": Shape(
        {
            **_TYPED,
            "is_decimal_allowed": Flag(),
            "initial_value": DECIMAL,
            "min_value": DECIMAL,
            "max_value": DECIMAL,
        },
        ("is_decimal_allowed",),
    ),
    "rich_text_input": Shape({**_TYPED, "initial_value": Kinds(("rich_text",), "cell")}, ("action_id",)),
    "file_input": Shape({"action_id": ID, "filetypes": Items(Str(20), 100), "max_files": Whole(1, 10)}),
}

_STYLE: dict[str, Rule] = {"style": Part("style")}
_SPANNED: dict[str, Rule] = {"elements": Items(SPANS, 1000, 0)}

RICH_PARTS: dict[str, Shape] = {
    "rich_text_section": Shape(_SPANNED, ("elements",)),
    "rich_text_preformatted": Shape({**_SPANNED, "border": Whole(0, 1), "language": Str(64)}, ("elements",)),
    "rich_text_quote": Shape({**_SPANNED, "border": Whole(0, 1)}, ("elements",)),
    "rich_text_list": Shape(
        {
            "elements": Items(Kinds(("rich_text_section",), "rich"), 1000),
            "style": Str(among=("bullet", "ordered")),
            "indent": Whole(0, 8),
            "offset": Whole(),
            "border": Whole(0, 1),
        },
        ("elements", "style"),
    ),
}

SPAN_PARTS: dict[str, Shape] = {
    "text": Shape({"text": Str(12_000), **_STYLE}, ("text",)),
    "link": Shape({"url": Str(3000), "text": Str(), "unsafe": Flag(), **_STYLE}, ("url",)),
    "emoji": Shape({"name": Str(100), "unicode": Str(100), **_STYLE}, ("name",)),
    "user": Shape({"user_id": USER, **_STYLE}, ("user_id",)),
    "usergroup": Shape({"usergroup_id": Str(pattern=r"S\w+"), **_STYLE}, ("usergroup_id",)),
    "channel": Shape({"channel_id": CHANNEL, **_STYLE}, ("channel_id",)),
    "team": Shape({"team_id": Str(pattern=r"T\w+"), **_STYLE}, ("team_id",)),
    "broadcast": Shape({"range": Str(among=("here", "channel", "everyone"))}, ("range",)),
    "color": Shape({"value": Str(7, pattern=r"#[0-9a-fA-F]{6}")}, ("value",)),
    "date": Shape(
        {"timestamp": Whole(), "format": Str(), "url": WEB, "fallback": Str(), **_STYLE}, ("timestamp", "format")
    ),
}

_OPTION: dict[str, Rule] = {"text": Text(75, plain=True), "value": Str(150), "description": Text(75, plain=True)}
_MARKED: dict[str, Rule] = {"text": Text(75), "value": Str(150), "description": Text(75)}

PARTS: dict[str, Shape] = {
    "option": Shape(_OPTION, ("text", "value")),
    "linked_option": Shape({**_OPTION, "url": WEB}, ("text", "value")),
    "marked_option": Shape(_MARKED, ("text", "value")),
    "option_group": Shape({"label": Text(75, plain=True), "options": OPTIONS}, ("label", "options")),
    "confirm": Shape(
        {
            "title": Text(100, plain=True),
            "text": Text(300, plain=True),
            "confirm": Text(30, plain=True),
            "deny": Text(30, plain=True),
            "style": COLOURS,
        },
        ("title", "text", "confirm", "deny"),
    ),
    "filter": Shape(
        {
            "include": Items(Str(among=("im", "mpim", "private", "public")), 4),
            "exclude_external_shared_channels": Flag(),
            "exclude_bot_users": Flag(),
        },
        either=("include", "exclude_external_shared_channels", "exclude_bot_users"),
    ),
    "dispatch_action_config": Shape(
        {"trigger_actions_on": Items(Str(among=("on_enter_pressed", "on_character_entered")), 2)}
    ),
    "slack_file": Shape({"id": Str(pattern=r"F\w+"), "url": WEB}, one_of=("id", "url")),
    "column": Shape({"align": Str(among=("left", "center", "right")), "is_wrapped": Flag()}),
    "style": Shape({name: Flag() for name in ("bold", "italic", "strike", "code", "underline", "highlight")}),
}
