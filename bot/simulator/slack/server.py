"""The service itself: Slack on loopback, in a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import copy
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from .control import Control
from .errors import Json
from .faults import Faults
from .grants import Grants
from .manifest import read_manifest
from .people import Channel, Group, Person
from .poster import Poster
from .sockets import Sockets
from .web_api import MOST_BYTES, WebApi, away
from .wire import Wire
from .workspace import Identity, Workspace

T = TypeVar("T")
HOSTS = ("127.0.0.1", "localhost")
BARRED_WHEN_AWAY = ("/api/", "/link/", "/response/", "/upload/", "/files/")


class Server:
    """Starts, stops and serves one workspace; the arguments are those of LocalSlack."""

    _more: tuple[web.RouteDef, ...] = ()

    def __init__(
        self,
        people: Iterable[Person] = (),
        channels: Iterable[Channel] = (),
        groups: Iterable[Group] = (),
        manifest: Json | None = None,
        *,
        team_id: str = "T0LOCAL",
        team_name: str = "local",
        bot_token: str | None = None,
        app_token: str | None = None,
        signing_secret: str | None = None,
        bot_user: str = "U0PAIRKEEPER",
        bot_name: str = "pairkeeper",
        now: Callable[[], float] = time.time,
        strict_rates: bool = False,
        paid: bool = True,
        ack_seconds: float = 3.0,
        retry_delays: tuple[float, ...] = (0.0, 1.0, 5.0),
    ) -> None:
        keys = _keys(bot_token, app_token, signing_secret)
        self.me = Identity(team_id, team_name, *keys, bot_user, bot_name)
        grants = Grants(now)
        self._poster = Poster(self.me.signing_secret)
        self._sockets = Sockets(grants, self.me.app_id)
        self._faults = Faults(now, strict_rates)
        self._workspace = Workspace(
            self.me,
            {person.id: person for person in people},
            {channel.id: channel for channel in channels},
            {group.id: group for group in groups},
            now,
            Wire(self._sockets, self._poster, lambda: self._faults.away, ack_seconds, retry_delays),
            grants,
            read_manifest(manifest),
            paid=paid,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None

    @property
    def bot_token(self) -> str:
        """Return the bot's token."""
        return self.me.bot_token

    @property
    def app_token(self) -> str:
        """Return the token with which sockets are opened."""
        return self.me.app_token

    @property
    def signing_secret(self) -> str:
        """Return the secret that signs HTTP requests."""
        return self.me.signing_secret

    @property
    def url(self) -> str:
        """Return the service's address, without a slash at the end."""
        return self._workspace.url

    @property
    def api_url(self) -> str:
        """Return the base URL for a Web API client."""
        return f"{self.url}/api/"

    def serve_also(self, routes: Iterable[web.RouteDef]) -> None:
        """Serve these addresses, too, from the next start on."""
        self._more = (*self._more, *routes)

    def nudge(self) -> None:
        """Have every open page look again."""
        self.now(lambda w: w.changed())

    def start(self, port: int = 0) -> None:
        """Serve on loopback, on any free port unless one is given; raises OSError when it is taken."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="local-slack", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._serve(port), self._loop).result()
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """Close everything; harmless when it is not running."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._loop = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, doing: Callable[[Workspace], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the workspace, in the service's event loop, and wait for its result."""
        if self._loop is None:
            raise RuntimeError("the local Slack is not running")
        return asyncio.run_coroutine_threadsafe(_later(doing, self._workspace), self._loop).result()

    def now(self, look: Callable[[Workspace], T]) -> T:
        """Do something brief with the workspace and return a copy of the result."""

        async def looking(w: Workspace) -> T:
            return copy.deepcopy(look(w))

        return self.run(looking) if self._loop else look(self._workspace)

    async def _serve(self, port: int) -> None:
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[self._bar_other_pages, self._bar_when_away])
        app.add_routes(WebApi(self._workspace, self._faults).routes())
        app.router.add_get("/link/", self._sockets.serve)
        app.add_routes(Control(self._workspace, self._faults, self._sockets).routes())
        app.add_routes(self._more)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self._workspace.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _close(self) -> None:
        self._workspace.wire.close()
        self._sockets.drop()
        await self._poster.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _bar_other_pages(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        # Some other page in the same browser must not be able to read or act here: neither under its own origin or none
        # (`null`), nor under a name of its own that leads to this machine.
        if urlsplit(f"//{request.host}").hostname not in HOSTS:
            raise web.HTTPForbidden(text="not under this name")
        own = request.headers.get("Origin", "") in ("", f"http://{request.host}")
        if request.path.startswith("/lab/") and not own:
            raise web.HTTPForbidden(text="not from another page")
        response: web.StreamResponse = await handler(request)
        return response

    @web.middleware
    async def _bar_when_away(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        if self._faults.away and request.path.startswith(BARRED_WHEN_AWAY):
            return away(request, self._faults)
        response: web.StreamResponse = await handler(request)
        return response


async def _later(doing: Callable[[Workspace], Coroutine[Any, Any, T]], workspace: Workspace) -> T:
    return await doing(workspace)


def _keys(bot: str | None, app: str | None, secret: str | None) -> tuple[str, str, str]:
    made = (f"xoxb-{secrets.token_hex(12)}", f"xapp-1-{secrets.token_hex(12)}", secrets.token_hex(16))
    return (bot or made[0], app or made[1], secret or made[2])
