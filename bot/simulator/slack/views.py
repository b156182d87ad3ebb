"""Modals, stacked up to three deep for each person, and App Home views."""

from __future__ import annotations

import copy
import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .errors import ApiError, Json
from .messages import with_ids
from .widgets import Entered, values

MOST_STACKED = 3


@dataclass
class View:
    """One view as it is shown to one person, with what that person has entered so far."""

    id: str
    person: str
    body: Json
    root: str
    previous: str | None = None
    hash: str = ""
    entered: Entered = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """Return the blocks, every one with its ids."""
        found: list[Json] = self.body["blocks"]
        return found

    def replace(self, body: Json) -> None:
        """Show another body; what was entered stays where block_id and action_id stay."""
        self.body = {**copy.deepcopy(body), "blocks": with_ids(body.get("blocks", []))}
        self.hash = f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"


class Views:
    """The open modals and the Home tabs; ``owner`` is what every view says of its app and team."""

    def __init__(self, owner: Json, changed: Callable[[], None]) -> None:
        self._owner = owner
        self._changed = changed
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}
        self._numbers = itertools.count(1)

    def open(self, person: str, body: Json) -> View:
        """Show a modal to ``person`` in place of whatever modals are open."""
        view = self._new(person, body, None)
        self._stacks[person] = [view]
        self._changed()
        return view

    def push(self, person: str, body: Json) -> View:
        """Put a modal on top of the open ones; raises ApiError when none is open or three are."""
        stack = self.stack(person)
        if not stack:
            raise ApiError("not_found")
        if len(stack) >= MOST_STACKED:
            raise ApiError("push_limit_reached")
        view = self._new(person, body, stack[-1])
        stack.append(view)
        self._changed()
        return view

    def update(self, view: View, body: Json, known_hash: str | None) -> None:
        """Replace a view; raises ApiError when ``known_hash`` is not the hash it has now."""
        if known_hash is not None and known_hash != view.hash:
            raise ApiError("hash_conflict")
        self._reserve(body, view)
        view.replace(body)
        self._changed()

    def publish(self, person: str, body: Json, known_hash: str | None) -> View:
        """Show a Home tab to ``person``."""
        home = self._homes.get(person)
        if home is None:
            home = self._homes[person] = self._new(person, body, None)
            self._changed()
        else:
            self.update(home, body, known_hash)
        return home

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """Return an open modal or a Home tab by one of its ids; raises ApiError when there is none."""
        for view in self._all():
            if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
                return view
        raise ApiError("not_found")

    def stack(self, person: str) -> list[View]:
        """Return the modals open for ``person``, the visible one last."""
        return self._stacks.setdefault(person, [])

    def home(self, person: str) -> View | None:
        """Return the Home tab of ``person``, or None before the first publication."""
        return self._homes.get(person)

    def close(self, person: str, everything: bool = False) -> list[View]:
        """Take away the visible modal, or all of them, and return those that went, topmost first."""
        stack = self.stack(person)
        gone = stack[::-1] if everything else stack[-1:]
        del stack[len(stack) - len(gone) :]
        self._changed()
        return gone

    def shown(self, view: View) -> Json:
        """Return the view object, as in answers and interactions."""
        body = view.body
        return {
            "id": view.id,
            **self._owner,
            "type": body["type"],
            "blocks": copy.deepcopy(view.blocks),
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": values(view.blocks, view.entered)},
            "hash": view.hash,
            "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "clear_on_close": body.get("clear_on_close", False),
            "notify_on_close": body.get("notify_on_close", False),
            "previous_view_id": view.previous,
            "root_view_id": view.root,
            "external_id": body.get("external_id", ""),
        }

    def _new(self, person: str, body: Json, below: View | None) -> View:
        name = f"V{next(self._numbers):09d}"
        self._reserve(body, None)
        view = View(name, person, {}, below.root if below else name, below.id if below else None)
        view.replace(body)
        return view

    def _reserve(self, body: Json, by: View | None) -> None:
        wanted = body.get("external_id")
        if wanted and any(v is not by and v.body.get("external_id") == wanted for v in self._all()):
            raise ApiError("duplicate_external_id")

    def _all(self) -> Iterator[View]:
        yield from self._homes.values()
        for stack in self._stacks.values():
            yield from stack
