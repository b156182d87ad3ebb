"""This process's lease: it gives signs of life, and takes over the work of processes whose leases have lapsed."""

import logging
import os
import socket
import time
from importlib.metadata import PackageNotFoundError, version

from bot.domain.errors import Refusal
from bot.loop import Loop
from bot.store import Store, processes
from bot.store.processes import BEAT, ProcessWatch, Self

log = logging.getLogger(__name__)


def release() -> str:
    """Return the installed version, or "unknown" in a bare checkout, which has none."""
    try:
        return version("pairkeeper")
    except PackageNotFoundError:
        return "unknown"


class Lease:
    """Gives signs of life from a thread of its own, so that they go on however busy the process is."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._this = Self(socket.gethostname(), os.getpid(), release())
        self._watch = ProcessWatch()
        self._loop = Loop("lease", self.beat, BEAT)

    def start(self) -> None:
        """Give the first sign of life, before any work begins. Raises Refusal if the database cannot be written."""
        processes.beat(self._store, self._this)
        if self._store.engine.dialect.name == "sqlite":
            processes.bury_others(self._store)  # a lock allows only one process on SQLite, so all others are dead
        self._loop.start()

    def leave(self) -> None:
        """Give the lease up at the end, after all work is done. Open work is left to other processes."""
        self._loop.stop(BEAT)
        try:
            processes.leave(self._store)
        except Refusal:
            log.warning("the database is away: the others find out by themselves that this process has ended")

    def beat(self) -> None:
        """Give one sign of life, and take over the work of processes that give none."""
        if not processes.beat(self._store, self._this):
            log.warning("this process was taken for dead: runs that were taken from it are left alone")
        beats = processes.others(self._store)
        for process in self._watch.dead(beats, time.monotonic()):
            if processes.bury(self._store, process, beats[process]):
                log.warning("process %s has given no sign of life: what it held is taken over", process)
            self._watch.forget(process)
