"""Reads the environment and the pairs file into frozen values. All mistakes are told at once, each in a sentence."""

from collections.abc import Mapping
from pathlib import Path

from bot.domain.command import Action
from bot.domain.errors import SettingsError
from bot.domain.pair import Pair
from bot.settings.environment import Settings, read_environment
from bot.settings.pairs import PairsFile, read_pairs

__all__ = ["PairsFile", "Settings", "SettingsError", "read_all", "read_environment", "read_pairs"]


def read_all(
    environ: Mapping[str, str], actions: Mapping[str, Action], slack: bool = True, pinned: bool = True
) -> tuple[Settings, Mapping[str, Pair]]:
    """Return the settings and the pairs. Raises SettingsError with the mistakes of both.

    `slack` is that of `read_environment`, and `pinned` that of `PairsFile`.
    """
    path = environ.get("PAIRKEEPER_CONFIG", "").strip()
    pairs: Mapping[str, Pair] = {}
    mistakes: list[str] = []
    try:
        pairs = PairsFile(Path(path), actions, pinned).read().pairs if path else {}
    except SettingsError as error:
        mistakes = error.mistakes
    try:
        settings = read_environment(environ, slack)
    except SettingsError as error:
        raise SettingsError([*error.mistakes, *mistakes]) from None
    if mistakes:
        raise SettingsError(mistakes)
    return settings, pairs
