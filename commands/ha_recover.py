"""/ha-recover: the way back to business as usual, step by step."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-recover",
    summary="The way back to a healthy pair, step by step",
    reads=ReadingCommand.RECOVER,
    example="/ha-recover london",
    more=(
        "I look at both servers and show the next step with its button, what you would lose, what comes after it, what "
        "is at risk meanwhile, and who is on it.",
        "It is worked out afresh each time: after a restart, a step by hand or a change of shift, ask again.",
    ),
)
