"""What a host's name stands for, in little time: each click reads the settings, and Slack waits three seconds."""

import socket
import threading
import time

PATIENCE = 0.5  # seconds that an answer is waited for, halved by each that is late
LEAST = 0.03  # seconds: what this machine knows by itself comes at once
KEPT = 60.0  # seconds that an answer holds, or its absence

_answers: dict[str, tuple[float, tuple[str, ...]]] = {}
_patience = PATIENCE
_hasty_until = 0.0


def addresses(host: str) -> tuple[str, ...]:
    """The addresses behind a name; none for one that does not resolve, as it reaches nothing.

    All names together are waited for no longer than Slack does; what comes late counts from the next reading on.
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
