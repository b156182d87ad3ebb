"""A replacement server's host key: offered, then approved or refused by a second person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.pair import Role


class Stage(StrEnum):
    """How far a replacement's host key has come."""

    OFFERED = "offered"
    APPROVED = "approved"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class PinView:
    """A replacement server as it is stored. `replaced` describes the server that was pinned before."""

    id: int
    pair: str
    role: Role
    host: str
    port: int
    address: str
    host_key: str
    replaced: Mapping[str, str]
    stage: Stage
    channel: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
