"""The commands, loaded by name from the package `commands`; a broken or double one stops the start."""

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType

import commands
from bot.domain.command import Action, Command

ORDER = ("ha-status", "ha-failover", "ha-failback", "ha-demote-primary", "ha-initialise", "ha-history", "ha-help")


class BrokenCommand(Exception):
    """A file in `commands/` that cannot be used; the words say which and why."""


def load_commands(package: ModuleType = commands) -> dict[str, Command]:
    """Every command by its name, the usual ones first."""
    found: dict[str, Command] = {}
    for info in pkgutil.iter_modules(package.__path__):
        command = _load(f"{package.__name__}.{info.name}")
        if command.name in found:
            raise BrokenCommand(f"commands/{info.name}.py: there is another /{command.name}. Remove one of them.")
        if command.name.replace("-", "_") != info.name:
            raise BrokenCommand(f"commands/{info.name}.py: its command is {command.name}: name the file after it.")
        found[command.name] = command
    rank = {name: place for place, name in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda item: (rank.get(item[0], len(rank)), item[0])))


def _load(module: str) -> Command:
    file = module.replace(".", "/") + ".py"
    try:
        command = importlib.import_module(module).COMMAND
    except Exception as error:
        raise BrokenCommand(f"{file} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(command, Command):
        raise BrokenCommand(f"{file}: COMMAND is no Command.")
    if command.action and command.action.name != command.name:
        raise BrokenCommand(f"{file}: its action is {command.action.name}: the two names must be the same.")
    return command


def actions_of(commands: Mapping[str, Command]) -> dict[str, Action]:
    """The actions by name."""
    return {name: command.action for name, command in commands.items() if command.action}
