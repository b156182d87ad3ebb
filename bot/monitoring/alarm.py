"""The second way out: what is wrong with the bot itself is told past Slack, by Apprise; each thing once."""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

AGAIN = 30.0  # seconds until what could not be told is tried again
MOST = 20  # what is kept for one address: an address that is down for long hears the newest only

log = logging.getLogger(__name__)


def mistakes(urls: Sequence[str]) -> list[str]:
    """What is wrong with the addresses, each in a sentence with its remedy and without the address."""
    if not urls:
        return []
    if not find_spec("apprise"):
        return ["PAIRKEEPER_ALARM_URLS needs one more package: pip install 'pairkeeper[alarm]'"]
    found = [number for number, url in enumerate(urls, 1) if not _target(url)]
    return [
        f"PAIRKEEPER_ALARM_URLS: Apprise does not understand number {one}: see its list of services." for one in found
    ]


def _target(url: str) -> Any:
    """An address as Apprise has it; None where it does not understand it."""
    import apprise  # its plugins take a while to load

    found = apprise.Apprise()
    return found if found.add(url) else None


@dataclass
class _Line:
    """One address, and what it has still to hear."""

    target: Any
    waiting: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MOST))
    failed: bool = False


class Alarm:
    """Tells every address everything, in order, and again until it has worked; without addresses it tells nobody."""

    def __init__(self, urls: Sequence[str], again: float = AGAIN) -> None:
        self._lines = [_Line(target) for target in map(_target, urls) if target]
        self._again = again
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="alarm", daemon=True)

    def start(self) -> None:
        """Begin to tell; returns at once."""
        if self._lines:
            self._thread.start()

    def say(self, title: str, words: str) -> None:
        """Have it told; returns at once."""
        with self._lock:
            for line in self._lines:
                line.waiting.append((title, words))
                self._idle.clear()
        self._wake.set()

    def flush(self, seconds: float) -> bool:
        """Wait until all is told, no longer than this; whether it is."""
        return self._idle.wait(seconds)

    def stop(self, seconds: float = 5.0) -> None:
        """Tell what there is to tell, then end."""
        self.flush(seconds)
        self._stop.set()
        self._wake.set()

    def _loop(self) -> None:
        while not self._stop.is_set():
            failed = [line for line in self._lines if not self._tell(line)]
            with self._lock:
                if not any(line.waiting for line in self._lines):
                    self._idle.set()
            self._wake.wait(self._again if failed else None)
            self._wake.clear()

    def _tell(self, line: _Line) -> bool:
        """Whether this address has heard all that it should."""
        while line.waiting:
            title, words = line.waiting[0]
            try:
                told = bool(line.target.notify(title=title, body=words))
            except Exception as error:
                log.debug("Apprise broke: %s", type(error).__name__)
                told = False
            if not told:
                level = logging.INFO if line.failed else logging.ERROR
                number, line.failed = self._lines.index(line) + 1, True
                log.log(level, "the alarm could not be given to address %d: trying again", number)
                return False
            line.failed = False
            with self._lock:
                if line.waiting and line.waiting[0] == (title, words):  # else it has been pushed out meanwhile
                    line.waiting.popleft()
        return True
