"""The JSON side of the lab, under /lab/: for the web page, and for processes other than the lab's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from . import modals, presses, speaking
from .actor import acting
from .envelope import Delivery
from .errors import Json, SlackError
from .faults import Faults
from .people import Person
from .sockets import Sockets
from .workspace import Workspace

Act = Callable[[Workspace, Person, Json], Awaitable[Any]]

# What a person can do, by the name in the path: /lab/as/<person>/<act>.
ACTS: dict[str, Act] = {
    "command": lambda w, me, a: speaking.command(w, me, a["line"], a.get("channel"), a.get("thread_ts")),
    "say": lambda w, me, a: speaking.post(w, me, a["channel"], a["text"], a.get("thread_ts")),
    "mention": lambda w, me, a: speaking.mention(w, me, a["channel"], a["text"], a.get("thread_ts")),
    "direct": lambda w, me, a: speaking.direct(w, me, a["text"], a.get("thread_ts")),
    "home": lambda w, me, a: speaking.open_home(w, me, a.get("tab", "home")),
    "click": lambda w, me, a: presses.click(
        w, me, a["label"], a.get("message"), a.get("confirm", True), block=a.get("block")
    ),
    "choose": lambda w, me, a: presses.choose(w, me, a["label"], a["value"], a.get("message"), a.get("block")),
    "submit": lambda w, me, a: modals.submit(w, me, a.get("values")),
    "close": lambda w, me, a: modals.close(w, me, a.get("everything", False), a.get("view")),
}
PULSE_SECONDS = 0.05
KEEP_ALIVE_SECONDS = 15.0


class Control:
    """Looks, acts and faults over HTTP."""

    def __init__(self, workspace: Workspace, faults: Faults, sockets: Sockets) -> None:
        self._w = workspace
        self._faults = faults
        self._sockets = sockets

    def routes(self) -> list[web.RouteDef]:
        """Return the addresses served."""
        return [
            web.get("/lab/state", self._state),
            web.get("/lab/as/{person}", self._view),
            web.get("/lab/events", self._events),
            web.get("/lab/files/{id}", self._file),
            web.post("/lab/as/{person}/{act}", self._act),
            web.post("/lab/faults/{fault}", self._fault),
        ]

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(snapshot(self._w, self._sockets, self._faults))

    async def _view(self, request: web.Request) -> web.Response:
        try:
            person = self._w.person(request.match_info["person"])
        except SlackError as error:
            return _refused(str(error), 404)
        return web.json_response(seen(self._w, person))

    async def _act(self, request: web.Request) -> web.Response:
        act = ACTS.get(request.match_info["act"])
        if act is None:
            return _refused("there is no such act", 404)
        try:
            person = acting(self._w, request.match_info["person"])
            result = await act(self._w, person, await _body(request))
        except SlackError as error:
            return _refused(str(error), 200)
        except (KeyError, ValueError) as error:
            return _refused(f"bad request: {error}", 400)
        return web.json_response({"ok": True, **_result(result)})

    async def _fault(self, request: web.Request) -> web.Response:
        try:
            await self._order(request.match_info["fault"], await _body(request))
        except (KeyError, ValueError) as error:
            return _refused(f"bad request: {error}", 400)
        self._w.changed()
        return web.json_response({"ok": True})

    async def _order(self, fault: str, given: Json) -> None:
        match fault:
            case "rate_limit":
                self._faults.limit(float(given.get("seconds", 10)), given.get("methods"))
            case "fail":
                self._faults.fail(given["method"], given.get("error", "internal_error"), given.get("times", 1))
            case "lose_answers":
                self._faults.lose(given["method"], given.get("times", 1))
            case "away":
                self._faults.leave(given.get("seconds"), given.get("how", "500"))
                self._sockets.drop()
            case "back":
                self._faults.come_back()
            case "disconnect":
                await self._sockets.disconnect(given.get("reason", "refresh_requested"))
            case "drop_sockets":
                self._sockets.drop()
            case "mute_sockets":
                self._sockets.mute()
            case _:
                raise KeyError(fault)

    async def _file(self, request: web.Request) -> web.Response:
        file = next((f for f in self._w.files.all() if f.id == request.match_info["id"]), None)
        if file is None:
            return _refused("there is no such file", 404)
        return web.Response(body=file.content, content_type=str(file.info("")["mimetype"]))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        told, waited = -1, 0.0
        while request.transport is not None:
            if told != self._w.version or waited > KEEP_ALIVE_SECONDS:
                told, waited = self._w.version, 0.0
                await stream.write(f"event: changed\ndata: {told}\n\n".encode())
            await asyncio.sleep(PULSE_SECONDS)
            waited += PULSE_SECONDS
        return stream


def snapshot(w: Workspace, sockets: Sockets, faults: Faults) -> Json:
    """Return who and what is in the workspace, and how the app is connected."""
    commands = (w.manifest.commands or {}).values()
    return {
        "version": w.version,
        "team": {"id": w.me.team_id, "name": w.me.team_name},
        "bot": {"user": w.me.bot_user, "name": w.me.bot_name},
        "people": [{**p.profile(w.me.team_id), "kind": p.kind} for p in w.people.values()],
        "channels": [{**c.info(w.me.bot_user), "members": c.everybody(w.me.bot_user)} for c in w.channels.values()],
        "groups": [{**g.info(w.me.team_id), "users": list(g.users)} for g in w.groups.values()],
        "commands": [{"name": c.name, "description": c.description, "usage": c.usage} for c in commands],
        "sockets": sockets.counts(),
        "event_url": w.wire.event_url,
        "away": faults.away,
        "limited": faults.limited,
    }


def seen(w: Workspace, person: Person) -> Json:
    """Return everything one person sees: channels with all threads, direct messages, modals, App Home."""
    mine = [c for c in w.channels.values() if person.id in c.everybody(w.me.bot_user)]
    home = w.views.home(person.id)
    return {
        "version": w.version,
        "person": person.profile(w.me.team_id),
        "channels": {c.id: [p.shown() for p in w.messages.all(c.id) if p.only_for in (None, person.id)] for c in mine},
        "direct": w.direct(person.id).id,
        "modals": [w.views.shown(view) for view in w.views.stack(person.id)],
        "home": w.views.shown(home) if home else None,
    }


def _result(result: Any) -> Json:
    if isinstance(result, Delivery):
        fields = ("acked", "seconds", "error", "reply", "attempts")
        return {name: getattr(result, name) for name in fields}
    return {"errors": result}


async def _body(request: web.Request) -> Json:
    text = await request.text()
    parsed = json.loads(text) if text.strip() else {}
    if not isinstance(parsed, dict):
        raise ValueError("the body has to be a JSON object")
    return parsed


def _refused(words: str, status: int) -> web.Response:
    return web.json_response({"ok": False, "error": words}, status=status)
