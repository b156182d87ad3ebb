"""What waits for one person: what they may decide, enter or say, and what they asked for themselves."""

from dataclasses import dataclass

from bot.domain.pin import PinView
from bot.domain.request import RequestView, RunView


@dataclass(frozen=True)
class Asked:
    """A request of this person's own that is not over; `approvers` are those who can approve it."""

    request: RequestView
    approvers: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """Requests to approve, codes to enter, runs of unknown end to close, host keys to compare; and what they asked."""

    approve: tuple[RequestView, ...] = ()
    codes: tuple[RequestView, ...] = ()
    ends: tuple[RunView, ...] = ()
    keys: tuple[PinView, ...] = ()
    asked: tuple[Asked, ...] = ()
