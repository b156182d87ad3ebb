"""The states that a simulated pair can start in, each reached by what would bring it about."""

from collections.abc import Callable
from dataclasses import replace

from bot.simulator.pair.effects import Command, carried_out
from bot.simulator.pair.world import Degradation, Pair, Role, Server, State, replicated


def healthy(primary_address: str, secondary_address: str, floating_ip: str | None) -> Pair:
    """A pair in BAU, with two changes of which a backup exists."""
    data = ("change-1", "change-2")
    primary = Server(Role.PRIMARY, primary_address, State.ACTIVE, data)
    secondary = Server(Role.SECONDARY, secondary_address, State.STANDBY, data)
    return Pair(primary, secondary, floating_ip=floating_ip, backup=data, made=data)


def changed(pair: Pair, on: Role) -> Pair:
    """The pair after a user made one more change on this server.

    Raises ValueError when that server serves nobody.
    """
    server = pair.server(on)
    if server.state not in (State.ACTIVE, State.STANDALONE) or not server.up:
        raise ValueError(f"the {on} serves no user")
    change = f"change-{len(pair.made) + 1}"
    served = pair.with_server(replace(server, changes=(*server.changes, change)))
    return replicated(replace(served, made=(*pair.made, change)))


def _without_power(*roles: Role) -> Callable[[Pair], Pair]:
    def start(pair: Pair) -> Pair:
        for role in roles:
            pair = pair.with_server(replace(pair.server(role), powered=False))
        return pair

    return start


def _split(pair: Pair) -> Pair:
    cut = carried_out(replace(pair, linked=False), Role.SECONDARY, Command.FAILOVER, {})
    return replace(changed(changed(cut, Role.PRIMARY), Role.SECONDARY), linked=True)


STARTS: dict[str, Callable[[Pair], Pair]] = {
    "bau": lambda pair: pair,
    "failed-primary": _without_power(Role.PRIMARY),
    "split-brain": _split,
    "failed-secondary": _without_power(Role.SECONDARY),
    "both-failed": _without_power(Role.PRIMARY, Role.SECONDARY),
    "failed-over": lambda pair: carried_out(pair, Role.PRIMARY, Command.FAILOVER, {}),
    "degraded": lambda pair: replace(pair, degraded=Degradation.CONFIGURATION),
}
