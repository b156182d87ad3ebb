"""What goes wrong on demand: rate limits, refusals, lost answers, and Slack being away."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Literal

from .errors import ApiError

EVERY = "*"
How = Literal["500", "reset"]


class Faults:
    """The faults in force; times are the workspace's clock in seconds.

    With ``strict_rates`` the tiers of the methods count, and one message a second in each channel;
    ``usergroups.*`` counts always.
    """

    def __init__(self, now: Callable[[], float], strict_rates: bool) -> None:
        self._now = now
        self._strict = strict_rates
        self._limited: dict[str, float] = {}
        self._failing: dict[str, list[str]] = defaultdict(list)
        self._losing: dict[str, int] = defaultdict(int)
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._away_until = 0.0
        self.how: How = "500"

    def limit(self, seconds: float, methods: Iterable[str] | None) -> None:
        """Answer 429 to these methods, or to all, for so many seconds."""
        for name in methods or (EVERY,):
            self._limited[name] = self._now() + seconds

    def fail(self, method: str, error: str, times: int) -> None:
        """Answer the next calls of a method with an error."""
        self._failing[method] += [error] * times

    def lose(self, method: str, times: int) -> None:
        """Carry out the next calls of a method, and cut the connection in place of the answer."""
        self._losing[method] += times

    def leave(self, seconds: float | None, how: How) -> None:
        """Be away for so many seconds, or until ``come_back``."""
        self._away_until = math.inf if seconds is None else self._now() + seconds
        self.how = how

    def come_back(self) -> None:
        """End every fault."""
        self._away_until = 0.0
        self._limited.clear()
        self._failing.clear()
        self._losing.clear()

    @property
    def away(self) -> bool:
        """Tell whether Slack is away now."""
        return self._now() < self._away_until

    @property
    def limited(self) -> float:
        """Return for how many seconds more every method answers 429."""
        return max(0.0, self._limited.get(EVERY, 0.0) - self._now())

    def retry_after(self, method: str, per_minute: int, channel: str | None) -> int:
        """Return how many whole seconds a call has to wait, 0 when it may go on, and count it then."""
        until = max(self._limited.get(method, 0.0), self._limited.get(EVERY, 0.0))
        if until > self._now():
            return max(1, math.ceil(until - self._now()))
        if not (self._strict or method.startswith("usergroups.")):
            return 0
        if method == "chat.postMessage":
            return self._count(f"{method} {channel}", 1, 1.0)
        return self._count(method, per_minute, 60.0)

    def refuse(self, method: str) -> None:
        """Raise the ApiError that was ordered for this call, if any."""
        if self._failing[method]:
            raise ApiError(self._failing[method].pop(0))

    def loses(self, method: str) -> bool:
        """Tell, once for each time ordered, that the answer to this call is to be lost."""
        if not self._losing[method]:
            return False
        self._losing[method] -= 1
        return True

    def _count(self, key: str, most: int, window: float) -> int:
        calls = self._calls[key]
        while calls and calls[0] <= self._now() - window:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + window - self._now()))
        calls.append(self._now())
        return 0
