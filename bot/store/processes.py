"""The processes that run on this database: one is alive while it has a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, delete, func, select, update

from bot.store.base import Store, changed
from bot.store.tables import Audit, OutboxMessage, Process, Tick

BEAT = 2.0  # seconds between two signs of life
LEASE = 15.0  # seconds without one until the others take a process for dead
GAP = 3 * BEAT  # seconds between two looks, after which nothing is known of what happened meanwhile


@dataclass(frozen=True)
class Self:
    """What a process says of itself."""

    host: str
    pid: int
    release: str


def beat(store: Store, this: Self) -> bool:
    """Give a sign of life; False when there was no row: the first time, or when the others took this process for dead.

    It has one then. What was taken from it meanwhile stays taken: every step of a run asks for its holder.
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
    """When a process was alive last, as far as anything tells that it has written; None where none ever was."""
    with store.reading() as session:
        told = [session.exec(select(func.max(one))).one() for one in (Process.seen_at, Tick.claimed_at)]
        told.append(session.exec(select(Audit.at).order_by(col(Audit.id).desc()).limit(1)).first())
        return max(filter(None, told), default=None)


def stopping(store: Store) -> None:
    """Say that this process begins nothing new."""
    with store.writing() as session:
        session.execute(update(Process).where(col(Process.id) == store.me).values(stopping=True))


def leave(store: Store) -> None:
    """The end of this process, said by itself; a message that it may still be sending stays its own for a while."""
    with store.writing() as session:
        session.execute(delete(Process).where(col(Process.id) == store.me))


def bury(store: Store, process: str, beats: int) -> bool:
    """End a process that gave no further sign of life; False where it did, or where somebody else was first."""
    with store.writing() as session:
        if not changed(session, delete(Process).where(col(Process.id) == process, col(Process.beats) == beats)):
            return False
        # What it was sending is anybody's at once, and not only when its claim runs out.
        session.execute(
            update(OutboxMessage).where(col(OutboxMessage.claimed_by) == process).values(claimed_until=None)
        )
        return True


def bury_others(store: Store) -> None:
    """End every other one: only where it is known that none can be alive, as on SQLite behind its lock."""
    for process, beats in others(store).items():
        bury(store, process, beats)


def others(store: Store) -> dict[str, int]:
    """The signs of life that each other process has given."""
    with store.reading() as session:
        rows = session.exec(select(Process.id, Process.beats).where(Process.id != store.me))
        return dict(rows.all())


def successors(store: Store) -> int:
    """How many other processes go on."""
    with store.reading() as session:
        rows = session.exec(select(Process.id).where(Process.id != store.me, col(Process.stopping).is_(False)))
        return len(rows.all())


@dataclass
class ProcessWatch:
    """How long each other process has given no sign of life, by this machine's own clock: clocks are not compared."""

    _since: dict[str, tuple[int, float]] = field(default_factory=dict)
    _looked: float = 0.0

    def dead(self, beats: Mapping[str, int], at: float) -> list[str]:
        """Those whose lease has run out; `at` is a time that only runs forward.

        After a gap every lease begins anew: this process was frozen, or the database was away for the others too.
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
        """Let its lease begin anew: one that was ended and is back counts its signs of life from the beginning."""
        self._since.pop(process, None)
