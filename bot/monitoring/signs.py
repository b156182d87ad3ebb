"""The vital signs as one value, and the troubles that follow from them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

GRACE = 0.25  # the part of the time between two canaries by which one may be late
CUT_OFF = 1.8  # times the canary's interval: after so long a silence on the socket, one missed canary is enough
NO_CANARY = 60.0  # seconds that stand for the interval where there is no canary
DATABASE = 45.0  # seconds without a successful write
CLOCK = 60.0  # seconds without a tick of the scheduler
SETTINGS = 60.0  # seconds for which the pairs file may be unreadable: somebody may be saving it
UNDELIVERED = 600.0  # seconds that a message may wait before it is a trouble
DELIVERED = 60.0  # seconds: the trouble is over once no message waits longer than this
NOTHING = "does nothing by the clock"
SOME = 5  # pairs that a sentence names
NEVER = (
    "has never heard its canary: if slash commands work, the app lacks the event message.channels (in a private "
    "channel message.groups) with its scope, or is not in the canary's channel"
)


class Trouble(StrEnum):
    """What can be wrong with the bot itself."""

    DEAF = "deaf"
    DATABASE = "database"
    UNDELIVERED = "undelivered"
    CLOCK = "clock"
    SETTINGS = "settings"
    BLIND = "blind"
    LOOKS = "looks"


@dataclass(frozen=True)
class Canary:
    """The canary, in seconds; None for what has not happened yet.

    `every` is its interval, `taken` the time since Slack last accepted one, `back` the time since one last came back,
    and `round_trip` how long that one took.
    """

    every: float
    taken: float | None = None
    back: float | None = None
    round_trip: float | None = None


@dataclass(frozen=True)
class Vitals:
    """How the bot is. Ages are in seconds, None for what never happened or is not known.

    `awake` counts since the start, or since the process was frozen: before that nothing can have been heard.
    `connected` is None in HTTP mode, where `silence` does not count. `heard` is whether this process ever heard Slack,
    and `opened` how old its newest connection is. `unread` is for how long the pairs file could not be read. `late_job`
    is the scheduler's job that is most overdue, and `tick` the time since it was done. `blind` holds the pairs that
    this process cannot probe, with the reason. `unlooked` holds those that nobody has probed in time, with the age of
    the last probe.
    """

    at: datetime
    awake: float
    tick: float
    silence: float
    connected: bool | None = None
    connections: int = 0
    opened: float | None = None
    heard: bool = False
    envelope: float | None = None
    database: float | None = None
    written: float | None = None
    undelivered: int = 0
    oldest: float | None = None
    unread: float | None = None
    late_job: str = ""
    blind: Mapping[str, str] = field(default_factory=dict)
    unlooked: Mapping[str, float] = field(default_factory=dict)
    queues: Mapping[str, int] = field(default_factory=dict)
    canary: Canary | None = None

    def unheard(self) -> float:
        """Return for how many seconds Slack has been silent although it should have sent something.

        The canary decides where there is one and the database can be written, otherwise the connection. Without either
        it is 0.
        """
        if self.canary and self.write_age() <= DATABASE:
            return self.awake if self.canary.back is None else min(self.canary.back, self.awake)
        return 0.0 if self.connected is None else min(self.silence, self.awake)

    def write_age(self) -> float:
        """Return the seconds since the database was last written."""
        return self.awake if self.written is None else min(self.written, self.awake)

    def every(self) -> float:
        """Return the seconds between two canaries, or NO_CANARY."""
        return self.canary.every if self.canary else NO_CANARY

    def missed(self) -> int:
        """Return how many canaries in a row did not come back, judged by the time that has passed."""
        return max(int(self.unheard() / self.every() - GRACE), 0)

    def deaf(self) -> bool:
        """Whether two canaries were missed, or one while the socket has been dead for almost as long."""
        cut_off = self.connected is not None and min(self.silence, self.awake) > CUT_OFF * self.every()
        return self.missed() >= (1 if cut_off else 2)

    def troubles(self) -> dict[Trouble, str]:
        """Return what is wrong, each trouble in a sentence without its subject."""
        troubles = {}
        if self.deaf():
            never = self.canary is not None and self.canary.back is None
            heard = f"has heard nothing from Slack since {self._since(self.unheard())}"
            troubles[Trouble.DEAF] = NEVER if never else heard
        if self.write_age() > DATABASE:
            troubles[Trouble.DATABASE] = f"cannot write its database since {self._since(self.write_age())}"
        if (self.oldest or 0.0) > UNDELIVERED and self.awake > CLOCK:
            troubles[Trouble.UNDELIVERED] = f"has {_messages(self.undelivered)} undelivered for {_minutes(self.oldest)}"
        if self.tick > CLOCK and self.awake > CLOCK and Trouble.DATABASE not in troubles:
            what = f"has not done by the clock what is due ({self.late_job})" if self.late_job else NOTHING
            troubles[Trouble.CLOCK] = f"{what} since {self._since(self.tick)}"
        if (unread := min(self.unread or 0.0, self.awake)) > SETTINGS:
            troubles[Trouble.SETTINGS] = f"cannot read its pairs file since {self._since(unread)}"
        if self.blind:
            pair, why = next(iter(sorted(self.blind.items())))
            troubles[Trouble.BLIND] = f"cannot look at {_some(self.blind)}. Of {pair}: {why}"
        if self.unlooked:
            oldest = max(self.unlooked.values())
            troubles[Trouble.LOOKS] = f"has not looked at {_some(self.unlooked)} since {self._since(oldest)}"
        return troubles

    def over(self, trouble: Trouble) -> bool:
        """Whether the trouble is certainly over. Between wrong and over nothing is reported."""
        match trouble:
            case Trouble.DEAF if self.canary:
                # This holds however short this process has been awake: another one may have waited before it.
                return self.canary.back is not None and self.canary.back < self.canary.every * (1 + GRACE)
            case Trouble.DEAF:
                return self.connected is not False and not self.missed()
            case Trouble.UNDELIVERED:
                return self.written is not None and (self.oldest or 0.0) < DELIVERED
            case _:
                return trouble not in self.troubles()

    def ready(self) -> bool:
        """Whether the bot can do its work: nothing is wrong, Slack is connected, and the database was written."""
        return not self.troubles() and self.reachable()

    def reachable(self) -> bool:
        """Whether Slack can reach the bot, and the database was written."""
        return self.connected is not False and self.written is not None

    def fresh_start_may_help(self) -> bool:
        """Whether a new process may hear Slack again: Slack can be reached, and this process did hear it once.

        A process that never heard anything would only be followed by another that hears nothing, for ever.
        """
        reached, heard = self.opened, self.heard
        if self.canary:
            reached, heard = self.canary.taken, self.canary.back is not None and self.canary.back < self.awake
        return heard and reached is not None and reached < 2 * self.every()

    def line(self) -> str:
        """Return the signs on one line, for people."""
        canary = f"canary back {_age(self.canary.back)}" if self.canary else "no canary"
        waiting = f"{_messages(self.undelivered)} undelivered"
        return f"last envelope {_age(self.envelope)}, {canary}, database written {_age(self.written)}, {waiting}"

    def _since(self, seconds: float) -> str:
        return f"{self.at - timedelta(seconds=seconds):%H:%M:%S} UTC ({_minutes(seconds)})"


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s ago"


def _minutes(seconds: float | None) -> str:
    minutes = int((seconds or 0.0) // 60)
    return f"{minutes} min" if minutes else f"{seconds or 0.0:.0f} s"


def _some(pairs: Collection[str]) -> str:
    """Return the first few of these pairs by name, and the number of the others."""
    names = sorted(pairs)
    shown = ", ".join(names[:SOME])
    return f"{shown} and {len(names) - SOME} more" if len(names) > SOME else shown


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"
