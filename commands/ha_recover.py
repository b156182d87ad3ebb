"""/ha-recover: the way back to business as usual, step by step."""

from bot.domain.command import Command, Reading

COMMAND = Command(
    name="ha-recover",
    summary="The way back to business as usual, step by step",
    reads=Reading.RECOVER,
    example="/ha-recover london",
)
