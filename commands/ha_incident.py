"""/ha-incident: show it, take it, hand it over, note something."""

from bot.domain.command import Command, Reading

COMMAND = Command(
    name="ha-incident",
    summary="The open incident: show, take, hand over, note",
    reads=Reading.INCIDENT,
    words="[pair] [take | give @person | note … | open … | close …]",
    example="/ha-incident london note the switch vendor is on the phone",
)
