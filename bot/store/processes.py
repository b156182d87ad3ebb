"""The bot processes that use this database. A process is alive while it has a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, delete, func, select, update

from bot.store.base import Store, changed
from bot.store.tables import Audit, OutboxMessage, Process, Pulse, Tick

BEAT = 2.0  # seconds between two signs of life
LEASE = 15.0  # seconds without a sign of life, after which the others take a process for dead
# Seconds between two checks of the others; after a longer gap nothing is known of what happened meanwhile.
GAP = 3 * BEAT


@dataclass(frozen=True)
class Self:
    """What a process records of itself."""

    host: str
    pid: int
    release: str


def beat(store: Store, this: Self) -> bool:
    """Give a sign of life.

    Returns False when there was no row: at the first call, or when the others took this process for dead. There is a
    row then. Runs that were taken over meanwhile stay taken over, since every step of a run checks its holder.
    """
    now = store.now()
    with store.writing() as session:
        mine = update(Process).where(col(Process.id) == store.me)
        if changed(session, mine.values(beats=Process.beats + 1, seen_at=now)):
            return True
        row = Process(id=store.me, host=this.host, pid=this.pid, release=this.release, started_at=now, seen_at=now)
        session.add(row)
        return False


def last_sign(store: Store) -> datetime | None:
    """Return when any process last wrote something, as far as the store shows; None where none ever did."""
    with store.reading() as session:
        signs = [
            session.exec(select(func.max(column))).one() for column in (Process.seen_at, Tick.claimed_at, Pulse.at)
        ]
        signs.append(session.exec(select(Audit.at).order_by(col(Audit.id).desc()).limit(1)).first())
        return max(filter(None, signs), default=None)


def stopping(store: Store) -> None:
    """Record that this process begins nothing new."""
    with store.writing() as session:
        session.execute(update(Process).where(col(Process.id) == store.me).values(stopping=True))


def leave(store: Store) -> None:
    """Remove this process's row at its end.

    A message that it may still be sending stays claimed until the claim runs out.
    """
    with store.writing() as session:
        session.execute(delete(Process).where(col(Process.id) == store.me))


def bury(store: Store, process: str, beats: int) -> bool:
    """Remove a process that gave no further sign of life.

    Returns False where it gave one since, or where another process removed it first.
    """
    with store.writing() as session:
        if not changed(session, delete(Process).where(col(Process.id) == process, col(Process.beats) == beats)):
            return False
        # Any process may send its messages at once, without waiting until its claims run out.
        session.execute(
            update(OutboxMessage).where(col(OutboxMessage.claimed_by) == process).values(claimed_until=None)
        )
        return True


def bury_others(store: Store) -> None:
    """Remove every other process. Only for a database where none can be alive, as on SQLite behind its lock."""
    for process, beats in others(store).items():
        bury(store, process, beats)


def others(store: Store) -> dict[str, int]:
    """Return how many signs of life each other process has given."""
    with store.reading() as session:
        rows = session.exec(select(Process.id, Process.beats).where(Process.id != store.me))
        return dict(rows.all())


def successors(store: Store) -> int:
    """Return how many other processes are not stopping."""
    with store.reading() as session:
        rows = session.exec(select(Process.id).where(Process.id != store.me, col(Process.stopping).is_(False)))
        return len(rows.all())


@dataclass
class ProcessWatch:
    """Measures how long each other process has given no sign of life.

    It uses this machine's own clock only, because the clocks of different machines cannot be compared.
    """

    _since: dict[str, tuple[int, float]] = field(default_factory=dict)
    _looked: float = 0.0

    def dead(self, beats: Mapping[str, int], at: float) -> list[str]:
        """Return the processes whose lease has run out. `at` is in seconds of a monotonic clock.

        After a gap every lease begins anew: either this process was frozen, or the database was away for the others
        too.
        """
        before = self._since if at - self._looked <= GAP else {}
        self._looked = at
        new = ((process, (count, at)) for process, count in beats.items())
        self._since = {
            process: before[process] if process in before and before[process][0] == now[0] else now
            for process, now in new
        }
        return [process for process, (_, since) in self._since.items() if at - since >= LEASE]

    def forget(self, process: str) -> None:
        """Begin a process's lease anew.

        A process that was removed and is back counts its signs of life from the beginning.
        """
        self._since.pop(process, None)
