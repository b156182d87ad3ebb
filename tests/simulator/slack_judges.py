"""Two independent judges of Block Kit, each fed a raw payload through its own constructors."""

from collections.abc import Callable
from typing import Any

import blockkit
import blockkit.core
import slackblocks

Json = dict[str, Any]
Make = Callable[..., Any]


class CannotJudge(Exception):
    """The judge does not know this kind of thing."""


class Judge:
    """Builds a payload with one library: ``kinds`` by type, ``parts`` by the field they stand in."""

    def __init__(self, blocks: dict[str, Make], elements: dict[str, Make], parts: dict[str, Make], whole: Make) -> None:
        self._blocks, self._elements, self._parts, self._whole = blocks, elements, parts, whole

    def accepts(self, surface: str, blocks: Any, view: Json) -> bool | None:
        """Tell whether the library takes the payload; None when it knows nothing of such a thing."""
        try:
            self._whole(surface, [self._typed(self._blocks, block) for block in blocks], self._fields(view))
        except CannotJudge:
            return None
        except Exception:
            return False
        return True

    def _typed(self, makers: dict[str, Make], given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if given.get("type") not in makers:
            raise CannotJudge(given.get("type"))
        return makers[given["type"]](**self._fields({k: v for k, v in given.items() if k != "type"}))

    def _fields(self, given: Json) -> Json:
        return {key: self._value(key, value) for key, value in given.items()}

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(key, item) for item in value]
        if isinstance(value, dict) and "type" in value:
            return self._typed(self._elements, value)
        if isinstance(value, dict):
            if key not in self._parts:
                raise CannotJudge(key)
            return self._parts[key](**self._fields(value))
        return value


def by_blockkit() -> Judge:
    """Return the judge that is PyPI's blockkit."""
    b = blockkit
    menus = {
        f"{multi}{name}": getattr(b, f"{prefix}{cls}")
        for multi, prefix in (("", ""), ("multi_", "Multi"))
        for name, cls in {
            "static_select": "StaticSelect",
            "external_select": "ExternalSelect",
            "users_select": "UsersSelect",
            "conversations_select": "ConversationsSelect",
            "channels_select": "ChannelsSelect",
        }.items()
    }
    elements = {
        **menus,
        "plain_text": lambda **f: b.Text(**f, type="plain_text"),
        "mrkdwn": lambda **f: b.Text(**f, type="mrkdwn"),
        "raw_text": blockkit.core.RawText,
        "button": b.Button,
        "image": b.ImageEl,
        "checkboxes": b.Checkboxes,
        "radio_buttons": b.RadioButtons,
        "overflow": b.Overflow,
        "timepicker": b.TimePicker,
        "plain_text_input": b.PlainTextInput,
        "number_input": b.NumberInput,
        "email_text_input": b.EmailInput,
        "rich_text_section": b.RichTextSection,
        "rich_text_preformatted": b.RichTextPreformatted,
        "text": b.RichTextEl,
    }
    blocks = {
        "section": b.Section,
        "header": b.Header,
        "divider": b.Divider,
        "context": b.Context,
        "actions": b.Actions,
        "input": b.Input,
        "image": b.Image,
        "markdown": b.Markdown,
        "table": blockkit.core.Table,
        "rich_text": b.RichText,
        "video": b.Video,
    }
    options = ("options", "initial_option", "initial_options")
    parts = {
        "confirm": b.Confirm,
        "option_groups": b.OptionGroup,
        "column_settings": blockkit.core.ColumnSettings,
        **dict.fromkeys(options, b.Option),
    }
    surfaces = {"message": b.Message, "modal": b.Modal, "home": b.Home}
    return Judge(blocks, elements, parts, lambda surface, made, view: surfaces[surface](blocks=made, **view).build())


def by_slackblocks() -> Judge:
    """Return the judge that is PyPI's slackblocks."""
    s = slackblocks
    elements = {
        "plain_text": s.PlainText,
        "mrkdwn": s.Markdown,
        "raw_text": s.RawText,
        "button": s.Button,
        "image": s.Image,
        "checkboxes": s.CheckboxGroup,
        "radio_buttons": s.RadioButtonGroup,
        "overflow": s.OverflowMenu,
        "timepicker": s.TimePicker,
        "plain_text_input": s.PlainTextInput,
        "number_input": s.NumberInput,
        "email_text_input": s.EmailInput,
        "static_select": s.StaticSelectMenu,
        "users_select": s.UserSelectMenu,
        "multi_static_select": s.StaticMultiSelectMenu,
        "multi_users_select": s.UserMultiSelectMenu,
    }
    blocks = {
        "section": s.SectionBlock,
        "header": s.HeaderBlock,
        "divider": s.DividerBlock,
        "context": s.ContextBlock,
        "actions": s.ActionsBlock,
        "input": s.InputBlock,
        "image": s.ImageBlock,
        "markdown": s.MarkdownBlock,
        "table": s.TableBlock,
        "alert": s.AlertBlock,
        "video": s.VideoBlock,
    }
    options = ("options", "initial_option", "initial_options")
    parts = {
        "confirm": s.ConfirmationDialogue,
        "option_groups": s.OptionGroup,
        "column_settings": s.ColumnSettings,
        **dict.fromkeys(options, s.Option),
    }

    def whole(surface: str, made: list[Any], view: Json) -> Any:
        if surface == "message":
            return s.Message(channel="C0", blocks=made)._resolve()
        return (s.ModalView if surface == "modal" else s.HomeTabView)(blocks=made, **view)._resolve()

    return Judge(blocks, elements, parts, whole)
