"""The safety case (`safety_case.md`, beside this) as data: what is always true, by what, proven by which tests."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.support.checkout import ROOT

FILE = ROOT / "tests" / "proof" / "safety_case.md"
INVARIANTS = range(1, 15)
ROW = re.compile(r"^\| I(\d+) \| (.+?) \| (.+?) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)
QUOTED = re.compile(r"`([^`]+\.py(?:::[^`]+)?)`")


@dataclass(frozen=True)
class Invariant:
    """What is always true: `code` are the places that make it so, `proofs` are tests, as pytest names them."""

    number: int
    says: str
    hazard: str
    code: tuple[str, ...]
    proofs: tuple[str, ...]


def case(text: str) -> list[Invariant]:
    """The rows of the table."""
    return [
        Invariant(int(number), says, hazard, tuple(QUOTED.findall(code)), tuple(QUOTED.findall(proofs)))
        for number, says, hazard, code, proofs in ROW.findall(text)
    ]


@cache
def names(file: str) -> frozenset[str]:
    """The functions and classes that a file defines; none where it is not there."""
    path = ROOT / file
    if not path.exists():
        return frozenset()
    kinds = ast.FunctionDef | ast.ClassDef
    return frozenset(node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, kinds))


def defined(place: str) -> bool:
    """Whether a file, or a function or class in it, is there."""
    file, _, name = place.partition("::")
    return name in names(file) if name else (ROOT / file).exists()


def gaps(found: list[Invariant]) -> Iterator[str]:
    """What is missing from a safety case."""
    numbers = [one.number for one in found]
    yield from (f"I{number} is not there once" for number in INVARIANTS if numbers.count(number) != 1)
    for one in found:
        yield from (f"I{one.number} has no {what}" for what in ("code", "proofs") if not getattr(one, what))
        places = (place for place in (*one.code, *one.proofs) if not defined(place))
        yield from (f"I{one.number}: {place} does not exist" for place in places)
        yield from (f"I{one.number}: {place} is no test" for place in one.proofs if "::test_" not in place)
