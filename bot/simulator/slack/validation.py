"""Holds a value against a rule, and says what is wrong in Slack's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .elements import PARTS
from .errors import Json
from .rules import Flag, Items, Kinds, Part, Rule, Shape, Str, Text, Whole
from .shapes import FAMILIES


@dataclass(frozen=True)
class Problem:
    """One thing wrong, and the JSON pointer to where."""

    pointer: str
    words: str

    def __str__(self) -> str:
        return f"{self.words} [json-pointer:{self.pointer}]"


def check_object(shape: Shape, value: Any, at: str, besides: tuple[str, ...] = ()) -> Iterator[Problem]:
    """Yield what is wrong with an object; ``besides`` are fields somebody else looks at."""
    if not isinstance(value, dict):
        yield Problem(at, "must provide an object")
        return
    for name in shape.required:
        if name not in value:
            yield Problem(at, f"missing required field: {name}")
    there = [name for name in (*shape.either, *shape.one_of) if name in value]
    either = " or ".join(f"`{name}`" for name in (*shape.either, *shape.one_of))
    if either and not there:
        yield Problem(at, f"must define either {either}")
    if shape.one_of and len(there) > 1:
        yield Problem(at, f"must define only one of {either}")
    for name, held in value.items():
        if name in shape.fields:
            yield from check_rule(shape.fields[name], held, f"{at}/{name}")
        elif name not in besides:
            yield Problem(at, f"invalid additional property: {name}")
    yield from _initial(value, at)


def check_rule(rule: Rule, value: Any, at: str) -> Iterator[Problem]:
    """Yield what is wrong with a value under any kind of rule; ``at`` is its JSON pointer."""
    match rule:
        case Str():
            yield from _string(rule, value, at)
        case Text():
            yield from _text(rule, value, at)
        case Flag():
            if not isinstance(value, bool):
                yield Problem(at, "must provide a boolean")
        case Whole():
            yield from _number(rule, value, at)
        case Items():
            yield from _items(rule, value, at)
        case Part():
            yield from check_object(PARTS[rule.name], value, at)
        case Kinds():
            yield from _kind(rule, value, at)


def _string(rule: Str, value: Any, at: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(at, "must provide a string")
    elif len(value) < rule.least:
        yield Problem(at, f"must be more than {rule.least - 1} characters")
    elif len(value) > rule.most:
        yield Problem(at, f"must be less than {rule.most + 1} characters")
    elif rule.among and value not in rule.among:
        yield Problem(at, f"must be one of: {', '.join(rule.among)}")
    elif rule.pattern and not re.fullmatch(rule.pattern, value):
        yield Problem(at, f"must match {rule.pattern}")


def _text(rule: Text, value: Any, at: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, "must provide an object")
        return
    kind = value.get("type")
    if kind not in ("plain_text", "mrkdwn") or (rule.plain and kind != "plain_text"):
        yield Problem(f"{at}/type", f"unsupported type: {kind}")
        return
    extra = "emoji" if kind == "plain_text" else "verbatim"
    shape = Shape({"text": Str(rule.most), extra: Flag()}, ("text",))
    yield from check_object(shape, value, at, besides=("type",))


def _number(rule: Whole, value: Any, at: str) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield Problem(at, "must provide an integer")
    elif not rule.least <= value <= rule.most:
        yield Problem(at, f"must be from {rule.least} to {rule.most}")


def _items(rule: Items, value: Any, at: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(at, "must provide an array")
        return
    if len(value) < rule.least:
        yield Problem(at, f"no less than {rule.least} items allowed")
    if len(value) > rule.most:
        yield Problem(at, f"no more than {rule.most} items allowed")
    for number, item in enumerate(value):
        yield from check_rule(rule.of, item, f"{at}/{number}")


def _kind(rule: Kinds, value: Any, at: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, "must provide an object")
        return
    kind = value.get("type")
    if kind not in rule.names:
        yield Problem(f"{at}/type", f"unsupported type: {kind}")
    elif kind in ("plain_text", "mrkdwn"):
        yield from _text(Text(), value, at)
    else:
        yield from check_object(FAMILIES[rule.family][kind], value, at, besides=("type",))


def _initial(value: Json, at: str) -> Iterator[Problem]:
    if "options" not in value and "option_groups" not in value:
        return
    groups = value.get("option_groups") or []
    offered = list(value.get("options") or [])
    for group in groups if isinstance(groups, list) else []:
        offered += group.get("options", []) if isinstance(group, dict) else []
    wanted = value.get("initial_options", [value["initial_option"]] if "initial_option" in value else [])
    if any(option not in offered for option in wanted if isinstance(option, dict)):
        yield Problem(at, "initial option is not one of the options")
