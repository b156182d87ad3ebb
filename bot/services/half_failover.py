"""Whether the last thing done to a pair is a failover by this bot that did not come to its end."""

from datetime import datetime

from bot.domain.request import Phase, RunView
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.services.base import Desk
from bot.store import host_keys, requests, sightings

FAILOVER = "ha-failover"
ENDED = (Phase.FAILED, Phase.TOOK_EFFECT, Phase.DID_NOT)  # ended without the expected states, or closed by a person
NEW_SERVER = (
    StatementKind.PRIMARY_DEPLOYED,
    StatementKind.SECONDARY_DEPLOYED,
    StatementKind.RESTORED,
    StatementKind.BACKUP,
)


def interrupted(desk: Desk, pair: str, past: list[RunView]) -> bool:
    """Whether the newest run is a failover without the expected states, and nothing has happened to the pair since.

    Something has happened where a later command was sent, a step was done by hand, a server was replaced, or a server
    was seen active after the run was closed. `past` has the newest runs first.
    """
    last = next((run for run in past if run.sent_at and run.phase is not Phase.NOT_SENT), None)
    if last is None or last.action != FAILOVER or last.phase not in ENDED:
        return False
    sent, over = last.sent_at or last.started_at, last.closed_at or last.ended_at
    if over is None or requests.done_by_hand(desk.store, pair, sent) or _replaced(desk, pair, sent):
        return False
    return not any(State.ACTIVE in states for states in sightings.own_since(desk.store, pair, over).values())


def _replaced(desk: Desk, pair: str, since: datetime) -> bool:
    """Whether a server of the pair was replaced after `since`, by a new host key or by a person's statement."""
    keys = any(pin.decided_at and pin.decided_at >= since for pin in host_keys.approved(desk.store, pair))
    return keys or sightings.stated_since(desk.store, pair, since, NEW_SERVER)
