"""The alarm: reports what is wrong with the bot itself past Slack, by Apprise."""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from bot.loop import Loop

AGAIN = 30.0  # seconds until a message that could not be sent is tried again
MOST = 20  # messages kept for one address: an address that is down for long gets only the newest

log = logging.getLogger(__name__)


def mistakes(urls: Sequence[str]) -> list[str]:
    """Return what is wrong with the addresses, each in a sentence with its remedy and without the address."""
    if not urls:
        return []
    if not find_spec("apprise"):
        return ["PAIRKEEPER_ALARM_URLS needs one more package: pip install 'pairkeeper[alarm]'"]
    unknown = [number for number, url in enumerate(urls, 1) if not _target(url)]
    return [
        f"PAIRKEEPER_ALARM_URLS: Apprise does not understand number {position}: see its list of services."
        for position in unknown
    ]


def _target(url: str) -> Any:
    """Return an address as an Apprise object, or None if Apprise does not understand it."""
    import apprise  # its plugins take a while to load

    target = apprise.Apprise()
    return target if target.add(url) else None


@dataclass
class _Line:
    """One address, and the messages that it has still to get. `failed` is whether the last attempt failed."""

    target: Any
    waiting: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MOST))
    failed: bool = False


class Alarm:
    """Sends every message to every address, in order, and tries again until it has worked.

    Without addresses it sends nothing.
    """

    def __init__(self, urls: Sequence[str], again: float = AGAIN) -> None:
        self._lines = [_Line(target) for target in map(_target, urls) if target]
        self._loop = Loop("alarm", self._tell_all, again)
        self._idle = threading.Event()
        self._idle.set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start sending. Returns at once."""
        if self._lines:
            self._loop.start()

    def say(self, title: str, words: str) -> None:
        """Queue a message for every address. Returns at once."""
        with self._lock:
            for line in self._lines:
                line.waiting.append((title, words))
                self._idle.clear()
        self._loop.wake()

    def flush(self, seconds: float) -> bool:
        """Wait until everything is sent, for at most `seconds`. Returns whether it is."""
        return self._idle.wait(seconds)

    def stop(self, seconds: float = 5.0) -> None:
        """Send what is waiting, for at most `seconds`, then end."""
        self.flush(seconds)
        self._loop.stop()

    def _tell_all(self) -> None:
        for line in self._lines:
            self._tell(line)
        with self._lock:
            if not any(line.waiting for line in self._lines):
                self._idle.set()

    def _tell(self, line: _Line) -> None:
        """Send an address its messages, up to the first one that cannot be sent now."""
        while line.waiting:
            title, words = line.waiting[0]
            try:
                accepted = bool(line.target.notify(title=title, body=words))
            except Exception as error:
                log.debug("Apprise broke: %s", type(error).__name__)
                accepted = False
            if not accepted:
                level = logging.INFO if line.failed else logging.ERROR
                number, line.failed = self._lines.index(line) + 1, True
                log.log(level, "the alarm could not be given to address %d: trying again", number)
                return
            line.failed = False
            with self._lock:
                # otherwise newer messages have pushed it out meanwhile
                if line.waiting and line.waiting[0] == (title, words):
                    line.waiting.popleft()
