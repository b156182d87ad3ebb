"""The fault panel's side of the demo: what each pair really is, beside what the bot believes, and the faults."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from bot.domain.plan import fingerprint
from bot.simulator import guide
from bot.simulator.pair import Cut, Role, SimulatedPair, SimulatedServer
from bot.simulator.pair.starts import STARTS
from bot.simulator.slack import LocalSlack
from bot.simulator.stage import restart

Json = dict[str, Any]

# What can befall a server, by the name in the path: /lab/pairs/<pair>/<role>/<fault>.
TO_SERVER: dict[str, Callable[[SimulatedServer], None]] = {
    "power_off": lambda server: server.power_off(),
    "power_on": lambda server: server.power_on(),
    "make_sick": lambda server: server.make_sick(),
    "heal": lambda server: server.heal(),
    "freeze": lambda server: server.freeze(),
    "thaw": lambda server: server.thaw(),
    "cut_from_bot": lambda server: server.cut_from_bot(),
    "join_bot": lambda server: server.join_bot(),
    "change_host_key": lambda server: server.change_host_key(),
    "redeploy": lambda server: server.redeploy(),
    "restore": lambda server: server.redeploy(restored=True),
    "ask_unknown_question": lambda server: server.ask_unknown_question(),
    "cut_before": lambda server: server.cut_line(Cut.BEFORE),
    "cut_after": lambda server: server.cut_line(Cut.AFTER),
}
# What can befall a pair: /lab/pairs/<pair>/<fault>.
TO_PAIR: dict[str, Callable[[SimulatedPair], None]] = {
    "cut_link": lambda pair: pair.cut_link(),
    "join_link": lambda pair: pair.join_link(),
}


class Board:
    """Serves truth, belief and faults to the page.

    `pinned` gives by pair and role the host keys that the bot goes by, `pin` puts another one into its settings,
    `believes` tells by pair what the bot saw last, `requests` gives the bot's requests for the guide's pair, and `note`
    tells how far the demo is.
    """

    def __init__(
        self,
        slack: LocalSlack,
        pairs: Sequence[SimulatedPair],
        *,
        note: Callable[[], str],
        believes: Callable[[], Mapping[str, Any]],
        pinned: Callable[[], Mapping[str, Mapping[str, str]]],
        pin: Callable[[str, Role], None],
        requests: Callable[[], Sequence[Mapping[str, Any]]],
    ) -> None:
        self._slack = slack
        self._pairs = {pair.name: pair for pair in pairs}
        self._note, self._believes, self._pinned, self._pin = note, believes, pinned, pin
        self._requests = requests
        self._one_by_one = asyncio.Lock()
        self._begun = 0.0  # when the guide's pair was last put into a state, in Unix seconds

    def routes(self) -> list[web.RouteDef]:
        """The addresses served."""
        return [
            web.get("/lab/pairs", self._show),
            web.post("/lab/pairs/{pair}/restart/{state}", self._restart),
            web.post("/lab/pairs/{pair}/{fault}", self._befall_pair),
            web.post("/lab/pairs/{pair}/{role}/{fault}", self._befall_server),
        ]

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(self.shown))

    def shown(self) -> Json:
        """Everything the panel shows; JSON can carry it."""
        believed, keys = self._believes(), self._pinned()
        pairs = [self._pair(pair, believed.get(name), keys.get(name, {})) for name, pair in self._pairs.items()]
        told = guide.shown(self._slack, self._pairs[guide.PAIR], self._requests(), self._begun)
        return {"note": self._note(), "pairs": pairs, "states": list(STARTS), "guide": told}

    def _pair(self, pair: SimulatedPair, believed: Any, keys: Mapping[str, str]) -> Json:
        shown = pair.truth()
        for role in Role:
            server = pair.server(role)
            shown[str(role)] |= {
                "waiting": server.waiting,
                "pinned": keys.get(role, server.host_key) == server.host_key,
                "fingerprint": fingerprint(server.host_key),
            }
        return {"truth": shown, "believed": believed}

    async def _befall_pair(self, request: web.Request) -> web.Response:
        pair, fault = self._named(request), TO_PAIR.get(request.match_info["fault"])
        if pair is None or fault is None:
            return _nothing()
        return await self._done(lambda: fault(pair))

    async def _restart(self, request: web.Request) -> web.Response:
        pair, state = self._named(request), request.match_info["state"]
        if pair is None or state not in STARTS:
            return _nothing()
        if pair.name == guide.PAIR:
            self._begun = time.time()
        return await self._done(lambda: restart(pair, state))

    async def _befall_server(self, request: web.Request) -> web.Response:
        pair, role, name = self._named(request), request.match_info["role"], request.match_info["fault"]
        if pair is None or role not in list(Role):
            return _nothing()
        if name == "pin":
            return await self._done(lambda: self._pin(pair.name, Role(role)))
        fault = TO_SERVER.get(name)
        return await self._done(lambda: fault(pair.server(role))) if fault else _nothing()

    def _named(self, request: web.Request) -> SimulatedPair | None:
        return self._pairs.get(request.match_info["pair"])

    async def _done(self, work: Callable[[], None]) -> web.Response:
        async with self._one_by_one:
            await asyncio.to_thread(work)
        await asyncio.to_thread(self._slack.nudge)
        return web.json_response({"ok": True})


def _nothing() -> web.Response:
    return web.Response(status=404, text=json.dumps({"ok": False, "error": "there is no such thing"}))
