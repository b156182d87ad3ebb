"""The client of the servers: a fresh session for each action, and kept connections for probes."""

import getpass
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.pair import Login, Server
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason

from .connection import Connection, offered_key, open_line
from .deadline import Deadline, begun
from .dialogue import Dialogue
from .pool import KeptConnection, Pool
from .script import AnswerScript
from .session import Session
from .tcp import Dialer
from .transcript import Mask

# seconds, more than a quarter of an hour: a command at work outlives an outage of the network
ACTION_PATIENCE = 16 * 60.0
# A probe must notice soon that a server has lost its power: nothing comes back then, not even a refusal. The kernel of
# a server that is only slow answers all the same, and then the probe has its whole time.
PROBE_PATIENCE = PROBE_REACH = 3.0
STALE = 2.0  # seconds in which a kept connection has to accept a probe


class SshClient:
    """Opens sessions for actions and keeps connections for probes. Many threads may use it at once.

    With `only_loopback` it connects to nothing but this machine, not even through a jump host.
    """

    def __init__(self, only_loopback: bool = False) -> None:
        # paramiko logs tracebacks for everyday losses; whatever matters is returned as a Reply or raised as
        # Unreachable.
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)
        _be_somebody()
        self._acting = Dialer(ACTION_PATIENCE, only_loopback)
        self._probing = Dialer(PROBE_PATIENCE, only_loopback, PROBE_REACH)
        self._pool = Pool(self._probing)

    @contextmanager
    def open(self, server: Server, seconds: float) -> Iterator[Session]:
        """Open a fresh connection within `seconds`. Raises Unreachable if it cannot be opened: then nothing was sent.

        If a command is still at work at the end of the block, the connection stays open until it has ended.
        """
        line = open_line(server, server.jump, Deadline(seconds), self._acting)
        session = Session(line, server.pty)
        try:
            yield session
        finally:
            if session.under_way:
                begun(lambda: _outlast(session, line))
            else:
                line.hang_up()

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        """Run one reading command over the kept connection, or over a fresh one if the kept one is dead.

        Raises Unreachable. A server has one probe at a time; callers that wait share the next one.
        """
        slot = self._pool.slot(server)

        def ask(deadline: Deadline) -> Reply:
            return _over_kept(slot, server, line, deadline) or _over(slot, server, line, deadline)

        return slot.look(line, seconds, ask)

    def offered_key(self, login: Login, seconds: float, jump: Login | None = None) -> str:
        """Return the host key that the server offers now, as an OpenSSH line, without a login. Raises Unreachable."""
        return offered_key(login, jump, Deadline(seconds), self._probing)

    def addresses(self, login: Login, seconds: float) -> set[str]:
        """Return the addresses that a host's name leads to now. Raises Unreachable."""
        return {address[0] for *_, address in self._probing.addresses(login.host, login.port, Deadline(seconds))}

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.close()


def _be_somebody() -> None:
    """Set a user name for this process if its user id has none: Fabric asks for one, and fails without it."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["LOGNAME"] = "pairkeeper"


def _outlast(session: Session, line: Connection) -> None:
    """Hang up only after the command has ended: losing its connection may break it half-way."""
    session.outlast()
    line.hang_up()


def _over(slot: KeptConnection, server: Server, line: str, deadline: Deadline) -> Reply:
    kept, _ = slot.line(deadline)
    return Dialogue(kept, server.pty, AnswerScript(only_reads=True), Mask(), deadline).hold(line)


def _over_kept(slot: KeptConnection, server: Server, line: str, deadline: Deadline) -> Reply | None:
    """Return the reply over the kept connection, or None if that proved dead.

    Trying again is safe: a probe only reads.
    """
    kept, fresh = slot.line(deadline)
    # A dead connection that looks alive must leave enough time for a fresh one.
    limit = deadline if fresh else deadline.within(min(deadline.left / 3, STALE))
    try:
        reply = Dialogue(kept, server.pty, AnswerScript(only_reads=True), Mask(), deadline).hold(line, limit)
    except Unreachable as silence:
        if fresh or silence.why is not UnreachableReason.NO_ANSWER:
            raise
        kept.hang_up()  # over a jump host the connection may look alive for another moment
        return None
    return None if reply.ending is Ending.LOST and not fresh and not kept.alive else reply
