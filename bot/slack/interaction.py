"""What a button is, with the form that it opens: one declarative value per file of `bot.slack.interactions`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.approval import Person
from bot.domain.command import Command
from bot.services import Desk
from bot.slack.replies import Say
from bot.views.blocks import Block

Meta = Mapping[str, Any]  # what the form was opened about, as it was written into it
Values = Mapping[str, str]  # what was filled in, by field


@dataclass(frozen=True)
class Click:
    """A press of a button: `argument` follows the colon in its action id, `value` is what the button carries."""

    desk: Desk
    who: Person
    argument: str
    value: str


@dataclass(frozen=True)
class Submission:
    """A form that was sent; `show` puts another form in its place. `commands` has every command by its name."""

    desk: Desk
    who: Person
    meta: Meta
    values: Values
    show: Callable[[Block], None]
    commands: Mapping[str, Command]


@dataclass(frozen=True)
class Success:
    """What a sent form did: `text` tells it to its person, and a message in `channel` shows it to everybody.

    The form closes by itself where its person looks at that message. If the answer is `kept`, since its person can do
    something with it, the form closes too, and the answer stands in the channel from which they acted.
    """

    text: str
    channel: str = ""
    blocks: Sequence[Block] = ()
    kept: bool = False


def no_mistakes(_meta: Meta, _values: Values) -> dict[str, str]:
    """For a form of which everything is left to the services."""
    return {}


@dataclass(frozen=True)
class Interaction:
    """One button or form; `id` is its action id, and the callback id of its form.

    A button that `takes_argument` has a colon and that argument after its id.

    A button has exactly one of these: `opens` returns the form that opens at once, while Slack's trigger lives;
    `does` does something and returns the words that its person reads; `shows` answers at length by itself.
    A form has `mistakes`, which are told inside it before anything is done, and `sent`, which returns what it did, or
    nothing where another form stands in its place. `reads` is true of what only shows something.
    Each of them raises Refusal.
    """

    id: str
    opens: Callable[[Click], Block] | None = None
    does: Callable[[Click], str] | None = None
    shows: Callable[[Click, Say], None] | None = None
    mistakes: Callable[[Meta, Values], dict[str, str]] = no_mistakes
    sent: Callable[[Submission], Success | None] | None = None
    reads: bool = False
    takes_argument: bool = False
