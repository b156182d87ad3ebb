"""Reads the environment and the pairs file together, so that a person who corrects one sees the mistakes of both."""

from collections.abc import Mapping
from pathlib import Path

from bot.domain.command import Action
from bot.domain.pair import Pair
from bot.settings.environment import Settings, read_environment
from bot.settings.mistakes import SettingsError
from bot.settings.pairs import read_pairs


def read_all(
    environ: Mapping[str, str], actions: Mapping[str, Action], slack: bool = True, pinned: bool = True
) -> tuple[Settings, dict[str, Pair]]:
    """Return the settings and the pairs. Raises SettingsError with the mistakes of both.

    `slack` is that of `read_environment`, and `pinned` that of `read_pairs`.
    """
    told: list[str] = []
    pairs: dict[str, Pair] = {}
    path = environ.get("PAIRKEEPER_CONFIG", "").strip()
    try:
        pairs = read_pairs(Path(path), actions, pinned) if path else {}
    except SettingsError as error:
        told = error.mistakes
    try:
        settings = read_environment(environ, slack)
    except SettingsError as error:
        raise SettingsError([*error.mistakes, *told]) from None
    if told:
        raise SettingsError(told)
    return settings, pairs
