"""What refuses before anything is recorded: each refusal of asking that no schedule comes by."""

from collections.abc import Iterator
from dataclasses import replace

from bot.domain.errors import Refusal
from bot.domain.pair import Pair
from bot.domain.statement import StatementKind
from bot.services import Details, ask
from bot.simulator.pair.world import Pair as Truth
from tests.proof.play import House, set_up
from tests.proof.theatre import ALICE, GUEST, MALLORY, Theatre, arm, on_stage
from tests.proof.worlds import OWN_ROW, WORDS, S, Start, bau, fresh

HEALTHY = Start("healthy", "ha-failover", bau)
NEW = Start("new Secondary", "ha-initialise", lambda: fresh(bau(), S), settings=OWN_ROW)


def _knock(house: House, start: Start, pair: Pair, armed: bool, asks: tuple[object, ...]) -> Refusal | None:
    house.database.begin(house.database.empty)
    truth: Truth = start.truth()
    with on_stage(set_up(house.database, {}, start, truth, 0.0)) as theatre:
        theatre.settings = pair
        if armed:
            arm(theatre, pair)
        return _asked(theatre, *asks)


def _asked(theatre: Theatre, *asks: object) -> Refusal | None:
    found = theatre.told(lambda: ask(theatre.main.desk, *asks))  # type: ignore[arg-type]
    return found if isinstance(found, Refusal) else None


def doors(house: House) -> Iterator[Refusal | None]:
    """Every door, knocked at."""
    pair = HEALTHY.pair
    planned, short = (
        Details(statements={StatementKind.PLANNED: WORDS}),
        Details(statements={StatementKind.PLANNED: "yes"}),
    )
    why = ("london", "ha-failover", "planned work")
    yield _knock(house, HEALTHY, pair, False, (ALICE, *why, planned))
    yield _knock(house, HEALTHY, pair, True, (ALICE, *why, short))
    yield _knock(house, HEALTHY, replace(pair, approvers=("U0ALICE",)), True, (ALICE, *why, planned))
    yield _knock(house, HEALTHY, pair, True, (MALLORY, *why, planned))
    yield _knock(house, HEALTHY, pair, True, (GUEST, *why, planned))
    yield _knock(house, HEALTHY, pair, True, (ALICE, "london", "ha-failback", "why not"))
    yield _knock(house, HEALTHY, pair, True, (ALICE, "berlin", "ha-failover", "why not"))
    yield _knock(house, HEALTHY, pair, True, (ALICE, "london", "ha-explode", "why not"))
    yield _knock(house, HEALTHY, pair, True, (ALICE, "london", "ha-failover", " "))
    yield _knock(house, HEALTHY, pair, True, (ALICE, "london", "ha-failover", "x" * 251))
    elsewhere = Details(details={"address": "10.0.0.77"})
    yield _knock(house, NEW, NEW.pair, True, (ALICE, "london", "ha-initialise", "it is there", elsewhere))
