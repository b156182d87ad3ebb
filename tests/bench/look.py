"""What a look costs that shows nothing new: `python -m tests.bench.look [LOOKS]`.

CPU, statements and transactions of a look without a network, on SQLite: at a healthy pair, at one with an open incident
and at that one after a year of changes. Each as a ratio to one row brought up to date and committed with bare sqlite3.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.services import observe
from bot.store import Store
from bot.store.engine import PRAGMAS
from bot.store.migration import upgrade
from tests.monitor.house import START, House
from tests.monitor.virtual import VirtualTime

ROUNDS = 5
EVERY = timedelta(seconds=30)
YEAR = 600  # changes of one pair


def measure(work: Callable[[], object], times: int) -> list[float]:
    """CPU milliseconds of one call, in each round."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - began) / times * 1000)
    return found


def write_bare(folder: Path, times: int) -> list[float]:
    """The floor: a transaction that brings one row up to date."""
    with sqlite3.connect(folder / "bare.db", isolation_level=None) as bare:
        for pragma in PRAGMAS:
            bare.execute(f"PRAGMA {pragma}")
        bare.execute("CREATE TABLE sighting (id INTEGER PRIMARY KEY, last_at TEXT, seen TEXT)")
        bare.execute("INSERT INTO sighting VALUES (1, '', '')")

        def once() -> None:
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("UPDATE sighting SET last_at = ?, seen = ? WHERE id = 1", (str(time.time()), "x" * 2000))
            bare.execute("COMMIT")

        return measure(once, times)


def look(house: House, name: str, times: int) -> tuple[list[float], float, float]:
    """The looks of one pair, one after the other; the CPU of each, its statements and its transactions."""
    count: Counter[str] = Counter()

    def sent(*_words: Any) -> None:
        count["statement"] += 1

    def begun(_connection: Any) -> None:
        count["transaction"] += 1

    def once() -> None:
        house.clock.true += EVERY
        house.watch._turn(name)

    once()
    event.listen(house.store.engine, "before_cursor_execute", sent)
    event.listen(house.store.engine, "begin", begun)
    found = measure(once, times)
    event.remove(house.store.engine, "before_cursor_execute", sent)
    event.remove(house.store.engine, "begin", begun)
    return found, count["statement"] / (times * ROUNDS), count["transaction"] / (times * ROUNDS)


def age(house: House, name: str) -> None:
    """Let a year pass in which a pair loses its standby and gets it back; at the end it has none."""
    for _ in range(YEAR // 2):
        for change in (house.on, house.off):
            change(name)
            house.clock.true += timedelta(days=365) / YEAR
            observe(house.desk, house.pairs[name], looks=1)
    house.pass_(120)


def main() -> None:
    """Print a line for each."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as name:
        base = write_bare(Path(name), times)
        floor = statistics.median(base)
        clock = VirtualTime(START)
        house = House(Store(f"sqlite:///{name}/bench.db", clock.now), clock)
        upgrade(house.store.engine)

        def tell(title: str, found: list[float], statements: float, transactions: float = 1) -> None:
            middle, spread = statistics.median(found), f"{min(found):.2f} to {max(found):.2f}"
            asked = f"{statements:.0f} statements in {transactions:.0f} transactions"
            print(f"{title}: {middle:.2f} ms ({spread}), {middle / floor:.0f} × the floor, {asked}")

        tell("one row with bare sqlite3", base, 3)
        house.pass_(120)
        tell("a healthy pair", *look(house, "london", times))
        house.off("paris")
        house.pass_(120)
        assert house.open() == {"paris": "no standby"}
        tell("an open incident", *look(house, "paris", times))
        age(house, "paris")
        tell("the same after a year", *look(house, "paris", times))


if __name__ == "__main__":
    main()
