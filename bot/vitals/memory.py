"""Memory that this process needs no more, given back to the machine."""

import ctypes


def give_back() -> None:
    """What malloc keeps for later: a picture takes megabytes for a moment, and leaves them free in pieces for ever.

    On glibc only (`malloc_trim`, man 3): elsewhere nothing is done.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
