"""One network namespace with one address, and the ways in which packets to or from it get lost. Linux, root."""

import contextlib
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count

NOBODY = "02:00:00:00:00:99"  # frames for a stranger are dropped without a word, as a broken path drops them
_numbers = count(1)


def missing() -> str | None:
    """Why namespaces cannot be had here, or None."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need Linux and root"
    if shutil.which("ip") is None:
        return "network namespaces need iproute2's `ip`"
    try:
        Namespace().delete()
    except subprocess.CalledProcessError as error:
        return f"network namespaces are not permitted here: {error.stderr.decode().strip()}"
    return None


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)


@dataclass(slots=True)
class Namespace:
    """A veth pair into a namespace of its own: `here` on our side, `address` on the other."""

    name: str = field(default_factory=lambda: f"pk{os.getpid()}-{next(_numbers)}")
    block: str = field(default_factory=lambda: f"10.200.{random.randrange(256)}.{random.randrange(64) * 4}")

    def __post_init__(self) -> None:
        _ip("netns", "add", self.name)
        try:
            self._plug_in()
        except subprocess.CalledProcessError:
            self.delete()
            raise

    def _plug_in(self) -> None:
        _ip("link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("addr", "add", f"{self.here}/30", "dev", self.name)
        _ip("link", "set", self.name, "up")
        _ip("-n", self.name, "addr", "add", f"{self.address}/30", "dev", "eth0")
        _ip("-n", self.name, "link", "set", "eth0", "up")
        _ip("-n", self.name, "link", "set", "lo", "up")

    @property
    def here(self) -> str:
        """Our side's address."""
        return self._host(1)

    @property
    def address(self) -> str:
        """The address inside."""
        return self._host(2)

    def _host(self, number: int) -> str:
        prefix, last = self.block.rsplit(".", 1)
        return f"{prefix}.{int(last) + number}"

    def command(self, *words: str) -> list[str]:
        """The same command line, run inside."""
        return ["ip", "netns", "exec", self.name, *words]

    def partition(self, *, requests: bool = True, replies: bool = True) -> None:
        """Lose what goes in, what comes out, or both; nobody is told, no connection is closed."""
        if requests:
            _ip("neigh", "replace", self.address, "lladdr", NOBODY, "dev", self.name, "nud", "permanent")
        if replies:
            _ip("-n", self.name, "neigh", "replace", self.here, "lladdr", NOBODY, "dev", "eth0", "nud", "permanent")

    def heal(self) -> None:
        """Packets pass again both ways."""
        _ip("neigh", "flush", "dev", self.name, "nud", "permanent")
        _ip("-n", self.name, "neigh", "flush", "dev", "eth0", "nud", "permanent")

    def delete(self) -> None:
        """Take it away with all that is in it."""
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "del", self.name)  # at once; with the namespace alone it would linger
        _ip("netns", "del", self.name)
