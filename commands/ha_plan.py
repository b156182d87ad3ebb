"""/ha-plan: what a command would do now, without requesting it."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-plan",
    summary="What a command would do now, without asking for it",
    reads=ReadingCommand.PLAN,
    words="<pair> <command>",
    example="/ha-plan london ha-failover",
    more=(
        "I look at both servers and say what they would be before and after, what it costs, what follows, and how it "
        "is done by hand; or why it is not possible, and what is next instead.",
        "Nothing is asked for and nothing is sent. The short name does too: `/ha-plan london failover`.",
    ),
)
