"""App Home on a quiet day, on a bad day, and with sixty pairs."""

from collections.abc import Sequence
from typing import Any

from bot.domain.request import RequestView, Stage
from bot.domain.summary import PairNow
from bot.lab.cast import ALICE, DAVE
from bot.views.home import home
from tests.domain import build
from tests.pictures.alerts import bad_pairs, pair_now
from tests.pictures.made_up import TOWNS
from tests.pictures.messages import NOW, request


def homes() -> dict[str, dict[str, Any]]:
    """Each as Alice sees it, by its name."""
    return {
        "quiet": _home([pair_now(name) for name in TOWNS[:14]], []),
        "bad": _home(bad_pairs(14), _waiting()),
        "sixty": _home(bad_pairs(60), _waiting()),
        "sixty-quiet": _home([pair_now(name) for name in TOWNS[:60]], []),
    }


def _waiting() -> list[RequestView]:
    initialise = request(Stage.WAITING, pair="rome", action="ha-initialise")
    return [request(requester=DAVE.id), request(pair="paris", requester=ALICE.id), initialise]


def _home(pairs: Sequence[PairNow], waiting: Sequence[RequestView]) -> dict[str, Any]:
    return home(pairs, waiting, ALICE.id, NOW, build.ACTIONS)
