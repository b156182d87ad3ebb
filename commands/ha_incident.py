"""/ha-incident: show the open incident, take it, hand it over, or add a note."""

from bot.domain.command import Command, ReadingCommand

COMMAND = Command(
    name="ha-incident",
    summary="The open incident: show, take, hand over, note",
    reads=ReadingCommand.INCIDENT,
    words="[pair] [take | give @person | note … | open … | close …]",
    example="/ha-incident london note the switch vendor is on the phone",
    more=(
        "With only the pair: the open incident as it stands.",
        "`take`: you're on it, and everybody sees that.",
        "`give @person`: hand it over; the thread tells them.",
        "`note …`: write down what you found or did; it goes into the thread and the report.",
        "`open …`: open an incident for what I can't see, and say why.",
        "`close …`: close one that somebody opened on a healthy pair, and say how it ended. "
        "Any other closes by itself once both servers are healthy.",
    ),
)
