"""Loads the commands by name from the package `commands`. A broken file or a name used twice stops the start."""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from types import ModuleType

import commands
from bot.domain.command import Action, Command

ORDER = (
    "ha-status",
    "ha-recover",
    "ha-plan",
    "ha-incident",
    "ha-failover",
    "ha-failback",
    "ha-demote-primary",
    "ha-initialise",
    "ha-maintenance",
    "ha-summary",
    "ha-history",
    "ha-help",
)
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")  # Slack allows 32 characters, including the slash


class BrokenCommand(Exception):
    """A file in `commands/` that cannot be used. The message says which one and why."""


def load_commands(package: ModuleType = commands) -> dict[str, Command]:
    """Return every command by its name, the usual ones first. Raises BrokenCommand."""
    found: dict[str, tuple[str, Command]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        file, command = f"{package.__name__}/{info.name}.py", _load(f"{package.__name__}.{info.name}")
        if command.name in found:
            other, _ = found[command.name]
            raise BrokenCommand(f"{file} holds /{command.name}, like {other}. Remove one of them.")
        found[command.name] = file, command
    for file, command in found.values():
        _check(file, command)
    if not found:
        raise BrokenCommand(f"{package.__name__}/ has no command in it.")
    rank = {name: place for place, name in enumerate(ORDER)}
    names = sorted(found, key=lambda name: (rank.get(name, len(rank)), name))
    return {name: found[name][1] for name in names}


def _load(module: str) -> Command:
    file = module.replace(".", "/") + ".py"
    try:
        command = getattr(importlib.import_module(module), "COMMAND", None)
    except Exception as error:
        raise BrokenCommand(f"{file} cannot be loaded: {type(error).__name__}: {error}.") from error
    if command is None:
        raise BrokenCommand(f"{file} has no COMMAND. Give it one, or remove the file.")
    if not isinstance(command, Command):
        raise BrokenCommand(f"{file} has a COMMAND that is no Command, but {type(command).__name__}.")
    return command


def _check(file: str, command: Command) -> None:
    if not NAME.fullmatch(command.name):
        raise BrokenCommand(f"{file} holds {command.name!r}: name it with at most 31 of a-z, 0-9 and -.")
    if file.rpartition("/")[2] != (right := command.name.replace("-", "_") + ".py"):
        raise BrokenCommand(f"{file} holds /{command.name}. Name the file {right}.")
    if command.action and command.action.name != command.name:
        raise BrokenCommand(f"{file} asks for the action {command.action.name}. Give both the same name.")


def actions_of(commands: Mapping[str, Command]) -> dict[str, Action]:
    """Return the actions of the commands that have one, by name."""
    return {name: command.action for name, command in commands.items() if command.action}
