"""The order of the tests: random, but those that take long begin early, so that no process ends with one of them."""

import os
from itertools import groupby

import pytest

LONG = ("tests/e2e/", "tests/browser/", "tests/proof/", "tests/monitoring/", "tests/store/test_races.py")


def balanced(items: list[pytest.Item]) -> list[pytest.Item]:
    """The same tests; xdist gives each process one block of them, which begins with its share of the long modules."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.nodeid.startswith(LONG)]
    short = [item for item in items if not item.nodeid.startswith(LONG)]
    shares: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for _, module in groupby(long, key=lambda item: item.path):
        min(shares, key=len).extend(module)
    found: list[pytest.Item] = []
    for number, share in enumerate(shares):
        size = (len(items) - len(found)) // (processes - number)
        room = max(0, size - len(share))
        found += share + short[:room]
        del short[:room]
    return found
