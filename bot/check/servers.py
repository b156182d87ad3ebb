"""Checks the access to both servers of a pair: the key files, and each server up to what it says of itself."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bot.check.finding import Finding, bad, good
from bot.domain.observation import Probe, answered, own_state
from bot.domain.pair import Pair, Role, Server
from bot.domain.plan import fingerprint
from bot.domain.status import State, misread, parse, same_address, told
from bot.domain.transport import Ending, Reply, ServerClient, Unreachable, UnreachableReason
from bot.ssh import SshClient
from bot.ssh.keys import OTHERS
from bot.wiring import now

RESOLVING = 5.0  # seconds in which a name server has to answer

SHELL = (
    "This is what an appliance looks like that gives an interactive shell only, and that is not supported: "
    'there is no mode = "shell" yet.'
)
REMEDIES: dict[UnreachableReason, str] = {
    UnreachableReason.NO_ANSWER: "Check host, port, and the network from here to the server.",
    UnreachableReason.REFUSED: "Check the port, and that SSH is on at the server.",
    UnreachableReason.NO_ADDRESS: "Correct host in the pairs file.",
    UnreachableReason.ELSEWHERE: "Take PAIRKEEPER_LOOPBACK_ONLY out of the environment, unless this is a demo.",
    UnreachableReason.WRONG_KEY: "Compare `pairkeeper hostkey` with the server's console; only then change host_key.",
    UnreachableReason.BAD_PIN: "Give host_key as one public key line.",
    UnreachableReason.LOGIN: "Put the bot's public key on the server for this user.",
    UnreachableReason.NO_EXEC: f"{SHELL} Work on it by hand.",
    UnreachableReason.NO_PTY: "Take pty = true out of the pairs file, or have the server allow this user a terminal.",
    UnreachableReason.NOT_ASKED: "Mend that where I run.",
    UnreachableReason.JUMP: "Check the jump host's host, port, user, key and host_key.",
}
SHELL_WORDS = re.compile(r"\binteractive\b|\bshell\s+only\b|\bonly\b.{0,20}\bshell\b", re.IGNORECASE)


def servers(wire: SshClient, pair: Pair) -> Iterator[Finding]:
    """Yield the findings about both servers."""
    for role in Role:
        server = pair.server(role)
        yield from _key_files(pair, role, server)
        yield from _names(wire, pair, role, server)
        yield _server(wire, pair, role, server)


def _key_files(pair: Pair, role: Role, server: Server) -> Iterator[Finding]:
    for login in (server, server.jump):
        if login is None or not login.key:
            continue
        path = Path(login.key).expanduser()
        what = f"{role.value} key"
        if not os.access(path, os.R_OK):
            yield bad(what, f"{path} cannot be read", "Give the key's path, readable by this user.", pair.name)
        elif path.stat().st_mode & OTHERS:
            yield bad(what, f"{path} can be read by others", f"Run: chmod 600 {path}", pair.name)
        else:
            yield good(what, str(path), pair.name)


def _names(wire: SshClient, pair: Pair, role: Role, server: Server) -> Iterator[Finding]:
    """Yield a finding for each name that leads to the floating IP. The file's reader compares addresses only."""
    moves = f"is the floating IP {pair.floating_ip}, which moves to the other server at a failover"
    for what, login in ((f"{role.value} host", server), (f"{role.value} jump.host", server.jump)):
        with suppress(Unreachable):  # that a name does not resolve is found by calling the server
            addresses = wire.addresses(login, RESOLVING) if login and pair.floating_ip else ()
            if login and any(same_address(pair.floating_ip or "", address) for address in addresses):
                yield bad(what, f"{login.host} {moves}", "Give the server's own address.", pair.name)


def _server(wire: ServerClient, pair: Pair, role: Role, server: Server) -> Finding:
    what = f"{role.value} {server.host}:{server.port}"
    try:
        reply = wire.probe(server, pair.typed(pair.status, role), pair.status.time_limit)
    except Unreachable as silence:
        return bad(what, silence.words, REMEDIES[silence.why], pair.name)
    if not answered(pair, reply):
        words = f": {_said(reply)}" if reply.text.strip() else ""
        return bad(what, f"ha-status: {reply.ending.value}{words}", _unended(reply), pair.name)
    report = parse(reply.text, pair.labels)
    state = own_state(pair, Probe(role, now(), report))
    if state is State.CONFLICT:
        says = f"it says that it is the {report.host} at {report.address}"
        return bad(what, says, f"The settings say {role.value} at {server.address}: correct them.", pair.name)
    if state is State.UNKNOWN:
        shell = SHELL_WORDS.search(reply.text)
        remedy = f"{SHELL} Work on it by hand." if shell else "See labels, prefix and pty in the settings."
        why = misread(reply.text, pair.labels)
        read = f"ha-status is not understood: {why}. Read: {told(report)}. It printed: {_said(reply)}"
        return bad(what, read, remedy, pair.name)
    return good(what, f"{state.value}, {fingerprint(server.host_key)}. Read: {told(report)}", pair.name)


def _unended(reply: Reply) -> str:
    """Return the remedy for a command that did not end. One that printed something and waits is a menu or a shell."""
    by_hand = "Try the line by hand; see pty and prefix."
    return f"{SHELL} {by_hand}" if reply.text.strip() and reply.ending is not Ending.LOST else by_hand


def _said(reply: Reply) -> str:
    return repr(reply.text.strip()[:400])
