"""The longest names, addresses and reasons, and what is seen, asked and run with them."""

from dataclasses import replace

from bot.domain.pair import Pair, Role
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot, StatementShown
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.services.requests import LONGEST
from bot.simulator.cast import BOB
from tests.charts import messages
from tests.charts.messages import NOW
from tests.domain import build

NAME = "pam-production-frankfurt-payment-cluster"  # 40 characters, the longest that the settings take
ADDRESS = "fd00:1234:5678:9abc:def0:1234:5678:9abc"
HOST = "ha-primary.pam.frankfurt.datacentre-two.example.com"
REASON = ("the switch between both sites failed at three and the Secondary has today's changes, see INC-4711 " * 6)[
    :LONGEST
]
REKEYED = (
    f"its host key is not the pinned one: it showed SHA256:{'q8Zk' * 10}q8Z, and SHA256:{'3fEx' * 10}3fE is pinned"
)
WORDS = StatementShown(
    5,
    StatementKind.OFF,
    f"The Primary of {NAME} ({ADDRESS}) is powered off or isolated from users.",
    BOB.id,
    NOW,
    REASON,
)


def pair() -> Pair:
    """A pair with a long name at long addresses."""
    servers = {role.value: build.server(role, address=ADDRESS, host=HOST) for role in Role}
    return build.pair(name=NAME, **servers)


def seen(name: SituationCode, words: str = "") -> Snapshot:
    """A pair with a long name at long addresses; its silent servers say why at length."""
    found = messages.seen(name, NAME)
    servers = {
        role.value: replace(
            found.seen(role),
            address=ADDRESS,
            words=words if found.own(role) is State.SILENT else found.seen(role).words,
        )
        for role in Role
    }
    return replace(found, statements=(WORDS,), **servers)  # type: ignore[arg-type]


def asked(stage: Stage = Stage.PENDING, name: SituationCode = SituationCode.SPLIT_BRAIN) -> RequestView:
    action = "ha-initialise" if stage is Stage.WAITING else "ha-demote-primary"
    more = {"reason": REASON, "acknowledgement": REASON, "action": action}
    found = messages.request(stage, pair=NAME, seen=seen(name, REKEYED), **more)
    return replace(found, plan=replace(found.plan, address=ADDRESS), why="Nobody decided it in time.")


def ran(phase: Phase, name: SituationCode = SituationCode.FAILED_OVER) -> RunView:
    words = "The connection broke before an exit status came back. Its last words: “" + "x" * 200 + "…”"
    split, after = seen(SituationCode.SPLIT_BRAIN), seen(name)
    return messages.ran(phase, pair=NAME, words=words, before=split, after=after, said="x" * 200)
