"""What a message about a request or a run is drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.command import Action
from bot.domain.request import RequestView, RunView


@dataclass(frozen=True)
class Facts:
    """A request with its run; `approvers` are mentions, `by_hand` says how to do it at the server, `took` how long."""

    request: RequestView
    run: RunView | None
    action: Action
    actions: Mapping[str, Action]
    approvers: str
    by_hand: str
    took: str
    now: datetime
