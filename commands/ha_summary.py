"""/ha-summary: the pairs' health now."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-summary",
    summary="What is wrong, what changed, and how available the pairs were",
    reads=ReadingCommand.SUMMARY,
    example="/ha-summary london",
    more=(
        "For all pairs, or the one you name: what is wrong, what ended since yesterday, how available they were "
        "over 24 hours, 7 and 30 days, how fast incidents were seen, acknowledged, decided and recovered; then a "
        "picture of the last day.",
        "It tells what was seen, without looking again. Time in which nobody looked counts neither for nor against.",
    ),
)
