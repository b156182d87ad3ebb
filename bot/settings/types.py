"""Reads a table of the pairs file into a frozen value, by the value's own type hints."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from bot.settings.mistakes import Mistake, either, show, unknown

PLAIN: dict[type, tuple[tuple[type, ...], str]] = {
    str: ((str,), "give text, in quotes"),
    int: ((int,), "give a whole number, without quotes"),
    float: ((int, float), "give a number, without quotes"),
    bool: ((bool,), "give true or false, without quotes"),
}


def read_table(
    kind: type,
    table: Any,
    place: str,
    told: list[Mistake],
    usual: Any = None,
    besides: Mapping[str, Any] | None = None,
    hidden: Collection[str] = (),
) -> Any:
    """Return a value of this kind. Each mistake is added to `told`, and a stand-in takes the wrong value's place.

    `usual` holds the values of keys that are left out. `besides` holds values that are not read from the table.
    `hidden` names fields that are not keys.
    """
    given = dict(besides or {})
    if not isinstance(table, dict):
        told.append(Mistake(place, f"is {show(table)}: write it as a table, [{place}]."))
        table, usual = {}, usual or _stand_in(kind)
    hints = get_type_hints(kind)
    told += _unknown_keys(place, table, [name for name in hints if name not in hidden])
    for item in fields(kind):
        if item.name in given:
            continue
        where, hint = f"{place}.{item.name}", hints[item.name]
        if item.name in table:
            given[item.name] = read(hint, table[item.name], where, told)
        elif usual is not None:
            given[item.name] = getattr(usual, item.name)
        elif _required(item):
            told.append(Mistake(where, "is missing: add it."))
            given[item.name] = _stand_in(hint)
    return kind(**given)


def _unknown_keys(place: str, table: Mapping[str, Any], known: Collection[str]) -> Iterator[Mistake]:
    """Yield the keys that nothing reads: a typing mistake must not pass for a setting."""
    for key in table:
        if key not in known:
            yield Mistake(f"{place}.{key}", unknown("key", key, known))


def read(hint: Any, value: Any, place: str, told: list[Mistake]) -> Any:
    """Return one value, read by its type. Mistakes are added to `told`."""
    inner = next((one for one in get_args(hint) if one not in (type(None), ...)), None)
    if get_origin(hint) is tuple:
        return _read_list(inner, value, place, told)
    hint = inner or hint
    if is_dataclass(hint):
        return read_table(_class(hint), value, place, told)
    if issubclass(hint, Enum):
        return _read_choice(hint, value, place, told)
    types, wish = PLAIN[hint]
    right = isinstance(value, types) and (hint is bool or not isinstance(value, bool))
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        told.append(Mistake(place, f"is {show(value)}: {wish}."))
        return _stand_in(hint)
    return float(value) if hint is float else value


def _read_list(inner: Any, value: Any, place: str, told: list[Mistake]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        told.append(Mistake(place, f"is {show(value)}: give a list, in square brackets."))
        return ()
    return tuple(read(inner, one, f"{place}[{index}]", told) for index, one in enumerate(value))


def _read_choice(hint: type[Enum], value: Any, place: str, told: list[Mistake]) -> Enum:
    for one in hint:
        if one.value == value:
            return one
    told.append(Mistake(place, f"is {show(value)}: give {either(show(one.value) for one in hint)}."))
    return next(iter(hint))


def _class(hint: Any) -> type:
    assert isinstance(hint, type)
    return hint


def _required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _stand_in(hint: Any) -> Any:
    """Return a value in place of a wrong one, so that the rest can be checked too."""
    if get_origin(hint) is tuple:
        return ()
    hint = next((one for one in get_args(hint) if one is not type(None)), hint)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return _class(hint)(**{item.name: _stand_in(hints[item.name]) for item in fields(hint) if _required(item)})
    return next(iter(hint)) if issubclass(hint, Enum) else hint()
