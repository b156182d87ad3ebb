"""Replaced servers: whether the old one comes back as active."""

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.observation import Probe, answered, own_state
from bot.domain.pair import Pair, Role, Server
from bot.domain.pin import PinView
from bot.domain.status import State, parse
from bot.domain.transport import Unreachable
from bot.services.base import Desk
from bot.store import host_keys

OLD_SECONDS = 3.0  # seconds: a server that is switched off must not delay every observation


def watch_replaced(desk: Desk, pair: Pair, pins: Iterable[PinView]) -> None:
    """Post a message when a replaced server answers again as ACTIVE, since users may then reach both servers."""
    for pin in pins:
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
