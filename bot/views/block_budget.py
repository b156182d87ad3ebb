"""Fits a list into a limited number of blocks. What does not fit is still named, so that no pair is left out."""

from collections.abc import Iterable, Sequence

from bot.domain.words import esc
from bot.views.blocks import Block, small

Entry = tuple[str, list[Block]]  # a pair's name, and the blocks that show it
ELEMENT = 1900  # characters that one piece of small print may have


def fitted(entries: Sequence[Entry], room: int, more: str) -> list[Block]:
    """Return the blocks of the entries that fit into `room` blocks.

    If some do not fit, the last block says how many there are, then `more`, then their names.
    """
    if sum(len(shown) for _, shown in entries) <= room:
        return [block for _, shown in entries for block in shown]
    blocks: list[Block] = []
    for place, (_, shown) in enumerate(entries):
        if len(blocks) + len(shown) >= room:
            names = packed((name for name, _ in entries[place:]), ", ", ELEMENT - 100)
            return [*blocks, small(f"{len(entries) - place} {more}: {names[0]}", *names[1:])]
        blocks += shown
    return blocks


def packed(names: Iterable[str], joint: str, most: int) -> list[str]:
    """Return the names, joined, in as few texts of at most `most` characters as possible."""
    texts: list[str] = []
    for name in map(esc, names):
        if texts and len(texts[-1]) + len(joint) + len(name) <= most:
            texts[-1] += joint + name
        else:
            texts.append(name)
    return texts
