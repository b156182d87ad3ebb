"""Memory that this process needs no more, given back to the machine."""

import ctypes
import gc

ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def settle() -> None:
    """At the start, before there are other threads.

    What there is now stays for good, and need not be gone through each time (`gc.freeze`). All threads take memory
    from one arena (`mallopt`, man 3): Python lets one of them run at a time, and what is free in sixteen others is
    free for nobody else.
    """
    _call("mallopt", ARENA_MAX, 1)
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """What is dead but refers to itself, and what malloc keeps for later.

    Python by itself waits with the former until it is a quarter of all there is: connections and errors by the
    hundred. The latter: a picture takes megabytes for a moment, and leaves them free in pieces for ever
    (`malloc_trim`, man 3).
    """
    gc.collect()
    _call("malloc_trim", 0)


def _call(name: str, *words: int) -> None:
    """A function of glibc; elsewhere nothing is done."""
    if function := getattr(ctypes.CDLL(None), name, None):
        function(*words)
