"""Reads the pairs file: TOML with a table [pairs.NAME] for each pair, and [[summaries]] for each channel's summary."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from bot.domain.command import Action
from bot.domain.errors import SettingsError
from bot.domain.pair import STATUS, Pair
from bot.domain.schedule import Schedule
from bot.settings.mistakes import Mistake, unknown
from bot.settings.rules import at, pair_mistakes, shared_mistakes
from bot.settings.schedules import read_schedules
from bot.settings.tables import PairTable


class Contents(NamedTuple):
    """What the file says: its pairs by name and its schedules of summaries, or its mistakes."""

    pairs: Mapping[str, Pair]
    schedules: tuple[Schedule, ...]
    mistakes: tuple[str, ...]


class PairsFile:
    """The pairs file. Its bytes are read each time, and parsed only if they are others than before.

    Neither its time nor its size is trusted: a file with other approvers may have both of the one before.
    With `pinned` False a host key may be missing or invalid: a person who asks for host keys has none to give yet.
    """

    def __init__(self, path: Path, actions: Mapping[str, Action], pinned: bool = True) -> None:
        self._path = path
        self._parsed = lru_cache(1)(lambda raw: _parse(raw, actions, pinned))

    def read(self) -> Contents:
        """Return what the file says now. Raises SettingsError with all mistakes in the file."""
        path = self._path
        try:
            contents: Contents = self._parsed(path.read_bytes())
        except OSError as error:
            words = f"{path} cannot be read: {error.strerror}. Give its path in PAIRKEEPER_CONFIG."
            raise SettingsError([words]) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError([f"{path} is not valid TOML: {error}. Mend that; nothing of it was used."]) from None
        if contents.mistakes:
            raise SettingsError([f"{path}: {mistake}" for mistake in contents.mistakes])
        return contents


def read_pairs(path: Path, actions: Mapping[str, Action]) -> Mapping[str, Pair]:
    """Return every pair of the file by name. Raises SettingsError with all mistakes in the file."""
    return PairsFile(path, actions).read().pairs


def _parse(raw: bytes, actions: Mapping[str, Action], pinned: bool) -> Contents:
    data = tomllib.loads(raw.decode("utf-8-sig"))
    words = "is no table that I know: pairs stand in [pairs.NAME], schedules in [[summaries]]."
    mistakes = [Mistake(key, words) for key in data if key not in ("pairs", "summaries")]
    pairs: dict[str, Pair] = {}
    tables = at(data, dict, "pairs")
    if not tables:
        mistakes.append(Mistake("pairs", "has no pair in it: add a table [pairs.NAME]."))
    for name, table in tables.items():
        pairs[name], more = _read_pair(name, table, actions, pinned)
        mistakes += more
    mistakes += shared_mistakes(tables)
    schedules, more = read_schedules(data.get("summaries", []), tables)
    return Contents(pairs, schedules, tuple(f"{mistake.place} {mistake.words}" for mistake in (*mistakes, *more)))


def _read_pair(name: str, table: Any, actions: Mapping[str, Action], pinned: bool) -> tuple[Any, list[Mistake]]:
    """Return the pair, or None, and all its mistakes without those that only follow from another one."""
    place = f"pairs.{name}"
    usual = {"ha-status": STATUS} | {action.name: action.line for action in actions.values()}
    keys, wrong = PairTable.read(table, place, name if pinned else None)
    mistakes = [
        Mistake(f"{place}.commands.{command}", unknown("command", command, usual))
        for command in at(table, dict, "commands")
        if command not in usual
    ]
    for more in (wrong, list(pair_mistakes(name, table, actions))):
        mistakes += [mistake for mistake in more if not any(known.hides(mistake) for known in mistakes)]
    if mistakes:
        return None, mistakes
    commands = {command: replace(usual[command], **line) for command, line in keys.pop("commands", {}).items()}
    return Pair(name=name, commands=commands, **keys), []
