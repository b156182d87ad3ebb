"""What a check found, in words, with a remedy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    `remedy` is empty if it is right. `pair` is empty if it concerns all pairs. `missing` is whether something optional
    is not there, which is right all the same. `command` is the `pairkeeper` command to run next, where there is one.
    """

    what: str
    right: bool
    words: str
    remedy: str = ""
    pair: str = ""
    missing: bool = False
    command: str = ""


def good(what: str, words: str, pair: str = "") -> Finding:
    return Finding(what, True, words, "", pair)


def lacking(what: str, words: str, pair: str = "") -> Finding:
    """Return the finding for something optional that is not there."""
    return Finding(what, True, words, "", pair, missing=True)


def bad(what: str, words: str, remedy: str, pair: str = "") -> Finding:
    return Finding(what, False, words, remedy, pair)
