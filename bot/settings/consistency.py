"""The environment and the pairs file together: who mends one should know of the other."""

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
    """Both; raises SettingsError with the mistakes of both. `slack` and `pinned` as for each alone."""
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
