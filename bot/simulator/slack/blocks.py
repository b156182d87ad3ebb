"""Judges blocks and views by the shapes, and says what is wrong in Slack's words and with its pointers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .elements import ID
from .errors import ApiError, Json
from .messages import interactive
from .shapes import BLOCKS, SURFACES, VIEWS
from .validation import Problem, check_object, check_rule

MOST_CHARACTERS = 13_000
MOST_MARKDOWN = 12_000
MOST_IN_TABLES = 10_000
WRITTEN = ("text", "alt_text", "url", "value")


def check_message(blocks: Any) -> None:
    """Raise the ApiError with which Slack refuses a message with these blocks, if it does."""
    if problems := problems_of_blocks(blocks):
        messages = [f"[ERROR] {problem}" for problem in problems]
        errors = [str(problem) for problem in problems]
        raise ApiError("invalid_blocks", errors=errors, response_metadata={"messages": messages})
    if characters(blocks) >= MOST_CHARACTERS:
        raise ApiError("msg_blocks_too_long")


def check_view(view: Any) -> None:
    """Raise the ApiError with which Slack refuses this view, if it does."""
    if problems := problems_of_view(view):
        messages = [f"[ERROR] {problem}" for problem in problems]
        raise ApiError("invalid_arguments", response_metadata={"messages": messages})


def problems_of_blocks(blocks: Any, surface: str = "message", at: str = "/blocks") -> list[Problem]:
    """Return everything wrong with a list of blocks on a surface: ``message``, ``modal`` or ``home``."""
    return list(_blocks(blocks, surface, at))


def problems_of_view(view: Any, at: str = "/view") -> list[Problem]:
    """Return everything wrong with a modal or a Home tab."""
    return list(_view(view, at))


def characters(thing: Any) -> int:
    """Return how many characters of text there are in blocks, however deep."""
    if isinstance(thing, list):
        return sum(characters(item) for item in thing)
    if not isinstance(thing, dict):
        return 0
    own = sum(len(v) for k, v in thing.items() if k in WRITTEN and isinstance(v, str))
    return own + sum(characters(value) for value in thing.values())


def _view(view: Any, at: str) -> Iterator[Problem]:
    kind = view.get("type") if isinstance(view, dict) else None
    if kind not in VIEWS:
        yield Problem(f"{at}/type", f"unsupported type: {kind}")
        return
    yield from check_object(VIEWS[kind], view, at, besides=("type", "blocks"))
    blocks = view.get("blocks")
    if blocks is None:
        return
    yield from _blocks(blocks, kind, f"{at}/blocks")
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if kind == "modal" and has_input and "submit" not in view:
        yield Problem(at, "missing required field: submit")


def _blocks(blocks: Any, surface: str, at: str) -> Iterator[Problem]:
    kinds, most = SURFACES[surface]
    if not isinstance(blocks, list):
        yield Problem(at, "must provide an array")
        return
    if len(blocks) > most:
        yield Problem(at, f"no more than {most} items allowed")
    for number, block in enumerate(blocks):
        yield from _block(block, kinds, f"{at}/{number}")
    sound = [block for block in blocks if isinstance(block, dict)]
    yield from _unique([block.get("block_id") for block in sound], "block_id", at)
    yield from _totals(sound, at)


def _block(block: Any, kinds: tuple[str, ...], at: str) -> Iterator[Problem]:
    if not isinstance(block, dict):
        yield Problem(at, "must provide an object")
        return
    kind = block.get("type")
    if kind not in kinds:
        yield Problem(
            f"{at}/type" if kind else at, f"unsupported type: {kind}" if kind else "missing required field: type"
        )
        return
    yield from check_object(BLOCKS[kind], block, at, besides=("type", "block_id"))
    if "block_id" in block:
        yield from check_rule(ID, block["block_id"], f"{at}/block_id")
    if isinstance(block.get("elements", []), list):
        yield from _unique([e.get("action_id") for e in interactive(block)], "action_id", f"{at}/elements")


def _unique(ids: list[Any], name: str, at: str) -> Iterator[Problem]:
    counted = Counter(id for id in ids if isinstance(id, str))
    yield from (Problem(at, f"duplicate {name}: {id}") for id, times in counted.items() if times > 1)


def _totals(blocks: list[Json], at: str) -> Iterator[Problem]:
    if characters([b for b in blocks if b.get("type") == "markdown"]) > MOST_MARKDOWN:
        yield Problem(at, f"markdown blocks must be less than {MOST_MARKDOWN + 1} characters altogether")
    tables = [b for b in blocks if b.get("type") == "table"]
    if len(tables) > 1:
        yield Problem(at, "only_one_table_allowed")
    if characters(tables) > MOST_IN_TABLES:
        yield Problem(at, f"tables must be less than {MOST_IN_TABLES + 1} characters altogether")
    focused = [e for block in blocks for e in _held(block) if e.get("focus_on_load")]
    if len(focused) > 1:
        yield Problem(at, "only one element may have focus_on_load")


def _held(block: Json) -> list[Json]:
    return interactive(block) if isinstance(block.get("elements", []), list) else []
