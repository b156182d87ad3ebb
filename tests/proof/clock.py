"""True time, and the time that the bot reads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


@dataclass
class Clock:
    """True seconds since START; what the bot reads is `wrong` seconds off."""

    true: float = 0.0
    wrong: float = 0.0
    due: list[Callable[[float], None]] = field(default_factory=list)
    jumps: list[tuple[float, float]] = field(default_factory=list)  # true seconds, and how wrong it was until then

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.true + self.wrong)

    def passes(self, seconds: float) -> None:
        self.true += seconds
        for then in self.due:
            then(self.true)

    def jump(self, seconds: float) -> None:
        self.jumps.append((self.true, self.wrong))
        self.wrong += seconds

    def true_of(self, read: float) -> float:
        """When it was that somebody read this time, in true seconds: the latest moment that it can have been."""
        for until, before in reversed([*self.jumps, (self.true, self.wrong)]):
            since = max((at for at, _ in self.jumps if at < until), default=0.0)
            if since - 0.001 <= read - before <= until + 0.001:
                return read - before
        return read - self.wrong
