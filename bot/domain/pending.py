"""What waits: at one pair, and for one person, who may decide, enter or say it, or asked for it themselves."""

from dataclasses import dataclass

from bot.domain.pin import PinView
from bot.domain.request import RequestView, RunView


@dataclass(frozen=True)
class PendingWork:
    """What of a pair comes before anything else: its open run or request, and the host keys that nobody compared.

    `link` is the address of the card of the run or the request, where it is known.
    """

    run: RunView | None = None
    request: RequestView | None = None
    keys: tuple[PinView, ...] = ()
    link: str = ""

    @property
    def locks(self) -> bool:
        """Whether nothing else can be asked for meanwhile."""
        return bool(self.run or self.request)


NOTHING_AHEAD = PendingWork()


@dataclass(frozen=True)
class OwnRequest:
    """A request of this person's own that is not over; `approvers` are those who can approve it."""

    request: RequestView
    approvers: tuple[str, ...]


@dataclass(frozen=True)
class PendingItems:
    """Requests to approve, codes to enter, runs of unknown end to close, host keys to compare; and what they asked."""

    approve: tuple[RequestView, ...] = ()
    codes: tuple[RequestView, ...] = ()
    ends: tuple[RunView, ...] = ()
    keys: tuple[PinView, ...] = ()
    asked: tuple[OwnRequest, ...] = ()
