"""Replaced servers: whether a new server is still as it was built, and whether the old one comes back as active."""

from dataclasses import replace
from datetime import datetime

from bot.domain.observation import Probe, answered, own_state
from bot.domain.pair import Pair, Role, Server
from bot.domain.request import Phase, RunView
from bot.domain.status import State, parse
from bot.domain.transport import Unreachable
from bot.services.base import Desk
from bot.store import host_keys, requests, sightings

BUILT = {State.ACTIVE, State.DEMOTED}  # the states that a Primary may report right after it was built
OLD_SECONDS = 3.0  # seconds: a server that is switched off must not delay every observation


def new_primary_since(desk: Desk, pair: Pair, past: list[RunView]) -> datetime | None:
    """Return when the Primary's new host key was approved, if nothing has been done with that server since.

    That means: no command that changed something, no step by hand, no change of what the server says of itself, and no
    Secondary on standby beside it. Returns None otherwise, or where the Primary was not replaced.
    """
    pin = next((one for one in host_keys.approved(desk.store, pair.name) if one.role is Role.PRIMARY), None)
    if pin is None or pin.decided_at is None or pin.replaced["host_key"] == pin.host_key:
        return None
    since, says = pin.decided_at, sightings.own_since(desk.store, pair.name, pin.decided_at)
    done = any(run.ended_at and run.ended_at > since and changed_something(run) for run in past)
    untouched = not done and not requests.done_by_hand(desk.store, pair.name, since)
    as_built = len(says[Role.PRIMARY] & BUILT) < len(BUILT) and State.STANDBY not in says[Role.SECONDARY]
    return since if untouched and as_built and pin.host_key == pair.primary.host_key else None


def changed_something(run: RunView) -> bool:
    """Whether the run's command was sent and may have changed something.

    False where it was not sent, or where it failed as a whole and both servers stayed as they were.
    """
    if run.sent_at is None or run.phase is Phase.NOT_SENT:
        return False
    refused = run.phase is Phase.FAILED and not run.partly and run.before is not None and run.after is not None
    return not (refused and all(run.before.own(role) is run.after.own(role) for role in Role))  # type: ignore[union-attr]


def watch_replaced(desk: Desk, pair: Pair) -> None:
    """Post a message when a replaced server answers again as ACTIVE, since users may then reach both servers."""
    for pin in host_keys.approved(desk.store, pair.name):
        now_used = pair.server(pin.role)
        old = pin.replaced
        if (old["host"], old["port"]) == (now_used.host, str(now_used.port)):
            continue  # the new server has the old address: there is no second server to watch
        server = replace(now_used, host=old["host"], port=int(old["port"]), host_key=old["host_key"])
        if _active(desk, pair, pin.role, replace(server, address=old["address"])):
            host_keys.returned(desk.store, pin)


def _active(desk: Desk, pair: Pair, role: Role, server: Server) -> bool:
    try:
        reply = desk.wire.probe(server, pair.typed(pair.status, role), OLD_SECONDS)
    except Unreachable:
        return False
    if not answered(pair, reply):
        return False
    as_it_was = replace(pair, primary=server) if role is Role.PRIMARY else replace(pair, secondary=server)
    return own_state(as_it_was, Probe(role, desk.now(), parse(reply.text, pair.labels))) is State.ACTIVE
