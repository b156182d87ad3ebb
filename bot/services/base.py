"""The desk that every service works with: the store, the servers, the pairs, the people and the clock.

Each can be replaced in a test.
"""

import difflib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.approval import Members, Person
from bot.domain.command import Action
from bot.domain.errors import Reason, Refusal, RefusalCode, Remark
from bot.domain.pair import Pair
from bot.domain.transport import ServerClient
from bot.services.pace import Pace
from bot.store import Store, host_keys

MARKS = " \t*_~`:;,.!?/\"'“”‘’«»()<>"  # what people write around a command or a pair's name
UNABLE = (Reason.STORE, Reason.SETTINGS, Reason.NO_SUCH_PAIR)


@dataclass(frozen=True)
class Desk:
    """What the services work with.

    `pairs` reads the settings file again at each call. `submit` runs a function in the background. `sleep` takes
    seconds. `worded` puts a refusal in words, for what is stored with a run.

    `identify` asks Slack who a person is now; without it, everybody counts as a member. `forget` drops what the bot
    remembers of Slack's answers about people.

    `held` has the runs that this process must bring to their end. Its value says whether one of this process's threads
    is working on the run now. `stopping` is set when this process must begin nothing more.

    `elapsed` is a monotonic clock in seconds, by which jumps of the wall clock (`now`) are noticed. `pace` keeps both
    clocks' readings from the last comparison.
    """

    store: Store
    wire: ServerClient
    pairs: Callable[[], Mapping[str, Pair]]
    actions: Mapping[str, Action]
    members: Members
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    submit: Callable[[Callable[[], None]], None]
    worded: Callable[[Refusal], str]
    identify: Callable[[str], Person] | None = None
    forget: Callable[[], None] = lambda: None
    held: dict[int, bool] = field(default_factory=dict)
    elapsed: Callable[[], float] | None = None
    pace: Pace = field(default_factory=Pace)
    stopping: threading.Event = field(default_factory=threading.Event)

    def pair(self, name: str) -> Pair:
        """Return the pair of this name, with approved replacement servers in place of what the settings file says.

        Raises Refusal with the known names where there is no such pair.
        """
        return host_keys.overlay(self.store, self.file(name))

    def file(self, name: str) -> Pair:
        """Return the pair of this name as the settings file has it. Raises Refusal where there is no such pair."""
        return named(self.pairs(), name)

    def only_pair(self, doing: str) -> Pair:
        """Return the pair where there is only one. Raises Refusal with the names where there are several."""
        pairs = list(self.pairs().values())
        if len(pairs) == 1:
            return host_keys.overlay(self.store, pairs[0])
        names = and_list([pair.name for pair in pairs])
        raise Refusal(RefusalCode.WHICH_PAIR, names=names, doing=doing, first=pairs[0].name)

    def action(self, name: str) -> Action:
        """Return the action of this name. Raises Refusal with the known names where there is no such action."""
        if action := self.actions.get(name):
            return action
        raise Refusal(RefusalCode.NO_SUCH_ACTION, name=name, names=and_list(list(self.actions)))


def named(pairs: Mapping[str, Pair], name: str) -> Pair:
    """Return the pair of this name, ignoring case and the marks in MARKS around it.

    Raises Refusal with the known names, and with a guess, where there is no such pair.
    """
    for typed in (name.strip(), name.strip(MARKS)):
        for known, pair in pairs.items():
            if known.casefold() == typed.casefold():
                return pair
    names = and_list(list(pairs))
    if near := difflib.get_close_matches(name.casefold(), [known.casefold() for known in pairs], 1):
        raise Refusal(RefusalCode.PAIR_MISSPELT, name=name, guess=near[0], names=names)
    raise Refusal(RefusalCode.NO_SUCH_PAIR, name=name, names=names)


@contextmanager
def or_by_hand(how: str) -> Iterator[None]:
    """Where the database or the settings stop the bot, add to the refusal how a person does it by hand."""
    try:
        yield
    except Refusal as refusal:
        if refusal.reason in UNABLE:
            refusal.and_then(Remark.BY_HAND, how=how)
        raise


def and_list(words: list[str]) -> str:
    """Join words with commas, and with "and" before the last."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
