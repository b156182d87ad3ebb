"""Whether the clock has run ahead of the time that has really passed."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

DRIFT = timedelta(seconds=1)  # by which a clock that is being corrected may run ahead between two comparisons


@dataclass
class Pace:
    """Both clocks as they stood when they were compared last."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    last: tuple[datetime, float] | None = None

    def ahead(self, now: datetime, elapsed: float) -> timedelta:
        """By how much the clock has jumped ahead since then; nothing where it was set back."""
        if self.last is None:
            return timedelta(0)
        then, before = self.last
        by = (now - then) - timedelta(seconds=elapsed - before)
        return by if by > DRIFT else timedelta(0)
