"""A replacement server's host key: offered, then approved or refused by a second person."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.pair import Pair, Role, Server


class Stage(StrEnum):
    """How far a replacement's host key has come."""

    OFFERED = "offered"
    APPROVED = "approved"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class PinView:
    """A replacement server as it is stored.

    `replaced` describes the server that was pinned before. `entry` is the digest of what the pairs file said then.
    """

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
    entry: str = ""


def entry(server: Server) -> str:
    """Return a digest of what the pairs file says of a server.

    When this changes, the approved replacement no longer applies.
    """
    text = json.dumps(asdict(server), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def overlay(file: Pair, pins: Iterable[PinView]) -> Pair:
    """Return the pair with its approved replacements in place of what the file says."""
    for pin in pins:
        server = file.server(pin.role)
        if pin.entry == entry(server):
            new = replace(server, host=pin.host, port=pin.port, address=pin.address, host_key=pin.host_key)
            file = replace(file, primary=new) if pin.role is Role.PRIMARY else replace(file, secondary=new)
    return file
