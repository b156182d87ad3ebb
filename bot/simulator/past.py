"""The made-up day before the demo: what both servers of each pair were, from so many hours before its end."""

from bot.domain.status import State

DAY = 24.0
STORIES = {
    "london": (  # the Primary failed, the Secondary took over, and a replacement brought the pair back
        (DAY, State.ACTIVE, State.STANDBY),
        (11.0, State.SILENT, State.STANDBY),
        (10.5, State.SILENT, State.ACTIVE),
        (8.0, State.DEMOTED, State.ACTIVE),
        (6.0, State.ACTIVE, State.STANDBY),
    ),
    "paris": (  # the Secondary was away for some hours, and users noticed nothing
        (DAY, State.ACTIVE, State.STANDBY),
        (17.0, State.ACTIVE, State.SILENT),
        (14.0, State.ACTIVE, State.STANDBY),
    ),
    "tokyo": ((DAY, State.ACTIVE, State.STANDBY),),
}
