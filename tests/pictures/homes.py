"""App Home on a quiet day, on a bad day, and with sixty pairs."""

from typing import Any

from bot.domain.request import RequestView, Stage
from bot.domain.situation import Name
from bot.lab.cast import ALICE, DAVE
from bot.views.home import home
from tests.pictures.made_up import TOWNS
from tests.pictures.messages import NOW, request, seen

BAD = {"london": Name.SPLIT_BRAIN, "paris": Name.PRIMARY_SILENT, "rome": Name.FAILED_OVER, "oslo": Name.BOTH_GONE}


def homes() -> dict[str, dict[str, Any]]:
    """Each as Alice sees it, by its name."""
    return {
        "quiet": _home(TOWNS[:14], {}, []),
        "bad": _home(["london", "paris", "rome", "oslo", *TOWNS[:10]], BAD, _waiting()),
        "sixty": _home(TOWNS[:60], BAD, _waiting()),
    }


def _waiting() -> list[RequestView]:
    return [
        request(requester=DAVE.id),
        request(pair="paris", requester=ALICE.id),
        request(Stage.WAITING, pair="rome", action="ha-initialise"),
    ]


def _home(names: list[str], ill: dict[str, Name], waiting: list[RequestView]) -> dict[str, Any]:
    found = [seen(ill.get(name, Name.HEALTHY), name, seconds=20) for name in names if name != "graz"]
    return home(names, found, waiting, ALICE.id, NOW)
