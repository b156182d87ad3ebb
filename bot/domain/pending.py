"""What is waiting for people: at one pair, or for one person to decide, enter or say, or as their own request."""

from dataclasses import dataclass

from bot.domain.pin import PinView
from bot.domain.request import RequestView, RunView


@dataclass(frozen=True)
class PendingWork:
    """What of a pair must be finished first: its open run or request, and the host keys that nobody has compared yet.

    `link` is the address of the card of the run or the request, where it is known. `approvers` may approve the request.
    """

    run: RunView | None = None
    request: RequestView | None = None
    keys: tuple[PinView, ...] = ()
    link: str = ""
    approvers: tuple[str, ...] = ()

    @property
    def locks(self) -> bool:
        """Whether nothing else can be requested meanwhile."""
        return bool(self.run or self.request)


NOTHING_AHEAD = PendingWork()


@dataclass(frozen=True)
class OwnRequest:
    """An open request that this person made. `approvers` are those who can approve it."""

    request: RequestView
    approvers: tuple[str, ...]


@dataclass(frozen=True)
class PendingItems:
    """What is waiting for one person, and what they requested themselves (`asked`).

    That is requests to approve, codes to enter, runs of unknown outcome to close (`ends`), and host keys to compare.
    """

    approve: tuple[RequestView, ...] = ()
    codes: tuple[RequestView, ...] = ()
    ends: tuple[RunView, ...] = ()
    keys: tuple[PinView, ...] = ()
    asked: tuple[OwnRequest, ...] = ()
