"""/ha-maintenance: work on a pair without waking anybody."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-maintenance",
    summary="Work on a pair without alerts, for a while",
    reads=ReadingCommand.MAINTENANCE,
    words="<pair> [for 2h because … | end]",
    example="/ha-maintenance london for 2h because the Secondary is upgraded",
    more=(
        "Nobody is alerted meanwhile. I keep looking at the pair, and the time counts in no figure.",
        "`for 2h because …`: start, for minutes, hours or days (`30m`, `2h`, `1d`), at most 7 days. The pair's channel "
        "reads who, why and until when.",
        "`end`: end it early. Whatever is still wrong then is reported.",
        "With only the pair: what is in force.",
    ),
)
