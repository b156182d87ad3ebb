"""The table of Web API methods, and the arguments they are called with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .errors import ApiError, Json, bad_argument
from .workspace import Workspace

TokenKind = Literal["bot", "app", "none"]


class Args:
    """The arguments of one call: form fields or a JSON body, with JSON inside strings where Slack bears it."""

    def __init__(self, given: Json) -> None:
        self._given = {k: v for k, v in given.items() if v is not None}

    def has(self, name: str) -> bool:
        """Tell whether the argument was given."""
        return name in self._given

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string; raises ApiError when it is missing and there is no default."""
        value = self._given.get(name, default)
        if value is None:
            raise bad_argument(f"missing required field: {name}")
        return value if isinstance(value, str) else json.dumps(value)

    def maybe(self, name: str) -> str | None:
        """Return a string, or None when it is missing or empty."""
        return self.text(name, "") or None

    def flag(self, name: str) -> bool:
        """Return a truth value, false when missing."""
        return str(self._given.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int | None = None) -> int:
        """Return an integer; raises ApiError when it is missing or not one."""
        try:
            return int(self.text(name, None if default is None else str(default)))
        except ValueError:
            raise bad_argument(f"must be a number: {name}") from None

    def words(self, name: str) -> list[str]:
        """Return the parts of a comma separated list."""
        return [part.strip() for part in self.text(name, "").split(",") if part.strip()]

    def data(self, name: str) -> Any:
        """Return a structure, parsed when it came as a string, or None; raises ApiError on broken JSON."""
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            code = f"invalid_{name}_format" if name in ("blocks", "metadata") else "invalid_arguments"
            raise ApiError(code) from None

    def all(self) -> Json:
        """Return every argument."""
        return dict(self._given)


Handler = Callable[[Workspace, Args], Json]


@dataclass(frozen=True)
class Method:
    """One Web API method: any one of ``scopes`` admits, ``per_minute`` is Slack's tier."""

    name: str
    answer: Handler
    scopes: tuple[str, ...] = ()
    token: TokenKind = "bot"
    per_minute: int = 50


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, token: TokenKind = "bot", per_minute: int = 50) -> Callable[[Handler], Handler]:
    """Enter a function in the table of methods."""

    def enter(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, scopes, token, per_minute)
        return handler

    return enter


def need(w: Workspace, *scopes: str) -> None:
    """Raise ApiError unless the app has at least one of ``scopes``."""
    if scopes and not w.manifest.scopes.intersection(scopes):
        provided = ",".join(sorted(w.manifest.scopes))
        raise ApiError("missing_scope", needed=",".join(scopes), provided=provided)
