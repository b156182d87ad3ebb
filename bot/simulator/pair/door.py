"""The ways in to a simulated appliance: what every SSH server in front of one must offer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.simulator.pair.appliance import Appliance


@dataclass(frozen=True, slots=True)
class Site:
    """What a door needs to know; `host_key` is a private key in OpenSSH's format.

    `authorised` are public key lines, none for a server without an account; `relay` is the socket at
    which another process reaches this appliance.
    """

    appliance: Appliance
    user: str
    host_key: str
    authorised: tuple[str, ...]
    relay: Path


class Door(Protocol):
    """An SSH server in front of one appliance.

    Clients reach a `direct` one without the lab's wire: its network faults are then its own affair.
    """

    direct: bool

    async def open(self, site: Site) -> tuple[str, int]:
        """Listen with the site's host key; gives host and port."""

    async def close(self) -> None:
        """Stop listening and drop every session."""
