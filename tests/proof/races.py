"""Approvals raced by several processes on a real PostgreSQL: claimed once each; a naive way doubles in the same race.

python -m tests.proof.races --approvals 10000 --processes 2 --processes 3
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import func, select

from bot.store import Store, migration
from bot.store.tables import Run
from tests.store.given import Clock, approved, asked
from tests.store.racing import Racers, prepared
from tests.store.replay import held, replayed
from tests.support.postgres import Postgres

BATCH = 500  # rows between two words on the way


@dataclass(frozen=True)
class Raced:
    """How often an approval had more than one winner, or none."""

    arm: str
    processes: int
    approvals: int
    doubles: int
    stuck: int
    seconds: float
    sound: bool = True

    @property
    def right(self) -> bool:
        """The bot's way has one winner each; the naive way must show that this race can tell."""
        if self.arm == "naive":
            return self.doubles > 0
        return self.doubles == self.stuck == 0 and self.sound


def race(server: Postgres, racers: Racers, processes: int, approvals: int, naive: bool = False) -> Raced:
    """One race on a database of its own."""
    url = server.url(server.create())
    store = Store(url, Clock())
    migration.upgrade(store.engine)
    rows = prepared(store, approved if naive else asked, approvals)
    begun = time.monotonic()
    winners = []
    for at in range(0, approvals, BATCH):
        told = racers.race(url, "claim_naively" if naive else "approve_and_claim", rows[at : at + BATCH])
        winners += [won.count(True) for won in told]
    seconds = time.monotonic() - begun
    sound = naive or _sound(store, approvals)
    store.engine.dispose()
    doubles, stuck = sum(won > 1 for won in winners), sum(won == 0 for won in winners)
    return Raced("naive" if naive else "the bot", processes, approvals, doubles, stuck, seconds, sound)


def _sound(store: Store, approvals: int) -> bool:
    """A run for each approval and no more; and the audit, replayed, gives the tables as they are."""
    with store.reading() as session:
        count = session.exec(select(func.count(func.distinct(Run.request_id)), func.count(Run.id))).one()
    return tuple(count) == (approvals, approvals) and replayed(store) == held(store)


def races(
    server: Postgres, processes: Sequence[int], approvals: int, control: int, say: Callable[[str], None]
) -> list[Raced]:
    """Every race, with its control arm; each is told of in a row of a table."""
    found: list[Raced] = []
    say("| claimed by | processes | approvals | run twice | stuck | seconds |\n| --- | --- | --- | --- | --- | --- |")
    for number in processes:
        racers = Racers(number, 1)
        try:
            for naive, count in ((False, approvals), (True, control)):
                one = race(server, racers, number, count, naive)
                found.append(one)
                say(
                    f"| {one.arm} | {one.processes} | {one.approvals:,} | {one.doubles:,} | {one.stuck:,} "
                    f"| {one.seconds:.0f} |"
                )
        finally:
            racers.close()
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--approvals", type=int, default=10_000)
    parser.add_argument("--processes", type=int, action="append")
    parser.add_argument("--control", type=int, default=400, help="approvals of the naive arm")
    given = parser.parse_args()
    server = Postgres().start()
    try:
        found = races(server, given.processes or [2, 3], given.approvals, given.control, print)
    finally:
        server.clear_away()
    sys.exit(0 if all(one.right for one in found) else 1)


if __name__ == "__main__":
    main()
