"""/ha-maintenance: work on a pair without waking anybody."""

from bot.domain.command import Command, Reading

COMMAND = Command(
    name="ha-maintenance",
    summary="Work on a pair without alerts, for a time",
    reads=Reading.MAINTENANCE,
    words="<pair> [for 2h because … | end]",
    example="/ha-maintenance london for 2h because the Secondary is upgraded",
)
