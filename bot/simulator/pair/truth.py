"""The truth of a pair as a plain dict, for pages and assertions; the bot never sees it."""

from collections.abc import Sequence
from typing import Any

from bot.simulator.pair.layouts import word
from bot.simulator.pair.world import Execution, Pair, Role, State


def truth(pair: Pair, executions: Sequence[Execution]) -> dict[str, Any]:
    """Everything that is so now; JSON can carry it.

    `at_risk` are changes that no serving server has while another still does; `lost` are on no server.
    """
    held = {*pair.primary.changes, *pair.secondary.changes}
    serving = [each for each in (pair.primary, pair.secondary) if each.up and each.state is State.ACTIVE]
    served = {change for server in serving for change in server.changes}
    return {
        "linked": pair.linked,
        "replicating": pair.replicating,
        "degraded": pair.degraded and str(pair.degraded),
        "floating_ip": pair.floating_ip,
        "serving": [str(server.role) for server in serving],
        "at_risk": [change for change in pair.made if change in held - served],
        "lost": [change for change in pair.made if change not in held],
        "primary": _server(pair, Role.PRIMARY, executions),
        "secondary": _server(pair, Role.SECONDARY, executions),
    }


def _server(pair: Pair, role: Role, executions: Sequence[Execution]) -> dict[str, Any]:
    server = pair.server(role)
    running = [each.line for each in executions if each.server is role and each.started and not each.ended]
    return {
        "state": str(server.state),
        "word": word(server),
        "address": server.address,
        "powered": server.powered,
        "frozen": server.frozen,
        "sick": server.sick and str(server.sick),
        "reachable": server.reachable,
        "account": server.account,
        "joining_code": server.joining_code,
        "changes": list(server.changes),
        "running": running,
    }
