"""Lists every key of the pairs file and every variable of the environment, as the settings describe them."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_origin

from bot.domain.pair import Role
from bot.settings.environment import Settings
from bot.settings.schedules import ScheduleTable
from bot.settings.tables import CommandTable, PairTable, Table
from tests.reference.tables import table

TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false"}
BELOW: dict[Any, str] = {tuple: "[]", dict: ".COMMAND"}  # how the keys of a table in a list or in a table are written


def environment() -> str:
    """Return the table of all variables."""
    return table(("variable", "default", "what it is"), map(_variable, Settings.model_fields.values()))


def _variable(key: Any) -> tuple[str, str, str]:
    default = "required" if key.is_required() else f"`{key.default}`" if key.default else "–"
    return f"`{key.validation_alias}`", default, str(key.description)


def settings() -> str:
    """Return the table of all keys. The Secondary's keys are those of the Primary."""
    rows = [*_rows("pairs.NAME", PairTable), *_rows("summaries[]", ScheduleTable)]
    return table(("key", "type", "default", "what it is"), rows)


def _rows(place: str, kind: type[Table]) -> Iterator[tuple[str, str, str, str]]:
    for name, key in kind.model_fields.items():
        inner = kind.inner(name)
        where = f"{place}.{name}{BELOW.get(get_origin(key.annotation), '') if inner else ''}"
        # A host key alone is looked at where it is missing: it is required, unless nothing has to be pinned yet.
        default = "required" if key.is_required() or key.validate_default else _default(kind, name)
        yield f"`{where}`", "table" if inner else _type(key.annotation), default, str(key.description)
        if inner and name != Role.SECONDARY:
            yield from _rows(where, inner)


def _type(hint: Any) -> str:
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return f"list of {_type(getattr(item, '__origin__', item))}s"
    if issubclass(hint, Enum):
        *most, last = (f'"{choice.value}"' for choice in hint)
        return f"{', '.join(most)} or {last}"
    return TYPES[hint]


def _default(kind: type[Table], name: str) -> str:
    if kind is CommandTable:
        return "the command's own"
    match default := getattr(kind.makes, name, None):
        case None | "":
            return "–"
        case bool():
            return f"`{str(default).lower()}`"
        case float():
            return f"`{default:g}`"
    return f"`{default}`"
