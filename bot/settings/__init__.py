"""Reads the environment and the pairs file into frozen values.

All mistakes are reported at once, each in a sentence.
"""

from bot.settings.consistency import read_all
from bot.settings.environment import Settings, environment, read_environment
from bot.settings.mistakes import Mistake, SettingsError
from bot.settings.pairs import read_file, read_pairs

__all__ = [
    "Mistake",
    "Settings",
    "SettingsError",
    "environment",
    "read_all",
    "read_environment",
    "read_file",
    "read_pairs",
]
