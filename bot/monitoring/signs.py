"""The vital signs as one value, and what is wrong by them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

GRACE = 0.25  # of the time between two canaries that one may be late
CUT_OFF = 1.8  # times that without a sign of life on the socket, after which one canary missed is enough
NO_CANARY = 60.0  # seconds that stand for a canary's interval where there is none
DATABASE = 45.0  # seconds without a write that worked
CLOCK = 60.0  # seconds without a tick of the scheduler
SETTINGS = 60.0  # seconds in which the pairs file cannot be read: somebody may be saving it
UNDELIVERED = 600.0  # seconds that a message may wait
DELIVERED = 60.0  # what waits no longer than this is no trouble any more
NOTHING = "does nothing by the clock"
SOME = 5  # pairs that are told of by name
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
    """Seconds since Slack took one, since one came back, and how long that took; None where there was none yet."""

    every: float
    taken: float | None = None
    back: float | None = None
    round_trip: float | None = None


@dataclass(frozen=True)
class Vitals:
    """How the bot is; ages in seconds, None for what never was or is not known.

    `awake` counts since the start, or since the process was frozen: before, nothing can have been heard.
    `connected` is None where Slack comes by HTTP, and `silence` then counts for nothing. `heard` is whether this
    process ever heard Slack, `opened` how old its newest connection is. `unread` is for how long the pairs file could
    not be read. `tick` is the age of what is most overdue of what is done by the clock, and `late_job` its name.
    `blind` has the pairs that this process cannot look at, with the reason; `unlooked` those that nobody has looked
    at for longer than they should be, with the age of the last look.
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
        """For how long something should have been heard from Slack and was not: by the canary where there is one."""
        if self.canary and self.write_age() <= DATABASE:
            return self.awake if self.canary.back is None else min(self.canary.back, self.awake)
        return 0.0 if self.connected is None else min(self.silence, self.awake)

    def write_age(self) -> float:
        """Seconds since the database was last written."""
        return self.awake if self.written is None else min(self.written, self.awake)

    def every(self) -> float:
        """The time between two canaries, or what stands for it."""
        return self.canary.every if self.canary else NO_CANARY

    def missed(self) -> int:
        """How many canaries in a row did not come back, as far as time tells."""
        return max(int(self.unheard() / self.every() - GRACE), 0)

    def deaf(self) -> bool:
        """Two canaries missed; or one, and the socket has been dead for almost as long."""
        cut_off = self.connected is not None and min(self.silence, self.awake) > CUT_OFF * self.every()
        return self.missed() >= (1 if cut_off else 2)

    def troubles(self) -> dict[Trouble, str]:
        """What is wrong, each in a sentence."""
        found = {}
        if self.deaf():
            never = self.canary is not None and self.canary.back is None
            heard = f"has heard nothing from Slack since {self._since(self.unheard())}"
            found[Trouble.DEAF] = NEVER if never else heard
        if self.write_age() > DATABASE:
            found[Trouble.DATABASE] = f"cannot write its database since {self._since(self.write_age())}"
        if (self.oldest or 0.0) > UNDELIVERED and self.awake > CLOCK:
            found[Trouble.UNDELIVERED] = f"has {_messages(self.undelivered)} undelivered for {_minutes(self.oldest)}"
        if self.tick > CLOCK and self.awake > CLOCK and Trouble.DATABASE not in found:
            what = f"has not done by the clock what is due ({self.late_job})" if self.late_job else NOTHING
            found[Trouble.CLOCK] = f"{what} since {self._since(self.tick)}"
        if (unread := min(self.unread or 0.0, self.awake)) > SETTINGS:
            found[Trouble.SETTINGS] = f"cannot read its pairs file since {self._since(unread)}"
        if self.blind:
            pair, why = next(iter(sorted(self.blind.items())))
            found[Trouble.BLIND] = f"cannot look at {_some(self.blind)}. Of {pair}: {why}"
        if self.unlooked:
            oldest = max(self.unlooked.values())
            found[Trouble.LOOKS] = f"has not looked at {_some(self.unlooked)} since {self._since(oldest)}"
        return found

    def over(self, trouble: Trouble) -> bool:
        """Whether it is surely over; between wrong and over nothing is said."""
        match trouble:
            case Trouble.DEAF if self.canary:
                # However long this process is awake: another one may have been waiting before it.
                return self.canary.back is not None and self.canary.back < self.canary.every * (1 + GRACE)
            case Trouble.DEAF:
                return self.connected is not False and not self.missed()
            case Trouble.UNDELIVERED:
                return self.written is not None and (self.oldest or 0.0) < DELIVERED
            case _:
                return trouble not in self.troubles()

    def ready(self) -> bool:
        """Whether it can do what it is for: nothing is wrong, Slack is connected, the database was written."""
        return not self.troubles() and self.connected is not False and self.written is not None

    def fresh_start_may_help(self) -> bool:
        """Slack can be reached and this process did hear it once: a new one may hear it again.

        One that never heard anything would be followed by another that hears nothing, for ever.
        """
        reached, heard = self.opened, self.heard
        if self.canary:
            reached, heard = self.canary.taken, self.canary.back is not None and self.canary.back < self.awake
        return heard and reached is not None and reached < 2 * self.every()

    def line(self) -> str:
        """The signs on one line, for people."""
        canary = f"canary back {_age(self.canary.back)}" if self.canary else "no canary"
        waiting = f"{_messages(self.undelivered)} undelivered"
        return f"last envelope {_age(self.envelope)}, {canary}, database written {_age(self.written)}, {waiting}"

    def _since(self, seconds: float) -> str:
        return f"{self.at - timedelta(seconds=seconds):%H:%M:%S} UTC ({_minutes(seconds)})"


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s ago"


def _minutes(seconds: float | None) -> str:
    found = int((seconds or 0.0) // 60)
    return f"{found} min" if found else f"{seconds or 0.0:.0f} s"


def _some(pairs: Collection[str]) -> str:
    """The first few of these pairs by name, and how many there are besides."""
    names = sorted(pairs)
    shown = ", ".join(names[:SOME])
    return f"{shown} and {len(names) - SOME} more" if len(names) > SOME else shown


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"
