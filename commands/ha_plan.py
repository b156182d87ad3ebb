"""/ha-plan: what a command would do now, without requesting it."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-plan",
    summary="What a command would do now, without asking for it",
    reads=ReadingCommand.PLAN,
    words="<pair> <command>",
    example="/ha-plan london ha-failover",
    more=(
        "I look at both servers and show what the command would change, what you would lose, and what comes next; "
        "or why it isn't possible, and what to do instead.",
        "Nothing is asked for and nothing is sent. The short name works too: `/ha-plan london failover`.",
    ),
)
