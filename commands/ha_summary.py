"""/ha-summary: the pairs' health now."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-summary",
    summary="What is wrong, what changed, and how available the pairs were",
    reads=ReadingCommand.SUMMARY,
    example="/ha-summary london",
    more=(
        "Of all pairs, or of the one you name: what is wrong, what is over since yesterday, how available they were "
        "over 24 hours, 7 and 30 days, how fast incidents were seen, taken, decided and recovered; then a picture of "
        "the last day.",
        "Nobody is asked anew: it tells what was seen. Time in which nobody looked counts neither for nor against.",
    ),
)
