"""Reads the pairs file: TOML with a table [pairs.NAME] for each pair, and [[summaries]] for each channel's summary."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.domain.command import Action
from bot.domain.pair import STATUS, CommandLine, Pair, Role
from bot.domain.schedule import Schedule
from bot.settings.mistakes import Mistake, SettingsError, show, unknown
from bot.settings.rules import pair_mistakes
from bot.settings.schedules import read_schedules
from bot.settings.types import read_table

TABLES = ("pairs", "summaries")


def read_pairs(path: Path, actions: Mapping[str, Action], pinned: bool = True) -> dict[str, Pair]:
    """Return every pair of the file by name. Raises SettingsError with all mistakes in the file.

    With `pinned` False a host key may be missing or invalid: a person who asks for host keys has none to give yet.
    """
    return _read(path, actions, pinned)[0]


def read_file(path: Path, actions: Mapping[str, Action]) -> tuple[dict[str, Pair], tuple[Schedule, ...]]:
    """Return the pairs by name and the schedules of summaries. Raises SettingsError with all mistakes in the file."""
    return _read(path, actions, pinned=True)


def _read(path: Path, actions: Mapping[str, Action], pinned: bool) -> tuple[dict[str, Pair], tuple[Schedule, ...]]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError([f"{path} cannot be read: {error.strerror}. Give its path in PAIRKEEPER_CONFIG."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} is not valid TOML: {error}. Mend that; nothing of it was used."]) from None
    pairs, mistakes = _pairs(data, actions)
    schedules = read_schedules(data, pairs, mistakes)
    mistakes = [one for one in mistakes if pinned or not one.place.endswith(".host_key")]
    if mistakes:
        raise SettingsError([f"{path}: {mistake.place} {mistake.words}" for mistake in mistakes])
    return pairs, schedules


def _pairs(data: Mapping[str, Any], actions: Mapping[str, Action]) -> tuple[dict[str, Pair], list[Mistake]]:
    words = "is no table that I know: pairs stand in [pairs.NAME], schedules in [[summaries]]."
    mistakes = [Mistake(key, words) for key in data if key not in TABLES]
    tables = data.get("pairs")
    if not isinstance(tables, dict) or not tables:
        return {}, [*mistakes, Mistake("pairs", "has no pair in it: add a table [pairs.NAME].")]
    pairs: dict[str, Pair] = {}
    for name, table in tables.items():
        pairs[name], found = _pair(name, table, actions)
        mistakes += found
    return pairs, [*mistakes, *_shared(pairs)]


def _pair(name: str, table: Any, actions: Mapping[str, Action]) -> tuple[Pair, list[Mistake]]:
    """Return the pair and everything that is wrong with it. Values that could not be read are replaced by stand-ins."""
    place = f"pairs.{name}"
    told: list[Mistake] = []
    said = table.get("commands", {}) if isinstance(table, dict) else {}
    besides = {"name": name, "commands": _commands(f"{place}.commands", said, actions, told)}
    pair = read_table(Pair, table, place, told, besides=besides, hidden=["name"])
    more = [one for one in pair_mistakes(place, pair, actions) if not any(known.hides(one) for known in told)]
    return pair, told + more


def _commands(place: str, said: Any, actions: Mapping[str, Action], told: list[Mistake]) -> dict[str, CommandLine]:
    """Return what the file says of the commands, on top of each command's defaults. Mistakes are added to `told`."""
    usual = {"ha-status": STATUS} | {action.name: action.line for action in actions.values()}
    if not isinstance(said, dict):
        told.append(Mistake(place, f"is {show(said)}: write a table for each command, [{place}.ha-failover]."))
        return {}
    told += [Mistake(f"{place}.{name}", unknown("command", name, usual)) for name in said if name not in usual]
    return {
        name: read_table(CommandLine, table, f"{place}.{name}", told, usual=usual[name])
        for name, table in said.items()
        if name in usual
    }


def _shared(pairs: Mapping[str, Pair]) -> Iterator[Mistake]:
    """Yield the mistakes of two pairs that are really one: a pair's lock is useless if another pair has its server."""
    names: dict[str, str] = {}
    ways: dict[tuple[str, int, str], str] = {}
    for name, pair in pairs.items():
        if other := names.get(name.casefold()):
            yield Mistake(f"pairs.{name}", f"is named like pairs.{other}: names differ in more than capitals.")
        names.setdefault(name.casefold(), name)
        for role in Role:
            server, place = pair.server(role), f"pairs.{name}.{role}"
            way = (server.host.casefold(), server.port, server.jump.host if server.jump else "")
            if server.host and way in ways:
                yield Mistake(place, f"is reached at {server.host}:{server.port} like {ways[way]}: mend one of them.")
            ways.setdefault(way, place)
