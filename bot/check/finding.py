"""What a check found, in words, with a remedy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    `remedy` is empty if it is right. `pair` is empty if it concerns all pairs.
    """

    what: str
    right: bool
    words: str
    remedy: str = ""
    pair: str = ""


def good(what: str, words: str, pair: str = "") -> Finding:
    return Finding(what, True, words, "", pair)


def bad(what: str, words: str, remedy: str, pair: str = "") -> Finding:
    return Finding(what, False, words, remedy, pair)
