"""A line that a person typed and that lacks something. A form or a button asks for the rest of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class IncompleteLine:
    """A command as far as it was typed. `command` is its name without a slash.

    `pair` is empty where it is missing. `rest` is what follows the pair, as Slack sent it.
    """

    command: str
    pair: str = ""
    rest: str = field(default="", repr=False)
