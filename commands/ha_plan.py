"""/ha-plan: what would happen if, without asking for it."""

from bot.domain.command import Command, Reading

COMMAND = Command(
    name="ha-plan",
    summary="What a command would do now, without asking for it",
    reads=Reading.PLAN,
    words="<pair> <command>",
    example="/ha-plan london ha-failover",
)
