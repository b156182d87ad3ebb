"""What the desk works with: one seam per wire."""

import difflib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.approval import Members, Person
from bot.domain.command import Action
from bot.domain.errors import Reason, Refusal
from bot.domain.pair import Pair
from bot.domain.transport import ServerClient
from bot.services.pace import Pace
from bot.store import Store, host_keys

MARKS = " \t*_~`:;,.!?/\"'“”‘’«»()<>"  # what people write around a command or a pair's name
UNABLE = (Reason.STORE, Reason.SETTINGS, Reason.NO_SUCH_PAIR)


@dataclass(frozen=True)
class Desk:
    """`pairs` reads the settings anew at each call; `submit` runs a thing in the background; `sleep` takes seconds.

    `identify` asks Slack who somebody is now; without it everybody is a member. After `forget`, nothing of what Slack
    said of people is remembered. `held` has the runs that this process is to bring to their end, and whether one of
    its threads is at that now. `stopping` is set when it begins no more. `elapsed` is a clock that nobody sets, in
    seconds, by which jumps of the other one are seen; `pace` has both as they were compared last.
    """

    store: Store
    wire: ServerClient
    pairs: Callable[[], Mapping[str, Pair]]
    actions: Mapping[str, Action]
    members: Members
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    submit: Callable[[Callable[[], None]], None]
    identify: Callable[[str], Person] | None = None
    forget: Callable[[], None] = lambda: None
    held: dict[int, bool] = field(default_factory=dict)
    elapsed: Callable[[], float] | None = None
    pace: Pace = field(default_factory=Pace)
    stopping: threading.Event = field(default_factory=threading.Event)

    def pair(self, name: str) -> Pair:
        """The pair of this name, approved replacements in place of what the file says; refuses with the names."""
        return host_keys.overlay(self.store, self.file(name))

    def file(self, name: str) -> Pair:
        """The pair of this name as the settings file has it."""
        return named(self.pairs(), name)

    def only_pair(self, doing: str) -> Pair:
        """The one pair there is; refuses with the names where there are several."""
        pairs = list(self.pairs().values())
        if len(pairs) == 1:
            return host_keys.overlay(self.store, pairs[0])
        names = and_list([pair.name for pair in pairs])
        raise Refusal(Reason.NO_SUCH_PAIR, f"Which pair? I look after {names}. Type: {doing} {pairs[0].name}")

    def action(self, name: str) -> Action:
        """The action of this name; refuses with the names that there are."""
        if found := self.actions.get(name):
            return found
        raise Refusal(
            Reason.NO_SUCH_COMMAND,
            f'I know no command "{name}". There are {and_list(list(self.actions))}. Nothing was done.',
        )


def named(pairs: Mapping[str, Pair], name: str) -> Pair:
    """The pair of this name; refuses with the names that there are."""
    for typed in (name.strip(), name.strip(MARKS)):
        for known, pair in pairs.items():
            if known.casefold() == typed.casefold():
                return pair
    near = difflib.get_close_matches(name.casefold(), [known.casefold() for known in pairs], 1)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise Refusal(
        Reason.NO_SUCH_PAIR,
        f'I know no pair "{name}".{guess} I look after {and_list(list(pairs))}. Nothing was done.',
    )


@contextmanager
def or_by_hand(how: str) -> Iterator[None]:
    """Where the database or the settings keep me from it, the refusal goes on with how a person does it."""
    try:
        yield
    except Refusal as refusal:
        if refusal.reason not in UNABLE:
            raise
        raise Refusal(refusal.reason, f"{refusal.words} {how}") from None


def and_list(words: list[str]) -> str:
    """Words with commas, and an "and" before the last."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
