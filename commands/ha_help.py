"""/ha-help: lists every command, or explains one in full."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-help",
    summary="Every command, or one of them in full",
    reads=ReadingCommand.HELP,
    example="/ha-help ha-failback",
)
