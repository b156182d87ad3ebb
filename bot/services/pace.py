"""Whether the wall clock has run ahead of the time that has really passed."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

DRIFT = timedelta(seconds=1)  # a clock that is being corrected may run ahead by this much between two comparisons


@dataclass
class Pace:
    """The readings of both clocks when they were last compared.

    `last` has the wall clock's time and the monotonic clock's seconds; None before the first comparison.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    last: tuple[datetime, float] | None = None

    def ahead(self, now: datetime, elapsed: float) -> timedelta:
        """Return by how much the wall clock has jumped ahead since then.

        Zero where it was set back, or where it is ahead by no more than DRIFT.
        """
        if self.last is None:
            return timedelta(0)
        then, before = self.last
        by = (now - then) - timedelta(seconds=elapsed - before)
        return by if by > DRIFT else timedelta(0)
