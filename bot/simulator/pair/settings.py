"""A simulated pair as one table of the bot's pairs file."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.simulator.pair.effects import Command
from bot.simulator.pair.layouts import LAYOUTS, Layout
from bot.simulator.pair.server import SimulatedServer


def server_table(server: SimulatedServer, user: str, key: Path, pty: bool) -> dict[str, Any]:
    """`[pairs.NAME.primary]` or `.secondary`."""
    return {
        "host": server.host,
        "port": server.port,
        "address": server.state.address,
        "user": user,
        "key": str(key),
        "host_key": server.host_key,
        "pty": pty,
    }


def people(channel: str, requesters: Sequence[str], approvers: Sequence[str]) -> dict[str, Any]:
    """Who may do what, and where it is told."""
    return {
        "channel": channel,
        "requesters": list(requesters),
        "approvers": list(approvers),
        "approvals": 1,
    }


def command_tables(layout: str) -> dict[str, Any]:
    """`[pairs.NAME.commands.*]`: empty for layout "a", whose questions are the bot's defaults."""
    if layout == "a":
        return {}
    asks = LAYOUTS[layout]
    changing = (Command.FAILOVER, Command.FAILBACK, Command.DEMOTE_PRIMARY, Command.INITIALISE)
    return {
        str(command): {"line": str(command), "time_limit": 60, "dialogue": _dialogue(command, asks)}
        for command in changing
    }


def _dialogue(command: Command, asks: Layout) -> list[dict[str, str]]:
    details = [(asks.address, "{address}"), (asks.joining_code, "{joining_code}")]
    questions = [*(details if command is Command.INITIALISE else []), (asks.consent, asks.yes)]
    return [{"prompt": _pattern(prompt), "answer": answer} for prompt, answer in questions]


def _pattern(prompt: str) -> str:
    return re.sub(r"\\ ", " ", re.escape(prompt.rstrip())) + r"\s*$"
