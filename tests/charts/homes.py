"""App Home on a quiet day, on a bad day, and with sixty pairs."""

from collections.abc import Sequence
from typing import Any

from bot.domain.pending import OwnRequest, PendingItems
from bot.domain.request import Phase, Stage
from bot.domain.situation import SituationCode
from bot.domain.summary import PairNow
from bot.simulator.cast import ALICE, APPROVERS, BOB, DAVE
from bot.views.home import home
from tests.charts.alerts import bad_pairs, pair_now
from tests.charts.made_up import TOWNS
from tests.charts.messages import NOW, offered, ran, request
from tests.domain import build


def homes() -> dict[str, dict[str, Any]]:
    """Each as Alice sees it, by its name."""
    loud = [pair_now(name, SituationCode.SPLIT_BRAIN) for name in TOWNS[:60]]
    return {
        "quiet": _home([pair_now(name) for name in TOWNS[:14]], PendingItems()),
        "bad": _home(bad_pairs(14), waits()),
        "sixty": _home(bad_pairs(60), waits()),
        "sixty-quiet": _home([pair_now(name) for name in TOWNS[:60]], PendingItems()),
        "sixty-loud": _home(loud, waits()),
        "hundred-loud": _home(
            [pair_now(f"{name}-{n}", SituationCode.SPLIT_BRAIN) for n in (1, 2) for name in TOWNS], many()
        ),
        "no-groups": _home([pair_now(name) for name in TOWNS[:3]], None),
    }


def waits() -> PendingItems:
    """One of each kind."""
    initialise = request(Stage.WAITING, pair="rome", action="ha-initialise", requester=DAVE.id, approved_by=(ALICE.id,))
    asked = OwnRequest(request(pair="paris", requester=ALICE.id), tuple(one for one in APPROVERS if one != ALICE.id))
    return PendingItems(
        approve=(request(requester=DAVE.id),),
        codes=(initialise,),
        ends=(ran(Phase.UNKNOWN, pair="oslo", action="ha-failover"),),
        keys=(offered(pair="tokyo", asked_by=BOB.id),),
        asked=(asked,),
    )


def many() -> PendingItems:
    """More than there is room for."""
    return PendingItems(approve=tuple(request(pair=name, requester=DAVE.id) for name in TOWNS[:40]))


def _home(pairs: Sequence[PairNow], waits: PendingItems | None) -> dict[str, Any]:
    return home(pairs, waits, ALICE.id, NOW, build.ACTIONS)
