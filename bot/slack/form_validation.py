"""The fields of a submitted form, and the mistakes in them that can be found without asking a server or Slack."""

from collections.abc import Mapping
from typing import Any

from bot.domain.approval import same_name
from bot.domain.errors import Refusal, RefusalCode
from bot.services.requests import SHORTEST_STATEMENT
from bot.views.refusals import words

Values = Mapping[str, str]


def fields(view: Mapping[str, Any]) -> dict[str, str]:
    """Return a modal's values by block id. For a choice the value is that of the selected option."""
    values = {}
    for block_id, actions in view["state"]["values"].items():
        for element in actions.values():
            chosen = element.get("selected_option") or {}
            values[block_id] = element.get("value") or chosen.get("value") or ""
    return values


def missing_confirmations(meta: Mapping[str, Any], values: Values) -> dict[str, str]:
    """Return a message for each wrong field of a request's form.

    Checked are the pair's name (where something is stated), details that are known beforehand, and how the requester
    knows each statement.
    """
    mistakes = {}
    if meta.get("ways") and not same_name(values.get("name", ""), meta["pair"]):
        mistakes["name"] = f"Type the pair's name, {meta['pair']}, to state this. Nothing was stated."
    for slot, right in meta.get("known", {}).items():
        if (value := values.get(slot, right).strip()) != right:
            mistakes[slot] = words(Refusal(RefusalCode.OTHER_SECONDARY, pair=meta["pair"], right=right, given=value))
    return mistakes | short_statements(values)


def short_statements(values: Values) -> dict[str, str]:
    """Return a message for each statement that does not say how the person knows it."""
    statements = [name for name in values if name.startswith("state:") or name == "words"]
    short = [name for name in statements if len(values[name].strip()) < SHORTEST_STATEMENT]
    return dict.fromkeys(short, words(Refusal(RefusalCode.STATEMENT_TOO_SHORT)))
