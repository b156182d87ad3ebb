"""A form that was sent: its fields, and what can be seen to be wrong with them without asking anybody."""

from collections.abc import Mapping
from typing import Any

from bot.domain.approval import same_name
from bot.domain.status import is_address
from bot.domain.words import plain
from bot.services.requests import SHORTEST_STATEMENT, wrong_detail

Values = Mapping[str, str]


def fields(view: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a modal by their block's id; a choice by its value."""
    found = {}
    for block_id, actions in view["state"]["values"].items():
        for said in actions.values():
            chosen = said.get("selected_option") or {}
            found[block_id] = said.get("value") or chosen.get("value") or ""
    return found


def mistakes(callback: str, meta: Mapping[str, Any], values: Values) -> dict[str, str]:
    """What can be seen to be wrong without asking anybody, by field: the form stays, nothing has to be typed again."""
    found = {}
    if meta.get("ways") and not same_name(values.get("name", ""), meta["pair"]):
        found["name"] = f"Type the pair's name, {meta['pair']}, to state this. Nothing was stated."
    found |= _undecided(callback, meta, values)
    for slot, right in meta.get("known", {}).items():
        if (value := values.get(slot, right).strip()) != right:
            found[slot] = wrong_detail(meta["pair"], right, value)
    for name in (name for name in values if name.startswith("state:") or name == "words"):
        if len(values[name].strip()) < SHORTEST_STATEMENT:
            found[name] = "Say how you know, in a few words. Nothing was stated."
    return found


def _undecided(callback: str, meta: Mapping[str, Any], values: Values) -> dict[str, str]:
    """What keeps a decision from being one; the desk checks all of it again."""
    typed = values.get("name", "")
    match callback:
        case "approve" if not same_name(typed, meta.get("pair", typed)):
            return {"name": f"Type the pair's name, {meta['pair']}, to approve. Nothing was sent."}
        case "pin_approve" if typed.strip() != meta.get("ending", typed.strip()):
            compare = "Compare it with the console. Nothing was pinned."
            return {"name": f"Those are not the last six characters of the fingerprint. {compare}"}
        case "pin" if not is_address(plain(values.get("address", ""))):
            return {"address": "That is no IP address. Give the one that ha-status prints for it. Nothing was done."}
        case "deny" if not values.get("why", "").strip():
            return {"why": "Say why you deny it. Nothing was done."}
        case "code":
            return {slot: "The joining code is empty. Nothing was sent." for slot in values if not values[slot].strip()}
    return {}
