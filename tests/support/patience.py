"""How long a test waits before it takes something for hung: never what is asserted, so it may be long."""

import time
from collections.abc import Callable

HANG = 90.0  # seconds


def eventually(true: Callable[[], object], seconds: float = HANG) -> None:
    """Wait until it is."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
