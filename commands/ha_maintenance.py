"""/ha-maintenance: work on a pair without waking anybody."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-maintenance",
    summary="Work on a pair without alerts, for a time",
    reads=ReadingCommand.MAINTENANCE,
    words="<pair> [for 2h because … | end]",
    example="/ha-maintenance london for 2h because the Secondary is upgraded",
    more=(
        "Nobody is alerted meanwhile; the pair is still looked at, and the time counts for no figure.",
        "`for 2h because …`: begin, for minutes, hours or days (`30m`, `2h`, `1d`), at most 7 days. Everybody in the "
        "pair's channel reads who said so, why and until when.",
        "`end`: end it before its time. What is still wrong then is told.",
        "Without a word after the pair: what is in force.",
    ),
)
