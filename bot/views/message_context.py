"""Everything that a message about a request or a run is drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.command import Action
from bot.domain.request import RequestView, RunView
from bot.domain.snapshot import Snapshot


@dataclass(frozen=True)
class MessageContext:
    """A request with its run, and what else a message about them shows.

    `approvers` are mentions, `by_hand` says how to do it at the server, and `took` how long it took before. `since`
    holds the observations made after the command was sent, each with the time when it was first seen so. `latest` is
    the newest observation, and `recovered` the seconds from the alert to the recovery that the run brought about.
    `link` is the address of the request's card, where it is known.
    """

    request: RequestView
    run: RunView | None
    action: Action
    actions: Mapping[str, Action]
    approvers: str
    by_hand: str
    took: str
    now: datetime
    since: tuple[tuple[datetime, Snapshot], ...] = ()
    latest: Snapshot | None = None
    recovered: float | None = None
    link: str = ""
