"""As much as there is room for: what does not fit is named, so that nobody is left out."""

from collections.abc import Iterable, Sequence

from bot.domain.words import esc
from bot.views.blocks import Block, small

Entry = tuple[str, list[Block]]  # which pair, and how it is shown
ELEMENT = 1900  # characters of one piece of small print


def fitted(entries: Sequence[Entry], room: int, more: str) -> list[Block]:
    """The first of them that fit into so many blocks; the others by name, after how many they are and `more`."""
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
    """The names in as few texts of at most so many characters as they need."""
    texts: list[str] = []
    for name in map(esc, names):
        if texts and len(texts[-1]) + len(joint) + len(name) <= most:
            texts[-1] += joint + name
        else:
            texts.append(name)
    return texts
