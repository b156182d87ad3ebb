"""What a check found, in words, with a remedy."""

from dataclasses import asdict, dataclass
from typing import Any


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

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def good(what: str, words: str, pair: str = "") -> Finding:
    return Finding(what, True, words, "", pair)


def bad(what: str, words: str, remedy: str, pair: str = "") -> Finding:
    return Finding(what, False, words, remedy, pair)
