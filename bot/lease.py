"""This process among the others: it gives signs of life, and sees whose have ended."""

import logging
import os
import socket
import threading
import time
from importlib.metadata import PackageNotFoundError, version

from bot.domain.errors import Refusal
from bot.store import Store, processes
from bot.store.processes import BEAT, ProcessWatch, Self

log = logging.getLogger(__name__)


def release() -> str:
    """The installed version; in a bare checkout there is none."""
    try:
        return version("pairkeeper")
    except PackageNotFoundError:
        return "unknown"


class Lease:
    """A light thread of its own: whatever else is busy, the signs of life go on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._this = Self(socket.gethostname(), os.getpid(), release())
        self._watch = ProcessWatch()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="presence", daemon=True)

    def start(self) -> None:
        """Be there before anything is begun; refuses where the database cannot be written."""
        processes.beat(self._store, self._this)
        if self._store.engine.dialect.name == "sqlite":
            processes.bury_others(self._store)  # there is one process only, by its lock
        self._thread.start()

    def leave(self) -> None:
        """The end, after the last thing was done: what is left open is for the others."""
        self._stop.set()
        self._thread.join(BEAT)
        try:
            processes.leave(self._store)
        except Refusal:
            log.warning("the database is away: the others find out by themselves that this process has ended")

    def _loop(self) -> None:
        while not self._stop.wait(BEAT):
            try:
                self.beat()
            except Refusal:
                log.error("no sign of life could be given: the database is away")
            except Exception:
                log.exception("giving a sign of life broke; going on")

    def beat(self) -> None:
        """One sign of life, and one look at the others'."""
        if not processes.beat(self._store, self._this):
            log.warning("this process was taken for dead: runs that were taken from it are left alone")
        beats = processes.others(self._store)
        for process in self._watch.dead(beats, time.monotonic()):
            if processes.bury(self._store, process, beats[process]):
                log.warning("process %s has given no sign of life: what it held is taken over", process)
            self._watch.forget(process)
