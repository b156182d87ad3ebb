"""What a changing command asks, in which order, and which answers let it go on. All of it is INVENTED."""

from enum import StrEnum

from bot.simulator.pair.effects import Command
from bot.simulator.pair.layouts import Layout

UNKNOWN_QUESTION = "The licence of this server expires in 3 days. Continue anyway? [y/N]: "


class Place(StrEnum):
    """Where the unknown question comes up."""

    FIRST = "first"  # before the known questions
    LATER = "later"  # after the first known one
    INSTEAD = "instead"  # in place of the last known one


Surprise = tuple[str, Place]


def questions(command: Command, layout: Layout, surprise: Surprise | None) -> list[tuple[str, str]]:
    """The name and the prompt of each question, with the unknown one where it is to come up."""
    asked = [("consent", layout.consent)]
    if command is Command.INITIALISE:
        asked = [("address", layout.address), ("joining_code", layout.joining_code), *asked]
    match surprise:
        case (text, Place.FIRST):
            asked.insert(0, ("unknown", text))
        case (text, Place.LATER):
            asked.insert(1, ("unknown", text))
        case (text, Place.INSTEAD):
            asked[-1] = ("unknown", text)
    return asked


def accepted(name: str, answer: str, layout: Layout) -> bool:
    """Whether the command goes on after this answer, given in lower case."""
    match name:
        case "consent":
            return answer == layout.yes
        case "unknown":
            return answer in ("y", "yes")
    return bool(answer)
