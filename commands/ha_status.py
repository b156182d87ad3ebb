"""/ha-status: what both servers report."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-status",
    summary="What is wrong, whether users are served, and what to do next",
    reads=ReadingCommand.STATUS,
    example="/ha-status london",
    more=(
        "I look at both servers now; only you see the answer. *Details* has the rest.",
        "Without a pair you see all of them as last looked at, the worst first, each with a button.",
    ),
)
