"""Memory that this process needs no more, given back to the machine."""

import ctypes
import gc


def settle() -> None:
    """At the start: what there is now stays for good, and need not be gone through each time (`gc.freeze`)."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """What is dead but refers to itself, and what malloc keeps for later.

    Python by itself waits with the former until it is a quarter of all there is: connections and errors by the
    hundred. The latter: a picture takes megabytes for a moment, and leaves them free in pieces for ever. On glibc only
    (`malloc_trim`, man 3): elsewhere nothing is done.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
