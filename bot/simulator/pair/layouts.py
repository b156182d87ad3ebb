"""How the simulated appliance prints and asks. The labels are the vendor's; every layout here is INVENTED.

Layout "a" is the plain one; layout "b" has colons, values on the label's line, colours, CRLF and other
questions, so that nothing can come to depend on the first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.simulator.pair.world import Pair, Role, Server, Sickness, State


class PeerRow(StrEnum):
    """How a server prints the row of its peer: nobody has documented it."""

    LIVE = "live"  # what it can see of the peer now
    STATIC = "static"  # what the peer ought to be, judged by its own state


@dataclass(frozen=True, slots=True)
class Row:
    """One server's row: its label, state, address, and whether it is the one that prints."""

    label: str
    state: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to print and to ask; `yes` is the only answer that consents."""

    status: Callable[[Pair, Role, PeerRow], str]
    consent: str
    address: str
    joining_code: str
    yes: str


GARBAGE = "ha_status[2213]: database is locked (5)\n\x1b[?25l▒▒ 0x7f3a ▒▒\n(core dumped)\n"
MUTE = "ha-status: error 17: the High Availability configuration cannot be read\n"

_WORDS = {
    (Role.PRIMARY, State.ACTIVE): "Active",
    (Role.PRIMARY, State.DEMOTED): "Demoted",
    (Role.SECONDARY, State.ACTIVE): "Promoted Active",
    (Role.SECONDARY, State.STANDBY): "Standby",
}
_ELSE = {State.UNPAIRED: "Not configured", State.STANDALONE: "Standalone"}


def word(server: Server) -> str:
    """How this server names its own state."""
    if server.sick is Sickness.FAILED:
        return "Failed"
    return _WORDS.get((server.role, server.state)) or _ELSE.get(server.state, server.state.title())


def rows(pair: Pair, here: Role, peer_row: PeerRow) -> tuple[Row, Row]:
    """The Primary's and the Secondary's row, as the server `here` prints them."""
    words = {here: word(pair.server(here)), here.other: _peer(pair, here, peer_row)}
    primary, secondary = (
        Row(f"{role.title()} PAM Server", words[role], pair.server(role).address, role is here)
        for role in (Role.PRIMARY, Role.SECONDARY)
    )
    return primary, secondary


def _peer(pair: Pair, here: Role, peer_row: PeerRow) -> str:
    if peer_row is PeerRow.LIVE:
        return word(pair.server(here.other)) if pair.contact(here) else "Unreachable"
    serving = pair.server(here).state is State.ACTIVE
    ought = {Role.PRIMARY: (State.ACTIVE, State.DEMOTED), Role.SECONDARY: (State.ACTIVE, State.STANDBY)}
    return _WORDS[here.other, ought[here.other][serving]]


def health(pair: Pair) -> str:
    """OK while the pair replicates, else Degraded (that it also says so after a failover is invented)."""
    return "OK" if pair.replicating else "Degraded"


def _status_a(pair: Pair, here: Role, peer_row: PeerRow) -> str:
    if pair.server(here).state is State.UNPAIRED:
        return "This PAM Server is not part of a High Availability pair.\n"
    lines: list[str] = []
    for row in rows(pair, here, peer_row):
        lines.append(f"{row.label:<26}{row.state}")
        lines.append(f"  {row.address:<24}{'- this host' if row.here else ''}".rstrip())
    if pair.floating_ip:
        lines.insert(2, f"{'Floating IP address':<26}{pair.floating_ip}")
    lines.append(f"{'High Availability status':<26}{health(pair)}")
    lines.append(f"{'SMB share':<26}not configured (recommended)")
    return "\n".join(lines) + "\n"


def _status_b(pair: Pair, here: Role, peer_row: PeerRow) -> str:
    shown = rows(pair, here, peer_row)
    fresh = pair.server(here).state is State.UNPAIRED
    lines = [_coloured(row) for row in shown if row.here or not fresh]
    if not fresh:
        if pair.floating_ip:
            lines.insert(1, f"\x1b[1mFloating IP address:\x1b[0m {pair.floating_ip}")
        colour = 32 if health(pair) == "OK" else 33
        lines.append(f"\x1b[1mHigh Availability status:\x1b[0m \x1b[{colour}m{health(pair)}\x1b[0m")
        lines.append("\x1b[1mSMB share:\x1b[0m //nas/pam, 41% full")
    return "".join(line + "\r\n" for line in lines)


def _coloured(row: Row) -> str:
    colour = 32 if row.state in ("Active", "Standby") else 33
    here = " - this host" if row.here else ""
    return f"\x1b[1m{row.label}:\x1b[0m \x1b[{colour}m{row.state}\x1b[0m {row.address}{here}"


LAYOUTS = {
    "a": Layout(
        status=_status_a,
        consent="Are you sure you want to continue? [y/N]: ",
        address="Secondary PAM Server address: ",
        joining_code="Joining code: ",
        yes="y",
    ),
    "b": Layout(
        status=_status_b,
        consent="Proceed (yes/no)? > ",
        address="IP of the new Secondary? > ",
        joining_code="Its joining code? > ",
        yes="yes",
    ),
}
