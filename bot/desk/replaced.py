"""A server that was replaced and comes back active is a second active server: look for it, and tell."""

from dataclasses import replace

from bot.desk.base import Desk
from bot.domain.observation import Look, answered, own_state
from bot.domain.pair import Pair, Role, Server
from bot.domain.reply import Silence
from bot.domain.status import State, parse
from bot.store import pins

OLD_SECONDS = 3.0  # a server that was switched off must not hold up every look


def watch_replaced(desk: Desk, pair: Pair) -> None:
    """Tell when a server that was replaced comes back and says ACTIVE: users may reach both."""
    for pin in pins.approved(desk.store, pair.name):
        now_used = pair.server(pin.role)
        old = pin.replaced
        if (old["host"], old["port"]) == (now_used.host, str(now_used.port)):
            continue  # it was installed anew at its old address: there is no second server
        server = replace(now_used, host=old["host"], port=int(old["port"]), host_key=old["host_key"])
        if _active(desk, pair, pin.role, replace(server, address=old["address"])):
            pins.returned(desk.store, pin)


def _active(desk: Desk, pair: Pair, role: Role, server: Server) -> bool:
    try:
        reply = desk.wire.probe(server, pair.typed(pair.status, role), OLD_SECONDS)
    except Silence:
        return False
    if not answered(pair, reply):
        return False
    as_it_was = replace(pair, primary=server) if role is Role.PRIMARY else replace(pair, secondary=server)
    return own_state(as_it_was, Look(role, desk.now(), parse(reply.text, pair.labels))) is State.ACTIVE
