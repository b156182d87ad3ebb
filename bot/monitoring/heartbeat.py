"""The dead man's switch: an address that the bot requests while all is well, so that a service outside misses it."""

import logging
import urllib.request

log = logging.getLogger(__name__)


class Heartbeat:
    """Requests the address. A failure is logged once, until it works again."""

    def __init__(self, url: str, seconds: float = 10.0) -> None:
        self._url = url
        self._seconds = seconds
        self._failed = False

    def give(self) -> bool:
        """Request the address once. Returns whether that worked."""
        try:
            with urllib.request.urlopen(self._url, timeout=self._seconds) as answer:
                answer.read(1024)
        except Exception as error:
            if not self._failed:
                log.warning("the heartbeat could not be given (%s): trying again every minute", type(error).__name__)
            self._failed = True
            return False
        self._failed = False
        return True
