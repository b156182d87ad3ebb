"""`pairkeeper hostkey`: the host key that each server and jump host offers now, beside the pinned one.

If they differ, the line to paste into the pairs file is printed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.domain.errors import Refusal
from bot.domain.pair import Login, Pair, Role
from bot.domain.plan import fingerprint
from bot.domain.transport import ServerClient, Unreachable
from bot.ssh import SshClient
from bot.store import Store, host_keys
from bot.wiring import now

SECONDS = 10.0
PREFIX = "SHA256:"
UNREAD = (
    "The database could not be read, so this is the pairs file alone, without replacements approved in Slack. "
    "Before `pairkeeper migrate` there are none."
)


@dataclass(frozen=True)
class Offer:
    """The host key offered for one login in the pairs file; `place` names its table.

    `offered` is a public key line, or the reason why there is none.
    """

    place: str
    login: Login
    offered: str

    @property
    def same(self) -> bool:
        """Whether the offered key is the pinned one."""
        return self._shown and fingerprint(self.offered) == fingerprint(self.login.host_key)

    @property
    def _shown(self) -> bool:
        return fingerprint(self.offered).startswith(PREFIX)

    def lines(self) -> Iterator[str]:
        """Yield the printed lines. If another key or none is pinned, one of them is the line to paste."""
        pinned = fingerprint(self.login.host_key)
        verdict = "the same" if self.same else "NOT the same"
        yield f"{self.place} {self.login.host}:{self.login.port}"
        yield f"  offers  {fingerprint(self.offered) if self._shown else self.offered}"
        if not pinned.startswith(PREFIX):
            yield f"  pinned  {'no public key line' if self.login.host_key else 'nothing yet'}"
        else:
            yield f"  pinned  {pinned}{f'  {verdict}' if self._shown else ''}"
        if self._shown and not self.same:
            yield f'  line    host_key = "{self.offered}"'


def in_force(url: str, pairs: Mapping[str, Pair]) -> tuple[dict[str, Pair], str]:
    """Return the pairs with the replacements that were approved in Slack.

    The second value is empty, or says that these could not be read, and that the pairs are as in the file.
    """
    try:
        store = Store(url, now)
        return {name: host_keys.overlay(store, pair) for name, pair in pairs.items()}, ""
    except Refusal:
        return dict(pairs), UNREAD


def offered_host_keys(pairs: Iterable[Pair], only_loopback: bool = False) -> Iterator[Offer]:
    """Yield what each server and jump host offers, each jump host before the server behind it."""
    wire = SshClient(only_loopback)
    for pair in pairs:
        for role in Role:
            server, place = pair.server(role), f"{pair.name} {role.value}"
            if server.jump:
                yield Offer(f"{place} jump", server.jump, _offered(wire, server.jump, None))
            yield Offer(place, server, _offered(wire, server, server.jump))
    wire.close()


def _offered(wire: ServerClient, login: Login, jump: Login | None) -> str:
    if jump and not fingerprint(jump.host_key).startswith(PREFIX):
        return "not asked: it is behind a jump host whose own key is not pinned yet. Pin that, and ask again."
    try:
        return wire.offered_key(login, SECONDS, jump)
    except Unreachable as silence:
        return silence.words
