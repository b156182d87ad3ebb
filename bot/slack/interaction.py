"""What a button is, with the form that it opens: one declarative value per file of `bot.slack.interactions`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.approval import Person
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
    channel: str = ""


@dataclass(frozen=True)
class Submission:
    """A form that was sent; `say` answers in it, and `show` puts another form in its place."""

    desk: Desk
    who: Person
    meta: Meta
    values: Values
    say: Say
    show: Callable[[Block], None]


def no_mistakes(_meta: Meta, _values: Values) -> dict[str, str]:
    """For a form of which everything is left to the services."""
    return {}


@dataclass(frozen=True)
class Interaction:
    """One button or form; `id` is its action id, and the callback id of its form.

    A button that `takes_argument` has a colon and that argument after its id.

    A button has exactly one of these: `opens` returns the form that opens at once, while Slack's trigger lives;
    `does` does something and returns the words that its person reads; `shows` answers at length by itself.
    A form has `mistakes`, which are told inside it before anything is done, and `sent`, which returns the words that
    its person reads, or nothing where it has answered by itself. `reads` is true of what only shows something.
    Each of them raises Refusal.
    """

    id: str
    opens: Callable[[Click], Block] | None = None
    does: Callable[[Click], str] | None = None
    shows: Callable[[Click, Say], None] | None = None
    mistakes: Callable[[Meta, Values], dict[str, str]] = no_mistakes
    sent: Callable[[Submission], str | None] | None = None
    reads: bool = False
    takes_argument: bool = False
