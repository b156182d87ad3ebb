"""The client of the servers: fresh sessions for actions, kept lines for probes."""

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

ACTION_PATIENCE = 16 * 60.0  # more than a quarter of an hour: a command at work outlives an outage of the network
# A look is to notice soon that a server has lost its power: nothing comes back then, not even a refusal. Of a server
# that is only slow the kernel answers all the same, and the look has its whole time.
PROBE_PATIENCE = PROBE_REACH = 3.0
STALE = 2.0  # seconds in which a kept line has to take a look


class SshClient:
    """Opens sessions and keeps lines for probes; may be used by many threads.

    `only_loopback`: whoever is not on this machine is not called, also not through a jump host.
    """

    def __init__(self, only_loopback: bool = False) -> None:
        # paramiko logs tracebacks for everyday losses; what matters comes back as a Unreachable or a Reply.
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)
        _be_somebody()
        self._acting = Dialer(ACTION_PATIENCE, only_loopback)
        self._probing = Dialer(PROBE_PATIENCE, only_loopback, PROBE_REACH)
        self._pool = Pool(self._probing)

    @contextmanager
    def open(self, server: Server, seconds: float) -> Iterator[Session]:
        """A fresh connection, opened within `seconds`; raises Unreachable when nothing could be sent."""
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
        """One reading line over the kept connection, tried once more on a fresh one; raises Unreachable.

        One at a time for each server; those who wait share the next one.
        """
        slot = self._pool.slot(server)

        def ask(deadline: Deadline) -> Reply:
            return _over_kept(slot, server, line, deadline) or _over(slot, server, line, deadline)

        return slot.look(line, seconds, ask)

    def offered_key(self, login: Login, seconds: float, jump: Login | None = None) -> str:
        """The host key the server offers now, as an OpenSSH line; no login; raises Unreachable."""
        return offered_key(login, jump, Deadline(seconds), self._probing)

    def close(self) -> None:
        """Hang up what is kept open."""
        self._pool.close()


def _be_somebody() -> None:
    """Give this process a user name where its number has none: Fabric asks for one, and breaks without."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["LOGNAME"] = "pairkeeper"


def _outlast(session: Session, line: Connection) -> None:
    """Hang up only once the command has ended: being hung up on may break it in its middle."""
    session.outlast()
    line.hang_up()


def _over(slot: KeptConnection, server: Server, line: str, deadline: Deadline) -> Reply:
    kept, _ = slot.line(deadline)
    return Dialogue(kept, server.pty, AnswerScript(only_reads=True), Mask(), deadline).hold(line)


def _over_kept(slot: KeptConnection, server: Server, line: str, deadline: Deadline) -> Reply | None:
    """The reply over the kept line, or None where that line proved to be dead: the probe only reads."""
    kept, fresh = slot.line(deadline)
    # A dead line that looks alive must leave time for a fresh one.
    taken = deadline if fresh else deadline.within(min(deadline.left / 3, STALE))
    try:
        reply = Dialogue(kept, server.pty, AnswerScript(only_reads=True), Mask(), deadline).hold(line, taken)
    except Unreachable as silence:
        if fresh or silence.why is not UnreachableReason.NO_ANSWER:
            raise
        kept.hang_up()  # over a jump host it may still look alive for a moment
        return None
    return None if reply.ending is Ending.LOST and not fresh and not kept.alive else reply
