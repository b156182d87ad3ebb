"""The HTTP side an app talks to: the Web API, response URLs, uploads and downloads."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from . import chat, lookups, surfaces  # noqa: F401  they fill the table of methods
from .errors import ApiError, Json
from .faults import Faults
from .methods import METHODS, Args, Method, need
from .responses import respond
from .workspace import Workspace

MOST_BYTES = 20 * 1024 * 1024


class WebApi:
    """Answers an app's calls."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._w = workspace
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return the addresses served."""
        return [
            web.route("*", "/api/{method}", self._call),
            web.post("/response/{number}/{secret}", self._respond),
            web.post("/upload/v1/{ticket}", self._upload),
            web.get("/files/{id}/{name}", self._download),
        ]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            given = await _arguments(request)
            method = METHODS.get(name)
            if method is None:
                raise ApiError("unknown_method", req_method=name)
            self._authorise(method, _token(request, given))
            args = Args(given)
            if seconds := self._faults.retry_after(name, method.per_minute, args.maybe("channel")):
                return _limited(seconds)
            self._faults.refuse(name)
            need(self._w, *(method.scopes if method.token == "bot" else ()))
            answer = method.answer(self._w, args)
        except ApiError as error:
            answer = error.answer()
        if self._faults.loses(name):
            return cut(request)
        return web.json_response(answer, headers=self._scopes(name))

    def _authorise(self, method: Method, token: str | None) -> None:
        if method.token == "none":
            return
        if not token:
            raise ApiError("not_authed")
        if token not in (self._w.me.bot_token, self._w.me.app_token):
            raise ApiError("invalid_auth")
        right = self._w.me.app_token if method.token == "app" else self._w.me.bot_token
        # auth.test takes either kind.
        if token != right and method.name != "auth.test":
            raise ApiError("not_allowed_token_type")

    def _scopes(self, name: str) -> dict[str, str]:
        accepted = METHODS[name].scopes if name in METHODS else ()
        return {
            "X-OAuth-Scopes": ",".join(sorted(self._w.manifest.scopes)),
            "X-Accepted-OAuth-Scopes": ",".join(accepted),
        }

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        if self._faults.away:
            return away(request, self._faults)
        secret = f"{request.match_info['number']}/{request.match_info['secret']}"
        try:
            said = await request.json()
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        try:
            url = self._w.grants.respond(secret)
        except ApiError as error:
            return web.json_response(error.answer(), status=404)
        try:
            respond(self._w, url, said)
        except ApiError as error:
            return web.json_response(error.answer(), status=400)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if request.content_type.startswith("multipart/"):
            form = await request.post()
            part = next((p for p in form.values() if isinstance(p, web.FileField)), None)
            data = part.file.read() if part else b""
        else:
            data = await request.read()
        if self._w.files.receive(request.match_info["ticket"], data) is None:
            return web.Response(status=400, text="no file of this length is expected here")
        return web.Response(text=f"OK - {len(data)}")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            if _token(request, {}) != self._w.me.bot_token:
                raise ApiError("invalid_auth")
            need(self._w, "files:read")
            file = self._w.files.get(request.match_info["id"])
        except ApiError as error:
            return web.json_response(error.answer(), status=403)
        return web.Response(body=file.content, content_type=str(file.info("")["mimetype"]))


def cut(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    if request.transport:
        request.transport.abort()
    return web.Response()


def away(request: web.Request, faults: Faults) -> web.StreamResponse:
    """Answer as a service that is away."""
    return cut(request) if faults.how == "reset" else web.Response(status=500, text="internal_error")


def _limited(seconds: int) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})


async def _arguments(request: web.Request) -> Json:
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        text = await request.text()
        try:
            parsed: Any = json.loads(text) if text.strip() else {}
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(parsed, dict):
            raise ApiError("json_not_object")
        return {**given, **parsed}
    form = await request.post()
    return {**given, **{k: v for k, v in form.items() if isinstance(v, str)}}


def _token(request: web.Request, given: Json) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    named = given.pop("token", None)
    return token.strip() if kind.lower() == "bearer" else named
