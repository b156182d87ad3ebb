"""Resolves the names of hosts in little time: each click reads the settings, and Slack waits only three seconds."""

import socket
import threading
import time

PATIENCE = 0.5  # seconds to wait for an answer, halved after each that is late
LEAST = 0.03  # seconds to wait at least: names that this machine itself knows resolve at once
KEPT = 60.0  # seconds for which an answer, or the lack of one, is kept

_answers: dict[str, tuple[float, tuple[str, ...]]] = {}
_patience = PATIENCE
_hasty_until = 0.0


def addresses(host: str) -> tuple[str, ...]:
    """Return the addresses of a name; none if it does not resolve, as then nothing can be reached by it.

    All names together wait no longer than Slack does. An answer that is late counts from the next reading on.
    """
    global _patience, _hasty_until
    until, found = _answers.get(host, (0.0, ()))
    now = time.monotonic()
    if now < until:
        return found
    _answers[host] = (now + KEPT, found)
    asking = threading.Thread(target=_ask, args=(host,), name="resolve", daemon=True)
    asking.start()
    if now >= _hasty_until:
        _patience = PATIENCE
    asking.join(_patience)
    if asking.is_alive():
        _patience, _hasty_until = max(_patience / 2, LEAST), now + KEPT
    return _answers[host][1]


def _ask(host: str) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    _answers[host] = (time.monotonic() + KEPT, tuple(str(address[0]) for *_, address in found))
