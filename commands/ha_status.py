"""/ha-status: what both servers say."""

from bot.domain.command import Command, Reading

COMMAND = Command(
    name="ha-status",
    summary="What both servers say, what is the matter and what is next",
    reads=Reading.STATUS,
    example="/ha-status london",
    more=("I look at both servers now; only you see the answer.",),
)
