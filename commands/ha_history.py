"""/ha-history: who requested what, who approved it, and how it ended."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-history",
    summary="The last requests: who asked, who approved, how it ended",
    reads=ReadingCommand.HISTORY,
    example="/ha-history london",
    more=("The newest first, of all pairs or of the one you name, each with its reason.",),
)
