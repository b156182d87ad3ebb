"""/ha-summary: the health of the pairs, now."""

from bot.domain.command import Command, Reading

COMMAND = Command(
    name="ha-summary",
    summary="What is wrong, what changed, and how available the pairs were",
    reads=Reading.SUMMARY,
    example="/ha-summary",
)
