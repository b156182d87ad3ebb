"""Days that are written into a store, look by look where something happens."""

from pathlib import Path
from typing import NoReturn

from bot.domain.status import State
from bot.registry import actions_of, load_commands
from bot.services import Desk
from bot.store import Store, incidents, sightings
from bot.views.refusals import plain_words
from tests.store import given
from tests.support import databases

ALICE = "U0ALICE"


class Past:
    """A store into which days are written, look by look where something happens."""

    def __init__(self, folder: Path) -> None:
        self.clock = given.Clock()
        self.store = Store(databases.fresh_sqlite(folder / "past.db"), self.clock)
        pairs = {name: given.pair(name) for name in ("london", "a/b & <c>")}
        self.desk = Desk(
            store=self.store,
            wire=None,  # type: ignore[arg-type]
            pairs=lambda: pairs,
            actions=actions_of(load_commands()),
            members=_nobody,
            now=self.clock,
            sleep=_never,
            submit=_never,
            worded=plain_words,
        )

    def look(self, name: str = "london", states: tuple[State, State] = (State.ACTIVE, State.STANDBY)) -> None:
        seen = given.seen(name, *states, at=self.clock())
        sightings.see(self.store, seen, self.desk.pair(name).gap)
        incidents.keep(self.store, seen, given.CHANNEL)

    def pass_by(self, minutes: int, **how: tuple[State, State]) -> None:
        """Look every third minute, which leaves no gap, and in the last one."""
        for minute in range(minutes):
            if minute % 3 == 0 or minute == minutes - 1:
                self.look(**how)
            self.clock.tick(minutes=1)


def _nobody(_group: str) -> frozenset[str]:
    return frozenset()


def _never(*_: object) -> NoReturn:
    raise AssertionError("a report looks at nothing and runs nothing")
