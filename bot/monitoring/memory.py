"""Gives memory that this process no longer needs back to the machine."""

import ctypes
import gc

ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def settle() -> None:
    """Set up memory management at the start, before there are other threads.

    Objects that exist now stay for good, so the garbage collector need not go through them each time (`gc.freeze`). All
    threads take memory from one arena (`mallopt`, man 3): Python runs only one of them at a time, and memory that is
    free in sixteen other arenas is free for nobody else.
    """
    _call("mallopt", ARENA_MAX, 1)
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Free dead objects in reference cycles, and give the memory that malloc keeps for later back to the machine.

    Python by itself frees such objects only when they are a quarter of all objects: by then there are hundreds of
    connections and errors. A picture takes megabytes for a moment, which malloc would keep in free pieces for ever
    (`malloc_trim`, man 3).
    """
    gc.collect()
    _call("malloc_trim", 0)


def _call(name: str, *words: int) -> None:
    """Call a function of glibc. Does nothing where that function does not exist."""
    if function := getattr(ctypes.CDLL(None), name, None):
        function(*words)
